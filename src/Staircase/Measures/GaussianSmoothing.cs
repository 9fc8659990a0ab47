namespace Staircase;

/// <summary>The one way in which this library smooths a series.</summary>
/// <remarks>
/// Weights exp(−j²/2σ²), |j| ≤ 4σ rounded, divided by their sum. Beyond its ends the series goes on with its first and its last value. That
/// rule was chosen because it invents neither a kink (as mirroring does, where a slope meets its mirror image) nor a jump (as zeros do);
/// either shows in a second derivative as a turn that is not in the data. Within 4σ of an end the result leans on the rule all the same.
/// </remarks>
public static class GaussianSmoothing
{
    /// <summary>The width, in samples, that reproduces the published curves.</summary>
    public const double UsualWidth = 8;

    private const double Reach = 4;

    /// <summary>The smoothed series.</summary>
    /// <param name="series">What to smooth.</param>
    /// <param name="width">σ in samples; 0 leaves the series as it is.</param>
    /// <exception cref="ArgumentException">The width is negative or not finite.</exception>
    public static EvenSeries Of(EvenSeries series, double width = UsualWidth)
    {
        if (!double.IsFinite(width) || width < 0)
            throw new ArgumentException($"The width of smoothing must be 0 or more samples, not {width:R}.");
        int reach = (int)Round(Reach * width), last = series.Count - 1;
        if (reach == 0)
            return series;
        double[] weights = [.. Range(-reach, 2 * reach + 1).Select(j => Exp(-0.5 * j * j / (width * width)))];
        double sum = weights.Sum();
        var smooth = new double[series.Count];
        for (int i = 0; i < smooth.Length; i++)
        {
            double total = 0;
            for (int j = -reach; j <= reach; j++)
                total += weights[j + reach] * series.Values[Clamp(i + j, 0, last)];
            smooth[i] = total / sum;
        }

        return series.With(smooth);
    }
}
