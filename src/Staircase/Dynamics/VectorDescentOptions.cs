namespace Staircase;

/// <summary>How a linear transformer is trained on vector-valued tasks.</summary>
public sealed record VectorDescentOptions
{
    /// <summary>ηP, the learning rate of an epoch: every one of its P updates takes η.</summary>
    public required double EpochRate { get; init; }

    /// <summary>B, the fresh contexts of an update, all of one task.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Whether each epoch visits the tasks in an order of its own; else in the order of the set.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Whether p₁ and q₂ are trained too; else they stay zero, which they must be at the start.</summary>
    public bool AllBlocks { get; init; }

    /// <summary>Whether contexts are drawn token by token, at a cost that grows with N; null does so only where N &lt; D, and else draws their covariance.</summary>
    public bool? Tokens { get; init; }
}
