using System.Collections.ObjectModel;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Staircase.Checkpoints;

/// <summary>
/// The name of a tensor in the language of layouts: <c>layers.{layer}.{attention:self_attn|cross_attn}.(o_proj|out_proj).weight</c>.
/// Anything may stand before it, up to a dot, unless it begins with <c>^</c>.
/// </summary>
/// <remarks>
/// <c>{layer}</c> and <c>{head}</c> are numbers, <c>{word:a|b}</c> is a choice that is the same in all names of an attention, and
/// <c>(a|b)</c> are spellings of one thing. Where no <c>{layer}</c> is, the last number before the name is the layer.
/// </remarks>
internal sealed class TensorPattern
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private const int LongestName = 500;

    private readonly List<Piece> _pieces = [];
    private readonly bool _anchored;
    private readonly string _tail;
    private readonly Lazy<Regex> _regex;

    /// <summary>A part of a name: text, or a placeholder with its choices.</summary>
    private readonly record struct Piece(string Text, string? Word, string[] Choices);

    /// <exception cref="FormatException">It is no pattern.</exception>
    public TensorPattern(string text)
    {
        Text = text;
        _anchored = text.StartsWith('^');
        int at = _anchored ? 1 : 0;
        while (at < text.Length)
        {
            char c = text[at];
            int next = c is '{' or '(' ? text.IndexOf(c == '{' ? '}' : ')', at) : text.AsSpan(at).IndexOfAny('{', '(') is >= 0 and var i ? at + i : text.Length;
            if (next < 0)
                throw new FormatException($"'{text}' has '{c}' without its end");
            if (c == '(')
            {
                _pieces.Add(new("", null, text[(at + 1)..next].Split('|')));
                next++;
            }
            else if (c == '{')
            {
                string inner = text[(at + 1)..next];
                int colon = inner.IndexOf(':', StringComparison.Ordinal);
                if (colon < 0 && inner is not ("layer" or "head"))
                    throw new FormatException($"'{text}' has {{{inner}}}; known are {{layer}}, {{head}} and {{word:a|b}}");
                _pieces.Add(colon < 0 ? new("", inner, []) : new("", inner[..colon], inner[(colon + 1)..].Split('|')));
                next++;
            }
            else
            {
                _pieces.Add(new(text[at..next], null, []));
            }

            at = next;
        }

        if (_pieces.Count == 0 || text.Contains(' ', StringComparison.Ordinal))
            throw new FormatException($"'{text}' is no name of a tensor");
        _tail = _pieces[^1] is { Word: null, Choices.Length: 0, Text: var last } ? last : "";
        _regex = new(() => new(Expression(), RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience));
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Whether each head has a tensor of its own.</summary>
    public bool IsByHead => _pieces.Exists(piece => piece.Word == "head");

    private bool HasLayer => _pieces.Exists(piece => piece.Word == "layer");

    /// <summary>Where a name stands that matches; null for one that does not.</summary>
    public TensorPlace? Match(string name)
    {
        if (!name.EndsWith(_tail, StringComparison.Ordinal) || name.Length > LongestName || _regex.Value.Match(name) is not { Success: true } match)
            return null;
        string prefix = match.Groups["prefix"].Value;
        int layer = 0;
        if (HasLayer)
        {
            if (!int.TryParse(match.Groups["layer"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out layer))
                return null;
        }
        else if (Array.FindLast(prefix.Split('.'), segment => segment.Length > 0 && segment.All(char.IsAsciiDigit)) is { } last
            && !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out layer))
        {
            return null;
        }

        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Piece piece in _pieces.Where(piece => piece.Word is not null and not "layer" and not "head"))
            words[piece.Word!] = match.Groups[piece.Word!].Value;
        string number = HasLayer ? match.Groups["layer"].Value : "";
        return match.Groups["head"] is { Success: true, Value: not "0" } ? null : new(prefix, layer, number, words.AsReadOnly());
    }

    /// <summary>The names that it has there, one a spelling.</summary>
    public IEnumerable<string> Names(TensorPlace place, int head = 0)
    {
        IEnumerable<string> names = [place.Prefix];
        foreach (Piece piece in _pieces)
        {
            string[] parts = piece switch
            {
                { Word: "layer" } => [place.Number],
                { Word: "head" } => [head.ToString(CultureInfo.InvariantCulture)],
                { Word: { } word } => [place.Words.GetValueOrDefault(word, piece.Choices[0])],
                { Choices.Length: > 0 } => piece.Choices,
                _ => [piece.Text],
            };
            names = names.SelectMany(name => parts, string.Concat);
        }

        return names;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private string Expression()
    {
        var expression = new StringBuilder(_anchored ? "^(?<prefix>)" : @"^(?<prefix>(.*\.)?)");
        foreach (Piece piece in _pieces)
        {
            string choices = string.Join('|', piece.Choices.Select(Regex.Escape));
            expression.Append(piece switch
            {
                { Word: "layer" or "head" } => $@"(?<{piece.Word}>\d+)",
                { Word: { } word } => $"(?<{word}>{choices})",
                { Choices.Length: > 0 } => $"({choices})",
                _ => Regex.Escape(piece.Text),
            });
        }

        return expression.Append(@"\z").ToString();
    }
}

/// <summary>Where an attention's tensors stand: what comes before their names, the layer, and the choices made in them.</summary>
internal sealed record TensorPlace(string Prefix, int Layer, string Number, ReadOnlyDictionary<string, string> Words);
