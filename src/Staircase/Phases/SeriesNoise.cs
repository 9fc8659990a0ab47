namespace Staircase;

/// <summary>
/// The noise of a series as autoregressive noise of order one, x_t = φ x_{t−1} + ε_t: φ = 0 is white, φ = 1 a random walk.
/// </summary>
/// <param name="Autocorrelation">φ, 0 to 1.</param>
/// <param name="Innovation">The standard deviation of ε.</param>
/// <remarks>
/// From second differences e_k = x_{t+k} − 2x_t + x_{t−k}, which see neither drift nor the course of a smooth transition: their variance is
/// V_k = 2s²(1 − φᵏ)(3 − φᵏ), s² = Innovation²/(1 − φ²), so V₈/V₁ gives φ and V₁ = 2 Innovation²(3 − φ)/(1 + φ) the rest. The largest fifth
/// of each is left out, for jumps. First differences resolve φ better near 1, but took the slopes of a smooth curve for a random walk;
/// residuals of a fitted curve depend on how well it fits the transitions. Negative φ counts as 0, which overstates the noise.
/// </remarks>
public sealed record SeriesNoise(double Autocorrelation, double Innovation)
{
    private const int Lag = 8;
    internal const int FewestValues = 40;
    private const double Kept = 0.8;
    private const double KeptVariance = 0.437703; // E[z² | |z| < z₀.₉] of a standard normal z

    /// <summary>The noise of a series.</summary>
    /// <exception cref="ArgumentException">There are fewer than 40 values.</exception>
    public static SeriesNoise Of(ReadOnlySpan<double> values)
    {
        if (values.Length < FewestValues)
            throw new ArgumentException($"The noise of a series needs {FewestValues} values or more; found {values.Length}.");
        double V1 = DifferenceVariance(values, 1), V8 = DifferenceVariance(values, Lag);
        if (!(V1 > 0))
            return new(V8 > 0 ? 1 : 0, 0);
        double φ = Root(V8 / V1);
        return new(φ, Sqrt(V1 * (1 + φ) / (2 * (3 - φ))));
    }

    /// <summary>
    /// The φ that a series of this length does not rule out: one standard error above, for white noise, to two, for a random walk (whose
    /// estimate is low on average).
    /// </summary>
    public double LargestAutocorrelation(int length) => Min(1, Autocorrelation + 1.4 * (1 + Autocorrelation) / Sqrt(length));

    /// <summary>E(x_{t+k} − x_t)² for lag k, in units of the squared innovation: 2(1 − φᵏ)/(1 − φ²), and k for a random walk.</summary>
    public double RelativeVariogram(int lag) =>
        Autocorrelation < 1 ? 2 * (1 - Pow(Autocorrelation, lag)) / (1 - Autocorrelation * Autocorrelation) : lag;

    private static double Root(double ratio)
    {
        if (ratio <= 1)
            return 0;
        double low = 0, high = 1;
        for (int i = 0; i < 40; i++)
        {
            double φ = (low + high) / 2;
            double power = Pow(φ, Lag);
            if ((1 - power) * (3 - power) < ratio * (1 - φ) * (3 - φ))
                low = φ;
            else
                high = φ;
        }

        return high;
    }

    private static double DifferenceVariance(ReadOnlySpan<double> values, int lag)
    {
        var differences = new double[values.Length - 2 * lag];
        for (int i = 0; i < differences.Length; i++)
            differences[i] = values[i + 2 * lag] - 2 * values[i + lag] + values[i];
        Array.Sort(differences);
        double median = (differences[(differences.Length - 1) / 2] + differences[differences.Length / 2]) / 2;
        for (int i = 0; i < differences.Length; i++)
            differences[i] = Abs(differences[i] - median);
        Array.Sort(differences);
        int kept = (int)(Kept * differences.Length);
        double sum = 0;
        for (int i = 0; i < kept; i++)
            sum += differences[i] * differences[i];
        return sum / kept / KeptVariance;
    }
}
