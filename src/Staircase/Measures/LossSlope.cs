namespace Staircase;

/// <summary>How fast the loss falls and how that changes: the plain measures that every other one should be laid beside.</summary>
public static class LossSlope
{
    /// <summary>The first derivative.</summary>
    public static Measure Measure { get; } = new(
        "loss slope", "−dL/dt", "minus the central difference of the loss after Gaussian smoothing (8 samples)", "any; a drop is a peak",
        "baseline");

    /// <summary>The second derivative.</summary>
    public static Measure CurvatureMeasure { get; } = new(
        "loss curvature", "d²L/dt²", "central second difference of the loss after Gaussian smoothing (8 samples)",
        "any; a drop begins with a minimum and ends with a maximum", "baseline");

    /// <summary>−dL/dt.</summary>
    /// <param name="width">Of the smoothing, in samples.</param>
    /// <exception cref="ArgumentException">There are fewer than two values.</exception>
    public static EvenSeries Of(EvenSeries loss, double width = GaussianSmoothing.UsualWidth)
    {
        EvenSeries slope = GaussianSmoothing.Of(loss, width).Slope();
        return slope.With(Array.ConvertAll(slope.Values, value => -value));
    }

    /// <summary>d²L/dt².</summary>
    /// <param name="width">Of the smoothing, in samples.</param>
    /// <exception cref="ArgumentException">There are fewer than three values.</exception>
    public static EvenSeries Curvature(EvenSeries loss, double width = GaussianSmoothing.UsualWidth) =>
        GaussianSmoothing.Of(loss, width).Curvature();
}
