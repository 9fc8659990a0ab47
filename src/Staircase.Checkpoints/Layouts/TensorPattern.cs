using System.Collections.ObjectModel;

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
    private const int LongestName = 500;

    private readonly List<Piece> _pieces = [];
    private readonly bool _anchored;
    private readonly string _tail;

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
            int next = c is '{' or '(' ? text.IndexOf(c == '{' ? '}' : ')', at) : text.IndexOfAny(['{', '('], at);
            if (next < 0 && c is not ('{' or '('))
                next = text.Length;
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
                int colon = inner.IndexOf(':');
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

        if (_pieces.Count == 0 || text.Contains(' '))
            throw new FormatException($"'{text}' is no name of a tensor");
        _tail = _pieces[^1] is { Word: null, Choices.Length: 0, Text: var last } ? last : "";
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Whether each head has a tensor of its own.</summary>
    public bool IsByHead => _pieces.Exists(piece => piece.Word == "head");

    /// <summary>The choices that are the same in all names of an attention.</summary>
    public IEnumerable<(string Word, string[] Choices)> Words =>
        _pieces.Where(piece => piece.Word is not null and not "layer" and not "head").Select(piece => (piece.Word!, piece.Choices));

    /// <summary>Where a name stands that matches; null for one that does not.</summary>
    public TensorPlace? Match(string name)
    {
        if (!name.EndsWith(_tail, StringComparison.Ordinal) || name.Length > LongestName)
            return null;
        var words = new Dictionary<string, string>();
        int start = _anchored ? 0 : name.Length;
        while (!Matches(name, start, 0, words))
        {
            if (start == 0)
                return null;
            start = start < 2 ? 0 : name.LastIndexOf('.', start - 2) + 1; // where the part before begins
        }

        return Place(name[..start], words);
    }

    /// <summary>Whether the pieces from one on make up the name from a place on; placeholders go into the words.</summary>
    private bool Matches(string name, int at, int piece, Dictionary<string, string> words)
    {
        if (piece == _pieces.Count)
            return at == name.Length;
        (string text, string? word, string[] choices) = _pieces[piece];
        if (word is "layer" or "head")
        {
            int digits = 0;
            while (at + digits < name.Length && char.IsAsciiDigit(name[at + digits]))
                digits++;
            words[word] = name.Substring(at, digits);
            return digits > 0 && Matches(name, at + digits, piece + 1, words);
        }

        foreach (string choice in choices.Length > 0 ? choices : [text])
        {
            if (string.CompareOrdinal(name, at, choice, 0, choice.Length) != 0 || !Matches(name, at + choice.Length, piece + 1, words))
                continue;
            if (word is not null)
                words[word] = choice;
            return true;
        }

        return false;
    }

    private static TensorPlace? Place(string prefix, Dictionary<string, string> words)
    {
        // Without a placeholder for it the layer is the last number before the name; without any it is 0.
        string number = words.GetValueOrDefault("layer", "");
        string? last = Array.FindLast(prefix.Split('.'), part => part.Length > 0 && part.All(char.IsAsciiDigit));
        bool isLayer = int.TryParse(
            number.Length > 0 ? number : last ?? "0", NumberStyles.None, InvariantCulture, out int layer);
        return isLayer && words.GetValueOrDefault("head", "0") == "0" ? new(prefix, layer, number, words.AsReadOnly()) : null;
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
                { Word: "head" } => [head.ToString(InvariantCulture)],
                { Word: { } word } => [place.Words.GetValueOrDefault(word, piece.Choices[0])],
                { Choices.Length: > 0 } => piece.Choices,
                _ => [piece.Text],
            };
            names = names.SelectMany(name => parts, string.Concat);
        }

        return names;
    }

    public override string ToString() => Text;
}

/// <summary>Where an attention's tensors stand: what comes before their names, the layer, and the choices made in them.</summary>
internal sealed record TensorPlace(string Prefix, int Layer, string Number, ReadOnlyDictionary<string, string> Words);
