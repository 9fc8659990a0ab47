namespace Staircase.Transformers;

/// <summary>
/// Sequences of tokens, each addressed by its number alone: the same whatever the order or the number of cores that read them.
/// </summary>
public interface ITokenSource
{
    /// <summary>Different tokens.</summary>
    int Vocabulary { get; }

    /// <summary>Writes a sequence.</summary>
    /// <param name="split">For training, or for validation: the two never share numbers of a random stream, nor passages of a text.</param>
    /// <param name="number">Which, from 0.</param>
    /// <param name="tokens">Receives as many tokens as it has room for.</param>
    void Read(DataSplit split, long number, Span<int> tokens);
}

/// <summary>What sequences are for.</summary>
public enum DataSplit
{
    /// <summary>To learn from.</summary>
    Training,

    /// <summary>To measure on.</summary>
    Validation,
}
