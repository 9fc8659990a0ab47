namespace Staircase;

/// <summary>
/// The squared Frobenius norm in units of the squared largest singular value: how many directions are as strong as the strongest.
/// </summary>
public static class StableRank
{
    /// <summary>The measure.</summary>
    public static Measure Measure { get; } = new(
        "stable rank", "srank(M)", "‖M‖²_F/‖M‖²₂ = Σσ²/σ₁²", "1 to rank M",
        "Rudelson, Vershynin, J. ACM 54 (2007) 21, there called numerical rank");

    /// <summary>Σσ²/σ₁²; NaN for the zero matrix.</summary>
    /// <exception cref="ArgumentException">There are no singular values, or one is negative or not finite.</exception>
    public static double Of(ReadOnlySpan<double> singularValues) => SingularValues.Relative(singularValues)?.Sum(x => x * x) ?? double.NaN;

    /// <inheritdoc cref="Of(ReadOnlySpan{double})"/>
    public static double Of(FactoredMatrix matrix) => Of(matrix.SingularValues);
}
