namespace Staircase.Lab;

/// <summary>Texts to learn, and what errors in them say.</summary>
internal static class TextFile
{
    private const string Characters = "characters", BytePairs = "bpe:";

    /// <summary>A text file as a task.</summary>
    /// <param name="tokens"><c>characters</c> or <c>bpe:V</c>.</param>
    /// <param name="validation">The part for validation.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <param name="seed">Where training passages begin.</param>
    /// <exception cref="InputException">The file cannot be read, is empty, no text, or too short.</exception>
    public static TextTask Task(string path, string tokens, double validation, int context, ulong seed)
    {
        string text = Read(path);
        return Guard(() => new TextTask(text, Tokenizer(text, tokens), validation, context, seed), path);
    }

    private static string Read(string path)
    {
        byte[] bytes = Reading($"The text {path}", () => File.ReadAllBytes(path));
        Require(bytes.Length > 0, $"{path} is empty: expected a UTF-8 text.");
        int zero = Array.IndexOf(bytes, (byte)0);
        Require(zero < 0, $"{path} is binary: byte {Whole(zero)} is zero; expected a UTF-8 text.");
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException($"{path} is not UTF-8: byte {Whole(exception.Index)} begins no character.", exception);
        }
    }

    private static ITokenizer Tokenizer(string text, string tokens)
    {
        if (tokens == Characters)
            return new CharacterTokenizer(text);
        if (tokens.StartsWith(BytePairs, StringComparison.Ordinal)
            && ReadWhole(tokens.AsSpan(BytePairs.Length)) is <= int.MaxValue and { } vocabulary)
        {
            return new BytePairTokenizer(text, (int)vocabulary);
        }

        throw new InputException($"‹tokens› must be {Characters} or {BytePairs}V with a number of tokens V; found '{tokens}'.");
    }
}
