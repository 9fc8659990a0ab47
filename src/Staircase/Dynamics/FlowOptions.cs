namespace Staircase;

/// <summary>How a gradient flow is integrated.</summary>
public sealed record FlowOptions
{
    /// <summary>Error allowed per step, relative to each weight.</summary>
    public double RelativeTolerance { get; init; } = 1e-5;

    /// <summary>
    /// The size below which a weight's error counts absolutely, as a fraction of the typical initial weight. Small weights escape algebraically, so it
    /// must be small: an error in a growing weight is an error in the time of its drop.
    /// </summary>
    public double AbsoluteFraction { get; init; } = 0.01;

    /// <summary>Forces one integrator; null lets the spectral radius choose.</summary>
    public OdeMethod? Method { get; init; }

    /// <summary>E, whose columns are the eigenvectors in which strengths are recorded; null is the identity.</summary>
    public double[,]? Basis { get; init; }
}
