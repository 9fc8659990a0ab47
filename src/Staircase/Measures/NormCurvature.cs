namespace Staircase;

/// <summary>The second derivative of a weight matrix's norm.</summary>
/// <remarks>
/// Which matrix matters: the published extrema (52, 84, 169, 245) are those of one factor, ‖p‖_F = √Σa when p and q are balanced. The norm
/// of the product diag(a) turns elsewhere (60, 88, 181, 264).
/// </remarks>
public static class NormCurvature
{
    /// <summary>The measure.</summary>
    public static Measure Measure { get; } = new(
        "norm curvature", "d²‖M‖_F/dt²",
        "central second difference of ‖M‖_F after Gaussian smoothing (8 samples), M one weight matrix, not a product",
        "any; a growing mode is a maximum followed by a minimum",
        "Mainali, Teixeira 2025, §4, Fig. 4C");

    /// <summary>d²‖M‖_F/dt² of a series of norms.</summary>
    /// <param name="norms">‖M(t)‖_F.</param>
    /// <param name="width">Of the smoothing, in samples.</param>
    /// <exception cref="ArgumentException">There are fewer than three values.</exception>
    public static EvenSeries Of(EvenSeries norms, double width = GaussianSmoothing.UsualWidth) =>
        GaussianSmoothing.Of(norms, width).Curvature();
}
