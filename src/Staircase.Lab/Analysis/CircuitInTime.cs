namespace Staircase.Lab;

/// <summary>What is measured of: a matrix, which is not beyond all numbers, and the same one before and at the end.</summary>
/// <param name="Matrix">M(t).</param>
/// <param name="Previous">The same at the checkpoint before; null at the first.</param>
/// <param name="Last">The same at the last checkpoint.</param>
/// <param name="ByColumns">Whether spaces are those of columns (what is written) or of rows (what is read).</param>
/// <param name="Directions">Leading directions to compare.</param>
/// <param name="Cutoff">The rank cut-off.</param>
internal sealed record CircuitInTime(
    FactoredMatrix Matrix, FactoredMatrix? Previous, FactoredMatrix? Last, bool ByColumns, int Directions, double Cutoff)
{
    private PrincipalAngles? _toPrevious;

    public double DistanceToLast => Last is null || IsZero || Last.FrobeniusNorm == 0 ? double.NaN
        : (ByColumns ? SubspaceDistance.Columns(Matrix, Last, Cutoff) : SubspaceDistance.Rows(Matrix, Last, Cutoff)).Value;

    /// <summary>The angles of the leading directions to those before; null where there are none.</summary>
    public PrincipalAngles? ToPrevious
    {
        get
        {
            if (_toPrevious is not null || Previous is null || IsZero || !(Previous.SingularValues[0] > 0))
                return _toPrevious;
            // Beyond its numerical rank a matrix has no directions of its own, only rounding.
            int r = Min(Min(Directions, Matrix.Rank(Cutoff)), Previous.Rank(Cutoff));
            return r == 0 ? null : _toPrevious = ByColumns
                ? PrincipalAngles.Columns(Matrix, Previous, r)
                : PrincipalAngles.Rows(Matrix, Previous, r);
        }
    }

    public double Positivity =>
        !IsZero && Matrix.Rows == Matrix.Columns && Matrix.Eigenvalues.Sum(λ => λ.Magnitude) is > 0 and var sizes
            ? Matrix.Trace / sizes
            : double.NaN;

    private bool IsZero => Matrix.SingularValues[0] == 0;
}
