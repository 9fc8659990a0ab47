using MathNet.Numerics.RootFinding;

namespace Staircase;

/// <summary>The growth of one head on one component, v̇ = b v² − α v⁵ (aligned and balanced: k = q = v e_d), and its exact time.</summary>
/// <remarks>
/// With c = α/b and u = c^{1/3} v: b t = −1/v + c^{1/3} Φ(u) + const, Φ(u) = −⅓ ln(1−u) + ⅙ ln(1+u+u²) − (1/√3) arctan((2u+1)/√3).
/// </remarks>
public sealed class HeadGrowth
{
    private static readonly double Sqrt3 = Math.Sqrt(3);
    private static readonly double PhaseAtZero = -Math.PI / (6 * Sqrt3);

    private readonly double _b;
    private readonly double _root; // c^{1/3}

    /// <param name="drive">b.</param>
    /// <param name="saturation">α.</param>
    public HeadGrowth(double drive, double saturation)
    {
        _b = drive;
        _root = Math.Cbrt(saturation / drive);
    }

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "head-growth",
        "A head growing on one component obeys τ v̇ = b v² − α v⁵, b = λ², α = λ³(1 + (1 + tr Λ/λ)/N); its time is an elementary "
        + "function of v, about τ/(λ² v₀) to escape.",
        Paper.Zhang2025, "Eq. 21; the implicit solution: this project",
        "the head is aligned with the component, k = q = v e_d",
        "how the head became aligned (see head-race); other heads on the same component");

    /// <summary>v at which growth ends, (b/α)^{1/3}.</summary>
    public double FullValue => 1 / _root;

    /// <summary>The time to grow from one value to another, 0 &lt; from ≤ to &lt; <see cref="FullValue"/>.</summary>
    /// <exception cref="ArgumentException">The values do not lie in that range.</exception>
    public double TimeBetween(double from, double to)
    {
        if (!(from > 0 && from <= to && to < FullValue))
            throw new ArgumentException($"Growth runs from above 0 to below {FullValue:R}, found {from:R} to {to:R}.");
        double u0 = _root * from, u1 = _root * to;
        return (1 / from - 1 / to + _root * (Phase(u1) - Phase(u0))) / _b;
    }

    /// <summary>
    /// The time at a value, counted from the moment at which the head would have become infinite without saturation (so it is negative at
    /// first).
    /// </summary>
    public double TimeFromEscape(double value) => (-1 / value + _root * (Phase(_root * value) - PhaseAtZero)) / _b;

    /// <summary>The value after some time.</summary>
    /// <param name="from">The value at time 0, between 0 and <see cref="FullValue"/>.</param>
    /// <param name="time">≥ 0.</param>
    public double ValueAfter(double from, double time)
    {
        if (time <= 0)
            return from;
        // In y = ln(u/(1−u)) the time is nearly linear at both ends, so that a bracketed search keeps full precision up to saturation.
        double target = TimeFromEscape(from) + time;
        double low = Math.Log(_root * from / (1 - _root * from)), high = Math.Max(low, 0) + 1;
        while (TimeAt(high) < target)
            high = 2 * high;
        double y = Brent.FindRoot(y => TimeAt(y) - target, low, high, 1e-14, 200);
        return 1 / (_root * (1 + Math.Exp(-y)));

        double TimeAt(double y)
        {
            double u = 1 / (1 + Math.Exp(-y));
            double phase = (Math.Max(y, 0) + double.LogP1(Math.Exp(-Math.Abs(y)))) / 3 + Math.Log(1 + u + u * u) / 6
                - Math.Atan((2 * u + 1) / Sqrt3) / Sqrt3;
            return (-_root / u + _root * (phase - PhaseAtZero)) / _b;
        }
    }

    private static double Phase(double u) =>
        -Math.Log(1 - u) / 3 + Math.Log(1 + u + u * u) / 6 - Math.Atan((2 * u + 1) / Sqrt3) / Sqrt3;
}
