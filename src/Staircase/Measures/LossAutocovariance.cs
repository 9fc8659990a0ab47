namespace Staircase;

/// <summary>The autocovariance of a whole loss curve and its curvature, by lag.</summary>
/// <remarks>
/// The source calls it loss autocorrelation curvature and draws it over training time. Its axis is a lag: a difference of times, not a
/// time. A single drop in the middle of training and one near its end turn it at different lags, and adding plateau at the end moves every
/// extremum. For transitions in time use <see cref="LossSlope"/>.
/// </remarks>
public static class LossAutocovariance
{
    /// <summary>The measure.</summary>
    public static Measure Measure { get; } = new(
        "loss autocovariance curvature", "−A″(lag)",
        "A(ℓ) = 1/(n−ℓ) Σ (L_t − L̄)(L_{t+ℓ} − L̄) over the whole curve; minus its second derivative after Gaussian smoothing (8 "
        + "samples); a function of lag, not of time",
        "any", "Mainali, Teixeira 2025, §4, Fig. 4B, there loss autocorrelation curvature");

    /// <summary>
    /// A(ℓ) for lags 0 … n − 1: mean removed, unbiased (the sum over n − ℓ), in squared units of the loss. At the last lags it rests on few
    /// products. Takes n²/2 products.
    /// </summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static EvenSeries ByLag(EvenSeries loss)
    {
        if (loss.Count == 0)
            throw new ArgumentException("There are no losses to correlate.");
        double mean = loss.Values.Average();
        double[] y = [.. loss.Values.Select(value => value - mean)];
        return new(0, loss.Spacing, [.. Range(0, y.Length).Select(Covariance)]);

        double Covariance(int lag) => Dot(y.AsSpan(lag), y.AsSpan(0, y.Length - lag)) / (y.Length - lag);
    }

    /// <summary>−A″ by lag.</summary>
    /// <param name="width">Of the smoothing, in samples.</param>
    /// <exception cref="ArgumentException">There are fewer than three values.</exception>
    public static EvenSeries CurvatureByLag(EvenSeries loss, double width = GaussianSmoothing.UsualWidth)
    {
        EvenSeries curvature = GaussianSmoothing.Of(ByLag(loss), width).Curvature();
        return curvature.With(Array.ConvertAll(curvature.Values, value => -value));
    }
}
