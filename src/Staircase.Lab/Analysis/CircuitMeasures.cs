namespace Staircase.Lab;

/// <summary>The measures of one circuit or matrix at one step; NaN where there is nothing to measure.</summary>
/// <param name="EffectiveRank">exp of the entropy of σ/Σσ.</param>
/// <param name="NormalizedEffectiveRank">Its logarithm over ln of how many σ can differ from zero.</param>
/// <param name="StableRank">Σσ²/σ₁².</param>
/// <param name="Norm">‖M‖_F.</param>
/// <param name="LargestSingularValue">σ₁.</param>
/// <param name="SubspaceDistance">How much of the last checkpoint's matrix lies outside of what this one spans; 0 by definition where that is everything.</param>
/// <param name="GeodesicToPrevious">√Σθ² of the principal angles between the leading directions here and at the previous checkpoint.</param>
/// <param name="OverlapWithPrevious">(1/r) Σ cos²θ of the same.</param>
/// <param name="EigenvaluePositivity">Re Σλ/Σ|λ|, from −1 to 1: of OV how much the head copies.</param>
public sealed record CircuitMeasures(
    double EffectiveRank, double NormalizedEffectiveRank, double StableRank, double Norm, double LargestSingularValue, double SubspaceDistance, double GeodesicToPrevious,
    double OverlapWithPrevious, double EigenvaluePositivity)
{
    /// <summary>What a circuit with values that are not finite has.</summary>
    public static CircuitMeasures None { get; } = new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);

    /// <summary>Measures a matrix.</summary>
    /// <param name="matrix">M(t).</param>
    /// <param name="previous">The same at the checkpoint before; null at the first.</param>
    /// <param name="last">The same at the last checkpoint.</param>
    /// <param name="byColumns">Whether spaces are those of columns (what is written) or of rows (what is read).</param>
    /// <param name="directions">Leading directions to compare.</param>
    /// <param name="cutoff">The rank cut-off.</param>
    public static CircuitMeasures Of(FactoredMatrix? matrix, FactoredMatrix? previous, FactoredMatrix? last, bool byColumns, int directions, double cutoff)
    {
        if (matrix is null)
            return None;
        double[] σ = matrix.SingularValues;
        bool zero = σ[0] == 0;
        double distance = last is null || zero || last.FrobeniusNorm == 0 ? double.NaN
            : (byColumns ? Staircase.SubspaceDistance.Columns(matrix, last, cutoff) : Staircase.SubspaceDistance.Rows(matrix, last, cutoff)).Value;
        PrincipalAngles? angles = null;
        if (previous is not null && !zero && previous.SingularValues[0] > 0)
        {
            int r = Math.Min(Math.Min(directions, matrix.LargestRank), previous.LargestRank);
            angles = byColumns ? PrincipalAngles.Columns(matrix, previous, r) : PrincipalAngles.Rows(matrix, previous, r);
        }

        return new(
            Staircase.EffectiveRank.Of(σ), Staircase.EffectiveRank.Normalized(σ), Staircase.StableRank.Of(σ), matrix.FrobeniusNorm, σ[0], distance,
            angles?.Geodesic ?? double.NaN, angles?.Overlap ?? double.NaN, zero || matrix.Rows != matrix.Columns ? double.NaN : Positivity(matrix));
    }

    /// <summary>The mean of each number over those circuits that have it.</summary>
    public static CircuitMeasures Mean(IReadOnlyCollection<CircuitMeasures> circuits)
    {
        return new(
            Of(m => m.EffectiveRank), Of(m => m.NormalizedEffectiveRank), Of(m => m.StableRank), Of(m => m.Norm), Of(m => m.LargestSingularValue), Of(m => m.SubspaceDistance),
            Of(m => m.GeodesicToPrevious), Of(m => m.OverlapWithPrevious), Of(m => m.EigenvaluePositivity));

        double Of(Func<CircuitMeasures, double> number) => circuits.Select(number).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
    }

    private static double Positivity(FactoredMatrix matrix)
    {
        double sizes = matrix.Eigenvalues.Sum(λ => λ.Magnitude);
        return sizes > 0 ? matrix.Trace / sizes : double.NaN;
    }
}
