namespace Staircase;

/// <summary>How many squared singular values share their sum: the inverse of Σπ² with π = σ²/Σσ².</summary>
/// <remarks>
/// From σ², as for the eigenvalues of a covariance M Mᵀ. A participation ratio of σ itself, (Σσ)²/Σσ², is a different number.
/// </remarks>
public static class ParticipationRatio
{
    /// <summary>The measure.</summary>
    public static Measure Measure { get; } = new(
        "participation ratio", "PR(M)", "‖M‖⁴_F/‖MᵀM‖²_F = (Σσ²)²/Σσ⁴", "1 to rank M",
        "of covariance eigenvalues: Gao et al., bioRxiv 214262 (2017)");

    /// <summary>(Σσ²)²/Σσ⁴; NaN for the zero matrix.</summary>
    /// <exception cref="ArgumentException">There are no singular values, or one is negative or not finite.</exception>
    public static double Of(ReadOnlySpan<double> singularValues)
    {
        if (SingularValues.Relative(singularValues) is not { } σ)
            return double.NaN;
        double squares = σ.Sum(x => x * x);
        return squares * squares / σ.Sum(x => x * x * x * x);
    }

    /// <summary>
    /// ‖M‖⁴_F/‖MᵀM‖²_F from the core of the factors, without a singular value decomposition of M; NaN for the zero matrix.
    /// </summary>
    public static double Of(FactoredMatrix matrix)
    {
        double norm = matrix.FrobeniusNorm;
        if (norm == 0)
            return double.NaN;
        Matrix unit = matrix.Core / norm;
        double gram = unit.TransposeThisAndMultiply(unit).FrobeniusNorm();
        return 1 / (gram * gram);
    }
}
