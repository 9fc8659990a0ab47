namespace Staircase;

/// <summary>The loss of online training: a fresh batch of sequences at every step.</summary>
public sealed class OnlineLoss : IStochasticLoss
{
    private readonly IStatisticSource _source;
    private readonly SequenceLoss _batch;
    private readonly int _batchSize;

    /// <param name="source">An endless supply of sequences; step k takes those numbered k·B … (k+1)·B − 1.</param>
    /// <param name="batchSize">B.</param>
    /// <exception cref="ArgumentException">The batch is empty.</exception>
    public OnlineLoss(IStatisticSource source, int batchSize)
    {
        if (batchSize < 1)
            throw new ArgumentException($"A batch needs at least one sequence, not {batchSize}.");
        _source = source;
        _batchSize = batchSize;
        _batch = new SequenceLoss(source.InputDimension, source.StatisticsPerSequence);
    }

    /// <inheritdoc/>
    public int InputDimension => _batch.InputDimension;

    /// <inheritdoc/>
    public bool KeepsZeroBlocks => false;

    /// <inheritdoc/>
    public void Draw(long step) => _batch.Load(_source, step * _batchSize, _batchSize);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> map, Span<double> gradient) => _batch.Evaluate(map, gradient);
}
