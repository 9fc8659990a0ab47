namespace Staircase;

/// <summary>
/// What a finite learning rate does to a mode that is a product of k balanced factors: x ← x + μ x^{k−1}(1 − x^k), in units of where it
/// rests.
/// </summary>
/// <remarks>
/// <para>Gradient descent on a mode a = p q of vector-valued tasks (Mainali, Teixeira 2025, Eq. 9–12) from a balanced start is this map
/// with k = 2, x = √(s^∞) p and μ = ηP m s² = 1/τ: the map of Balasubramanian 2026. On a head v k q of separate attention (Zhang et al.
/// 2025, Eq. 21) it is the map with k = 3, x = v/(b/α)^{1/3} and μ = 2ηb (b/α)^{1/3}.</para>
/// <para>At x = 1 its slope is 1 − kμ: monotone below μ = 1/k, oscillating below 2/k, then unstable. For k = 2 the 2-cycle has ab = 1/μ, a²
/// + b² = 1 + 1/μ and slope 9 − 2(1 + μ)²; docs/theory/large-steps.md derives all five thresholds.</para>
/// </remarks>
public static class LargeSteps
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "large-steps",
        "Under gradient descent of rate η a balanced mode of k factors is the map x ← x + μxᵏ⁻¹(1 − xᵏ), μ = ηP m s² for vector-valued "
        + "tasks (k = 2), 2ηb ∛(b/α) for heads (k = 3): it comes to rest for μ < 2/k. For k = 2 it is a 2-cycle to √5 − 1, then a "
        + "cascade, changes sign from 3√3/2 − 1 on and diverges beyond 2.",
        Paper.Balasubramanian2026, "the map of two factors; modes, heads, thresholds, finite context: this project",
        "balanced weights, full-batch gradient of the expected loss; isotropic inputs or N → ∞ for vector-valued tasks",
        "noise of batches; the coupling of modes at finite N, where 2/μ_max of the Hessian decides");

    /// <summary>Up to here a mode of two factors has a 2-cycle that attracts, √5 − 1.</summary>
    public static double EndOfTwoCycle { get; } = Sqrt(5) - 1;

    /// <summary>From here on the weights of a mode of two factors change their sign, 3√3/2 − 1.</summary>
    public static double SignFlip { get; } = 1.5 * Sqrt(3) - 1;

    /// <summary>Beyond this a mode of two factors diverges.</summary>
    public const double Divergence = 2;

    /// <summary>One step.</summary>
    /// <param name="x">Where the mode stands; 1 is at rest.</param>
    /// <param name="rate">μ.</param>
    /// <param name="factors">k.</param>
    public static double Step(double x, double rate, int factors = 2)
    {
        double power = 1;
        for (int i = 1; i < factors; i++)
            power *= x;
        return x + rate * power * (1 - power * x);
    }

    /// <summary>1 − kμ, the slope of the map where it rests: stable between −1 and 1.</summary>
    public static double Slope(double rate, int factors = 2) => 1 - factors * rate;

    /// <summary>The rate beyond which a mode does not come to rest, 2/k.</summary>
    public static double LargestStableRate(int factors = 2) => 2.0 / factors;

    /// <summary>The 2-cycle of a mode of two factors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">μ ≤ 1, where there is none.</exception>
    public static (double Low, double High) TwoCycle(double rate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(rate, 1);
        double sum = Sqrt(1 + 3 / rate), difference = Sqrt(1 - 1 / rate); // a + b, |a − b|
        return ((sum - difference) / 2, (sum + difference) / 2);
    }

    /// <summary>9 − 2(1 + μ)², the slope of two steps on that cycle.</summary>
    public static double TwoCycleSlope(double rate) => 9 - 2 * (1 + rate) * (1 + rate);

    /// <summary>
    /// The half axes, along (a + b) and (a − b), of the ellipse that two factors never leave once they are on it, 0 &lt; μ &lt; 2: on it
    /// the map is φ ↦ π − 3φ, a Chebyshev polynomial, chaotic with exponent ln 3.
    /// </summary>
    public static (double Sum, double Difference) ChebyshevEllipse(double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, Divergence);
        return (2 * Sqrt((2 + rate) / rate), 2 * Sqrt((2 - rate) / rate));
    }

    /// <summary>One step of two factors that need not be balanced.</summary>
    public static (double First, double Second) Step((double First, double Second) factors, double rate)
    {
        double g = rate * (1 - factors.First * factors.Second);
        return (factors.First + g * factors.Second, factors.Second + g * factors.First);
    }

    /// <summary>Where the map goes from a start; it ends early where it leaves ±10⁶.</summary>
    /// <param name="rate">μ.</param>
    /// <param name="start">x at step 0.</param>
    /// <param name="skip">Steps that are not kept.</param>
    /// <param name="keep">Steps that are.</param>
    /// <param name="factors">k.</param>
    public static double[] Orbit(double rate, double start, int skip, int keep, int factors = 2)
    {
        const double far = 1e6;
        double x = start;
        var orbit = new List<double>(keep);
        for (int i = 0; i < skip + keep; i++)
        {
            x = Step(x, rate, factors);
            if (!(Abs(x) < far))
                break;
            if (i >= skip)
                orbit.Add(x);
        }

        return [.. orbit];
    }

    /// <summary>The mean of ln|slope| along an orbit: below zero neighbours come together, above zero they part (chaos).</summary>
    /// <param name="rate">μ.</param>
    /// <param name="orbit">Points of an orbit of two factors.</param>
    public static double LyapunovExponent(double rate, IReadOnlyList<double> orbit) =>
        orbit.Average(x => Log(Abs(1 + rate - 3 * rate * x * x)));

    /// <summary>The smallest period of an orbit that has settled, up to a largest one; null where there is none.</summary>
    /// <param name="orbit">Consecutive points, more than twice the largest period.</param>
    /// <param name="largest">The largest period to look for.</param>
    public static int? Period(IReadOnlyList<double> orbit, int largest = 64)
    {
        const double settled = 1e-7;
        for (int period = 1; period <= Min(largest, orbit.Count / 2); period++)
        {
            if (Range(0, orbit.Count - period).All(i => Abs(orbit[i] - orbit[i + period]) < settled))
                return period;
        }

        return null;
    }
}
