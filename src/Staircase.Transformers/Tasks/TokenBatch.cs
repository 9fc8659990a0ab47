namespace Staircase.Transformers;

/// <summary>Sequences side by side, with what follows each of their tokens.</summary>
public sealed class TokenBatch
{
    private readonly int[] _tokens, _targets, _sequence;

    /// <param name="sequences">How many.</param>
    /// <param name="length">Tokens of each; one more is read, the last target.</param>
    /// <exception cref="ArgumentException">A size is not positive.</exception>
    public TokenBatch(int sequences, int length)
    {
        if (sequences < 1 || length < 1)
            throw new ArgumentException($"A batch has at least one sequence of at least one token, not {sequences} of {length}.");
        (Sequences, Length) = (sequences, length);
        (_tokens, _targets, _sequence) = (new int[checked(sequences * length)], new int[sequences * length], new int[length + 1]);
    }

    /// <summary>How many sequences.</summary>
    public int Sequences { get; }

    /// <summary>Tokens of each.</summary>
    public int Length { get; }

    /// <summary>[sequences, length].</summary>
    public ReadOnlyMemory<int> Tokens => _tokens;

    /// <summary>What follows each token, [sequences, length].</summary>
    public ReadOnlyMemory<int> Targets => _targets;

    /// <summary>Reads sequences number first, first + 1, …</summary>
    public void Load(ITokenSource source, DataSplit split, long first)
    {
        for (int s = 0; s < Sequences; s++)
        {
            source.Read(split, first + s, _sequence);
            _sequence.AsSpan(0, Length).CopyTo(_tokens.AsSpan(s * Length));
            _sequence.AsSpan(1, Length).CopyTo(_targets.AsSpan(s * Length));
        }
    }
}
