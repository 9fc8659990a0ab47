namespace Staircase;

/// <summary>How many singular values share the whole: the exponential of their entropy.</summary>
/// <remarks>
/// From σ, not σ², in natural logarithms and without a cut-off: zeros add nothing. Tools that take πᵢ = σᵢ²/Σσ² print smaller numbers under
/// the same name (they measure what the
/// <see cref="ParticipationRatio"/> does).
/// </remarks>
public static class EffectiveRank
{
    /// <summary>The measure.</summary>
    public static Measure Measure { get; } = new(
        "effective rank", "erank(M)", "exp(−Σ πᵢ ln πᵢ), πᵢ = σᵢ/Σσ", "1 to n", "Roy, Vetterli, The effective rank, EUSIPCO 2007, Def. 1");

    /// <summary>The measure over its largest value, on a logarithmic scale.</summary>
    public static Measure NormalizedMeasure { get; } = new(
        "normalized effective rank", "ln erank(M)/ln n",
        "−Σ πᵢ ln πᵢ / ln n, πᵢ = σᵢ/Σσ, n = how many singular values can differ from zero", "0 to 1",
        "Mainali, Teixeira 2025, §4, Fig. 4A");

    /// <summary>erank; NaN for the zero matrix.</summary>
    /// <exception cref="ArgumentException">There are no singular values, or one is negative or not finite.</exception>
    public static double Of(ReadOnlySpan<double> singularValues) => Exp(Entropy(singularValues));

    /// <inheritdoc cref="Of(ReadOnlySpan{double})"/>
    public static double Of(FactoredMatrix matrix) => Of(matrix.SingularValues);

    /// <summary>
    /// ln erank / ln n with n the number of values given, zeros included; NaN for a single value and for the zero matrix.
    /// </summary>
    /// <exception cref="ArgumentException">There are no singular values, or one is negative or not finite.</exception>
    public static double Normalized(ReadOnlySpan<double> singularValues) => Entropy(singularValues) / Log(singularValues.Length);

    /// <summary>ln erank / ln n with n = <see cref="FactoredMatrix.LargestRank"/>: of a head's circuit d_head, not d_model.</summary>
    public static double Normalized(FactoredMatrix matrix) => Normalized(matrix.SingularValues);

    private static double Entropy(ReadOnlySpan<double> singularValues)
    {
        if (SingularValues.Relative(singularValues) is not { } σ)
            return double.NaN;
        double sum = σ.Sum();
        return Max(0, -σ.Sum(value => value > 0 ? value / sum * Log(value / sum) : 0));
    }
}
