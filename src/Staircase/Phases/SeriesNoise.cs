namespace Staircase;

/// <summary>The noise of a series as autoregressive noise of order one, x_t = φ x_{t−1} + ε_t: φ = 0 is white, φ = 1 a random walk.</summary>
/// <param name="Autocorrelation">φ, 0 to 1.</param>
/// <param name="Innovation">The standard deviation of ε.</param>
/// <remarks>
/// From the variogram V_k = E(x_{t+k} − x_t)² = 2s²(1 − φᵏ), s² = Innovation²/(1 − φ²): V₄/V₁ = 1 + φ + φ² + φ³ gives φ and V₁ = 2 Innovation²/(1 + φ) the rest. Differences are taken
/// from their median (drift) and the largest fifth is left out (transitions), so that up to a fifth of a series may be in transition before it counts as noise. Residuals of a
/// fitted curve were not used: what they leave depends on how well the curve fits the transitions.
/// </remarks>
public sealed record SeriesNoise(double Autocorrelation, double Innovation)
{
    private const int Lag = 4;
    private const double Kept = 0.8;
    private const double KeptVariance = 0.437703; // E[z² | |z| < z₀.₉] of a standard normal z

    /// <summary>The noise of a series of at least 8 values.</summary>
    public static SeriesNoise Of(ReadOnlySpan<double> values)
    {
        double V1 = Variogram(values, 1), V4 = Variogram(values, Lag);
        if (!(V1 > 0))
            return new(V4 > 0 ? 1 : 0, 0);
        double φ = Root(V4 / V1);
        return new(φ, Math.Sqrt(V1 * (1 + φ) / 2));
    }

    /// <summary>V_k for any lag, in units of the squared innovation: 2(1 − φᵏ)/(1 − φ²), and k for a random walk.</summary>
    public double RelativeVariogram(int lag) =>
        Autocorrelation < 1 ? 2 * (1 - Math.Pow(Autocorrelation, lag)) / (1 - Autocorrelation * Autocorrelation) : lag;

    private static double Root(double ratio)
    {
        if (ratio <= 1)
            return 0;
        double low = 0, high = 1;
        for (int i = 0; i < 40; i++)
        {
            double φ = (low + high) / 2;
            if (1 + φ * (1 + φ * (1 + φ)) < ratio)
                low = φ;
            else
                high = φ;
        }

        return high;
    }

    private static double Variogram(ReadOnlySpan<double> values, int lag)
    {
        var differences = new double[values.Length - lag];
        for (int i = 0; i < differences.Length; i++)
            differences[i] = values[i + lag] - values[i];
        Array.Sort(differences);
        double median = (differences[(differences.Length - 1) / 2] + differences[differences.Length / 2]) / 2;
        for (int i = 0; i < differences.Length; i++)
            differences[i] = Math.Abs(differences[i] - median);
        Array.Sort(differences);
        int kept = (int)(Kept * differences.Length);
        double sum = 0;
        for (int i = 0; i < kept; i++)
            sum += differences[i] * differences[i];
        return sum / kept / KeptVariance;
    }
}
