namespace Staircase;

/// <summary>
/// One mode p, q of the closed form, τ ṗ = q(1 − s^∞ pq), τ q̇ = p(1 − s^∞ pq), from any start: c = p² − q² is conserved and the solution
/// is elementary.
/// </summary>
/// <remarks>
/// y = (p + q)² obeys the Riccati equation τ ẏ = 2y − (s^∞/2)(y² − c²) with the roots y± = (2/s^∞)(1 ± √(1 + k²)), k = s^∞c/2. Hence
/// y(t) = (y₊ + r y₋)/(1 + r), r = r₀ exp(−2√(1 + k²) t/τ), r₀ = (y₊ − y₀)/(y₀ − y₋), and a = pq = (y − c²/y)/4: an imbalance speeds growth
/// up by √(1 + k²). c = 0 gives the logistic of Mainali, Teixeira 2025, Eq. 13.
/// </remarks>
public sealed class ModeGrowth
{
    private readonly double _c;
    private readonly double _upper;
    private readonly double _lower;
    private readonly double _rate;  // 2√(1 + k²)/τ
    private readonly double _sum;   // p + q at time 0
    private readonly double _difference;

    /// <param name="timeConstant">τ > 0.</param>
    /// <param name="saturation">s^∞ > 0.</param>
    /// <param name="value">p at time 0.</param>
    /// <param name="keyQuery">q at time 0.</param>
    /// <exception cref="ArgumentException">A constant is not positive, or a weight not finite.</exception>
    public ModeGrowth(double timeConstant, double saturation, double value, double keyQuery)
    {
        if (!(timeConstant > 0) || !(saturation > 0))
        {
            throw new ArgumentException(
                $"A mode needs a positive time constant and saturation; found {timeConstant:R} and {saturation:R}.");
        }

        if (!double.IsFinite(value) || !double.IsFinite(keyQuery))
            throw new ArgumentException($"The initial weights must be finite; found p = {value:R}, q = {keyQuery:R}.");
        (TimeConstant, FullStrength) = (timeConstant, 1 / saturation);
        (_sum, _difference) = (value + keyQuery, value - keyQuery);
        _c = _sum * _difference;
        double root = Sqrt(1 + saturation * _c / 2 * (saturation * _c / 2));
        _upper = 2 / saturation * (1 + root);
        _lower = -_c * _c / _upper; // y₊y₋ = −c², without the cancellation of 1 − √(1 + k²)
        _rate = 2 * root / timeConstant;
    }

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "unbalanced-mode",
        "From an unbalanced start a mode grows as τ ȧ = √(c² + 4a²)(1 − a s^∞), c = p² − q²: (p + q)² is a logistic between (2/s^∞)(1 ± "
        + "√(1 + k²)), k = s^∞c/2, with rate 2√(1 + k²)/τ.",
        Paper.Staircase, "extends Mainali, Teixeira 2025, Eq. 13, to any start",
        "the mode equations of the closed form",
        "the coupling of modes at finite context length (see finite-context-flow)");

    /// <summary>τ, in epochs.</summary>
    public double TimeConstant { get; }

    /// <summary>a^∞ = 1/s^∞, where growth ends.</summary>
    public double FullStrength { get; }

    /// <summary>a(t) = pq.</summary>
    public double Strength(double time)
    {
        (double p, double q) = Weights(time);
        return p * q;
    }

    /// <summary>p(t) and q(t).</summary>
    public (double Value, double KeyQuery) Weights(double time)
    {
        if (_sum == 0)
        {
            // p = −q stays so and decays: y ≡ 0, and z = (p − q)² has τ ż = −2z − (s^∞/2) z².
            double e = Exp(-2 * time / TimeConstant), z = _difference * _difference;
            double half = 0.5 * _difference * Sqrt(e / (1 + z * (1 - e) / (4 * FullStrength)));
            return (half, -half);
        }

        double start = _sum * _sum, r = (_upper - start) / (start - _lower) * Exp(-_rate * time);
        double sum = CopySign(Sqrt((_upper + r * _lower) / (1 + r)), _sum);
        double difference = _c / sum;
        return ((sum + difference) / 2, (sum - difference) / 2);
    }

    /// <summary>When the strength reaches a value; negative if that was before the start.</summary>
    /// <returns>The time; NaN for a strength beyond the full one, infinite where p + q = 0 keeps the mode from growing.</returns>
    public double TimeAt(double strength)
    {
        double start = _sum * _sum, y = 2 * strength + Sqrt(4 * strength * strength + _c * _c);
        double r = (_upper - y) / (y - _lower), r0 = (_upper - start) / (start - _lower);
        return Log(r0 / r) / _rate;
    }

    /// <summary>When half of the full strength is reached; balanced: (τ/2) ln((a^∞ − a⁰)/a⁰).</summary>
    public double HalfTime => TimeAt(FullStrength / 2);
}
