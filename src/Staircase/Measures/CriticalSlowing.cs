namespace Staircase;

/// <summary>Early-warning signals: variance and lag-1 autocorrelation of the loss around its trend, in a rolling window.</summary>
/// <param name="Variance">Mean squared deviation from the window's mean, at the position of the window's last value.</param>
/// <param name="Autocorrelation">Σ(x_t − x̄)(x_{t+1} − x̄)/Σ(x_t − x̄)² in the window; NaN where the window is constant.</param>
/// <remarks>
/// The trend is a Gaussian smoothing a quarter of the window wide, which looks ahead by up to a window: a signal that precedes a drop by
/// less may be the drop itself. Removing the trend of white noise leaves an autocorrelation of about −0.52/width, and a window of n values
/// biases it by a further −1/n, so compare with a control and not with zero. Full-batch training has no noise: the residual is then the
/// trend's own error, and neither signal means anything.
/// </remarks>
public sealed record CriticalSlowing(EvenSeries Variance, EvenSeries Autocorrelation)
{
    /// <summary>The rolling variance.</summary>
    public static Measure VarianceMeasure { get; } = new(
        "rolling variance", "s²",
        "variance (over n) of the loss minus its Gaussian smoothing (window/4 samples) in a window that ends here", "0 to ∞",
        "Scheffer et al., Nature 461 (2009) 53; Dakos et al., PLoS ONE 7 (2012) e41010");

    /// <summary>The rolling autocorrelation.</summary>
    public static Measure AutocorrelationMeasure { get; } = new(
        "lag-1 autocorrelation", "ρ₁",
        "Σ(x_t − x̄)(x_{t+1} − x̄)/Σ(x_t − x̄)² of the loss minus its Gaussian smoothing (window/4 samples) in a window that ends here",
        "−1 to 1",
        "Scheffer et al., Nature 461 (2009) 53; Dakos et al., PLoS ONE 7 (2012) e41010");

    /// <summary>Both signals of a loss curve.</summary>
    /// <param name="window">Values a window, at least 4 and at most all.</param>
    /// <exception cref="ArgumentException">The window does not fit.</exception>
    public static CriticalSlowing Of(EvenSeries loss, int window)
    {
        if (window < 4 || window > loss.Count)
            throw new ArgumentException($"A window of {window} values does not fit a series of {loss.Count}; it needs 4 or more.");
        double[] trend = GaussianSmoothing.Of(loss, window / 4.0).Values;
        double[] x = [.. loss.Values.Zip(trend, (value, smooth) => value - smooth)];
        int count = x.Length - window + 1;
        double[] variance = new double[count], autocorrelation = new double[count];
        for (int i = 0; i < count; i++)
        {
            double[] part = x[i..(i + window)];
            variance[i] = Variance(part);
            autocorrelation[i] = LagOne(part);
        }

        var positions = new EvenSeries(loss.PositionAt(window - 1), loss.Spacing, variance);
        return new(positions, positions.With(autocorrelation));

        static double Variance(double[] values)
        {
            double mean = values.Average();
            return values.Average(value => (value - mean) * (value - mean));
        }
    }

    /// <summary>
    /// Σ(x_t − x̄)(x_{t+1} − x̄)/Σ(x_t − x̄)²; NaN for constant values. Its expected value is too small by about (1 + 3ρ)/n.
    /// </summary>
    public static double LagOne(ReadOnlySpan<double> values)
    {
        double mean = 0, products = 0, squares = 0;
        foreach (double value in values)
            mean += value / values.Length;
        for (int i = 0; i < values.Length; i++)
        {
            squares += (values[i] - mean) * (values[i] - mean);
            products += i > 0 ? (values[i] - mean) * (values[i - 1] - mean) : 0;
        }

        return products / squares;
    }
}
