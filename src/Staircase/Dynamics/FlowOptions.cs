namespace Staircase;

/// <summary>How a gradient flow is integrated.</summary>
public sealed record FlowOptions
{
    /// <summary>Of the exact flows that theory is read off: losses to some eight digits.</summary>
    internal static FlowOptions Exact { get; } = new() { RelativeTolerance = 1e-7 };

    /// <summary>
    /// The time constant of dW/dt = −rate · ∂L/∂W: ½ in Zhang et al. 2025 (Eq. 5, τ = 1), ηP in epochs for Mainali, Teixeira 2025.
    /// </summary>
    public double Rate { get; init; } = 0.5;

    /// <summary>Error allowed per step, relative to each weight.</summary>
    public double RelativeTolerance { get; init; } = 1e-5;

    /// <summary>
    /// The size below which a weight's error counts absolutely, as a fraction of the typical initial weight. Small weights escape
    /// algebraically, so it must be small: an error in a growing weight is an error in the time of its drop.
    /// </summary>
    public double AbsoluteFraction { get; init; } = 0.01;

    /// <summary>Forces one integrator; null lets the spectral radius choose.</summary>
    public OdeMethod? Method { get; init; }
}
