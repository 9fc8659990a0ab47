namespace Staircase;

/// <summary>Some of the sequences of another source, as when a sample is divided into training and test.</summary>
public sealed class SequenceRange : ISequenceSource
{
    private readonly ISequenceSource _source;
    private readonly long _first;

    /// <param name="source">Where the sequences are.</param>
    /// <param name="first">The number of the first one.</param>
    /// <exception cref="ArgumentException">The source has not that many.</exception>
    public SequenceRange(ISequenceSource source, long first, long count)
    {
        if (first < 0 || count < 1 || first + count > source.Count)
            throw new ArgumentException($"Sequences {first} to {first + count - 1} were asked of a source that has {source.Count}.");
        (_source, _first, Count) = (source, first, count);
    }

    /// <inheritdoc/>
    public long Count { get; }

    /// <inheritdoc/>
    public int InputDimension => _source.InputDimension;

    /// <inheritdoc/>
    public int ContextLength => _source.ContextLength;

    /// <inheritdoc/>
    public double Read(long index, Span<double> tokens) => _source.Read(_first + index, tokens);
}
