namespace Staircase;

/// <summary>How the exact flows on vector-valued tasks are integrated.</summary>
public sealed record VectorFlowOptions
{
    /// <summary>Error allowed per step, relative to each weight. The default keeps losses to some eight digits; stiff flows (many modes) run several times faster at 1e-5.</summary>
    public double RelativeTolerance { get; init; } = 1e-7;

    /// <summary>The size below which a weight's error counts absolutely, as a fraction of the largest initial weight.</summary>
    public double AbsoluteFraction { get; init; } = 0.01;

    /// <summary>Asks the solver to stop, by an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }
}
