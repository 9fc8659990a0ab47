namespace Staircase.Transformers;

/// <summary>Text as numbers, and back.</summary>
public interface ITokenizer
{
    /// <summary>Different tokens.</summary>
    int Vocabulary { get; }

    /// <summary>The tokens of a text.</summary>
    /// <exception cref="ArgumentException">The text has something for which there is no token.</exception>
    int[] Encode(string text);

    /// <summary>The text of tokens.</summary>
    string Decode(ReadOnlySpan<int> tokens);
}
