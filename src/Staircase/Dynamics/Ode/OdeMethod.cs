namespace Staircase;

/// <summary>Which integrator takes the next step.</summary>
public enum OdeMethod
{
    /// <summary>The embedded Runge–Kutta pair of Dormand and Prince, for non-stiff stretches.</summary>
    DormandPrince,

    /// <summary>The stabilized Runge–Kutta–Chebyshev method, for stiff stretches.</summary>
    Chebyshev,
}
