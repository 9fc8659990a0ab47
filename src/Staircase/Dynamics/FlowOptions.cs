namespace Staircase;

/// <summary>How a gradient flow is integrated.</summary>
public sealed record FlowOptions
{
    /// <summary>
    /// The time constant of dW/dt = −rate · ∂L/∂W: ½ in Zhang et al. 2025 (Eq. 5, τ = 1), ηP in epochs for Mainali, Teixeira 2025.
    /// </summary>
    public double Rate { get; init; } = 0.5;

    /// <summary>
    /// Error allowed per step, relative to each weight. At 1e-7 the times of drops are good to some 1e-4 where a head was beaten to its
    /// component and turns to another; at 1e-5, for half the steps, to 1e-2.
    /// </summary>
    public double RelativeTolerance { get; init; } = 1e-7;

    /// <summary>
    /// The size below which a weight's error counts absolutely, as a fraction of the typical initial weight. Small weights escape
    /// algebraically, so it must be small: an error in a growing weight is an error in the time of its drop.
    /// </summary>
    public double AbsoluteFraction { get; init; } = 0.01;

    /// <summary>Forces one integrator; null lets the spectral radius choose.</summary>
    public OdeMethod? Method { get; init; }
}
