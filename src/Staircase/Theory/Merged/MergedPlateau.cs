namespace Staircase;

/// <summary>How long merged attention waits before its one drop.</summary>
public static class MergedPlateau
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "merged-plateau",
        "From a small start merged attention stays near zero for about (1/‖Λ²‖_F) ln(1/w_init), w_init the initial ℓ₂ norm of a layer.",
        Paper.Zhang2025, "§3.3",
        "small initial weights",
        "which part of the initial weights grows: off by 10–30 % at entries of 1e-2 to 1e-4, where merged-curve is exact to 0.2 %");

    /// <summary>The estimate, in time of the gradient flow.</summary>
    /// <param name="moments">The modes.</param>
    /// <param name="layerNorm">w_init.</param>
    public static double Duration(ModeMoments moments, double layerNorm) =>
        Log(1 / layerNorm) / Sqrt(moments.Drive.Sum(b => b * b));
}
