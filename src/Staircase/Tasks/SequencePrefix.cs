namespace Staircase;

/// <summary>The first tokens of every sequence of another source, the last of them asked for its own label.</summary>
/// <remarks>
/// Loss over varying contexts, as the authors of Zhang et al. 2025 take it: tokens 1 … n as context, token n + 1 as query with its label
/// hidden, for n = 1 … N. For n = N that is the sequence itself.
/// </remarks>
public sealed class SequencePrefix : ISequenceSource
{
    private readonly ISequenceSource _source;

    /// <param name="source">Where the sequences are.</param>
    /// <param name="contextLength">n, from 1 to N of the source.</param>
    /// <exception cref="ArgumentException">Its sequences have no such prefix.</exception>
    public SequencePrefix(ISequenceSource source, int contextLength)
    {
        if (contextLength < 1 || contextLength > source.ContextLength)
            throw new ArgumentException($"Contexts of 1 to {source.ContextLength} pairs are there, not of {contextLength}.");
        (_source, ContextLength) = (source, contextLength);
    }

    /// <inheritdoc/>
    public long Count => _source.Count;

    /// <inheritdoc/>
    public int InputDimension => _source.InputDimension;

    /// <inheritdoc/>
    public int ContextLength { get; }

    /// <inheritdoc/>
    public double Read(long index, Span<double> tokens)
    {
        int width = InputDimension + 1;
        double[] whole = System.Buffers.ArrayPool<double>.Shared.Rent((_source.ContextLength + 1) * width);
        double target = _source.Read(index, whole.AsSpan(0, (_source.ContextLength + 1) * width));
        whole.AsSpan(0, (ContextLength + 1) * width).CopyTo(tokens);
        ref double label = ref tokens[(ContextLength + 1) * width - 1];
        double asked = ContextLength == _source.ContextLength ? target : label;
        label = 0;
        System.Buffers.ArrayPool<double>.Shared.Return(whole);
        return asked;
    }
}
