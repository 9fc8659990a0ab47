using System.Text;

namespace Staircase.Transformers;

/// <summary>One token a character (Unicode scalar) that occurs in a text, in the order of their numbers.</summary>
public sealed class CharacterTokenizer : ITokenizer
{
    private readonly Rune[] _characters;
    private readonly Dictionary<Rune, int> _tokens;

    /// <summary>The characters of a text.</summary>
    public CharacterTokenizer(string text)
    {
        _characters = [.. text.EnumerateRunes().Distinct().Order()];
        _tokens = _characters.Select((character, token) => (character, token)).ToDictionary(pair => pair.character, pair => pair.token);
    }

    /// <inheritdoc/>
    public int Vocabulary => _characters.Length;

    /// <inheritdoc/>
    public int[] Encode(string text)
    {
        var tokens = new List<int>(text.Length);
        foreach (Rune character in text.EnumerateRunes())
        {
            tokens.Add(_tokens.TryGetValue(character, out int token)
                ? token
                : throw new ArgumentException($"'{character}' does not occur in the text that the tokens come from."));
        }

        return [.. tokens];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var text = new StringBuilder(tokens.Length);
        foreach (int token in tokens)
            text.Append(_characters[token].ToString());
        return text.ToString();
    }
}
