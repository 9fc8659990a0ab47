namespace Staircase;

/// <summary>How contexts are drawn for an update of vector-valued tasks.</summary>
public sealed record VectorObjectiveOptions
{
    /// <summary>B, the number of fresh contexts of an update, all of the same task.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Whether the order of the tasks is drawn anew each epoch; else it is that of the task set.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Whether p₁ and q₂ are trained, too.</summary>
    public bool AllBlocks { get; init; }

    /// <summary>
    /// Whether contexts are drawn token by token, at a cost that grows with N; null does so only where N &lt; D, and else draws their
    /// covariance.
    /// </summary>
    public bool? Tokens { get; init; }
}
