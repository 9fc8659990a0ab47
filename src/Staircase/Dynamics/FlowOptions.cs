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

    /// <summary>Forces one integrator; null lets the spectral radius choose.</summary>
    public OdeMethod? Method { get; init; }
}
