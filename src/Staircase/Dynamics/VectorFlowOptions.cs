namespace Staircase;

/// <summary>How the exact flows on vector-valued tasks are integrated.</summary>
public sealed record VectorFlowOptions
{
    /// <summary>Error allowed per step, relative to each weight.</summary>
    public double RelativeTolerance { get; init; } = 1e-9;

    /// <summary>The size below which a weight's error counts absolutely, as a fraction of the largest initial weight.</summary>
    public double AbsoluteFraction { get; init; } = 0.01;

    /// <summary>Asks the solver to stop, by an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }
}
