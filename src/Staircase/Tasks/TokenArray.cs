namespace Staircase;

/// <summary>Sequences given as numbers, from another program or an experiment.</summary>
public sealed class TokenArray : ISequenceSource
{
    private readonly double[] _tokens;
    private readonly double[] _targets;

    /// <param name="tokens">P×(N+1)×(D+1), C order; the query last with label entry 0.</param>
    /// <param name="targets">P targets.</param>
    /// <param name="tokenCount">N + 1.</param>
    /// <param name="inputDimension">D.</param>
    /// <exception cref="ArgumentException">The arrays do not fit together, or a query's label entry is not 0.</exception>
    public TokenArray(double[] tokens, double[] targets, int tokenCount, int inputDimension)
    {
        if (tokenCount < 2 || inputDimension < 1)
        {
            throw new ArgumentException(
                $"Sequences need at least one pair and one input dimension; found {tokenCount} tokens of input dimension "
                + $"{inputDimension}.");
        }

        int length = tokenCount * (inputDimension + 1);
        if (tokens.Length != (long)targets.Length * length)
        {
            throw new ArgumentException(
                $"{targets.Length} targets need {(long)targets.Length * length} token numbers, found {tokens.Length}.");
        }

        for (int i = 0; i < targets.Length; i++)
        {
            double label = tokens[(i + 1) * length - 1];
            if (label != 0)
            {
                throw new ArgumentException(
                    $"The query's label entry must be 0 (its label is the target), but sequence {i} has {label:R}.");
            }
        }

        _tokens = tokens;
        _targets = targets;
        ContextLength = tokenCount - 1;
        InputDimension = inputDimension;
    }

    /// <inheritdoc/>
    public long Count => _targets.Length;

    /// <inheritdoc/>
    public int InputDimension { get; }

    /// <inheritdoc/>
    public int ContextLength { get; }

    /// <inheritdoc/>
    public double Read(long index, Span<double> tokens)
    {
        int length = (ContextLength + 1) * (InputDimension + 1);
        _tokens.AsSpan((int)index * length, length).CopyTo(tokens);
        return _targets[index];
    }
}
