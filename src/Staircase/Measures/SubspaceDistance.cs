namespace Staircase;

/// <summary>How much of the final matrix lies outside the row (or column) space that the matrix spans already.</summary>
/// <param name="Value">
/// ‖M(∞)(I − Π)‖_F/‖M(∞)‖_F, Π the orthogonal projection on the row space of M(t); for columns ‖(I − Π)M(∞)‖_F/‖M(∞)‖_F.
/// </param>
/// <param name="Unnormalized">‖M(∞)(I − Π)‖_F = min_A ‖A M(t) − M(∞)‖_F, the paper's Eq. 16; for columns min_A ‖M(t) A − M(∞)‖_F.</param>
/// <param name="Rank">The dimension of the space of M(t).</param>
/// <param name="Cutoff">The rank cut-off: singular values up to this fraction of the largest count as zero.</param>
/// <param name="IsDegenerate">
/// Whether the space is everything, so that the distance is zero whatever M(∞) is: always for an invertible M(t).
/// </param>
public sealed record SubspaceDistance(double Value, double Unnormalized, int Rank, double Cutoff, bool IsDegenerate)
{
    /// <summary>The measure, of row or column spaces.</summary>
    public static Measure Measure { get; } = new(
        "subspace distance", "d(M(t), M(∞))",
        "‖M(∞)(I − Π)‖_F/‖M(∞)‖_F, Π the projection on the row space of M(t) at a stated rank cut-off; columns alike; null level √(1 − "
        + "r/n)", "0 to 1",
        "normalized from Mainali, Teixeira 2025, Eq. 16");

    /// <summary>The measure as published.</summary>
    public static Measure UnnormalizedMeasure { get; } = new(
        "subspace distance (unnormalized)", "min_A ‖A M(t) − M(∞)‖_F", "‖M(∞)(I − Π)‖_F; identically zero while M(t) is invertible",
        "0 to ‖M(∞)‖_F",
        "Mainali, Teixeira 2025, Eq. 16");

    /// <summary>By row spaces.</summary>
    /// <param name="matrix">M(t).</param>
    /// <param name="final">M(∞), with as many columns.</param>
    /// <param name="cutoff">
    /// The rank cut-off, relative to σ₁ of M(t). A small random M(t) has full rank: take a cut-off between its noise and its learned
    /// directions, or compare leading directions by <see cref="PrincipalAngles"/>.
    /// </param>
    /// <exception cref="ArgumentException">The numbers of columns differ.</exception>
    public static SubspaceDistance Rows(FactoredMatrix matrix, FactoredMatrix final, double cutoff = FactoredMatrix.RankCutoff)
    {
        if (matrix.Columns != final.Columns)
            throw new ArgumentException($"Row spaces need equal numbers of columns; found {matrix.Columns} and {final.Columns}.");
        return Of(matrix, final, rank => final.NormOutsideRows(matrix.RowSpace(rank)), matrix.Columns, cutoff);
    }

    /// <summary>By column spaces.</summary>
    /// <inheritdoc cref="Rows"/>
    public static SubspaceDistance Columns(FactoredMatrix matrix, FactoredMatrix final, double cutoff = FactoredMatrix.RankCutoff)
    {
        if (matrix.Rows != final.Rows)
            throw new ArgumentException($"Column spaces need equal numbers of rows; found {matrix.Rows} and {final.Rows}.");
        return Of(matrix, final, rank => final.NormOutsideColumns(matrix.ColumnSpace(rank)), matrix.Rows, cutoff);
    }

    private static SubspaceDistance Of(
        FactoredMatrix matrix, FactoredMatrix final, Func<int, double> outside, int dimension, double cutoff)
    {
        // In the degenerate case the projection leaves rounding, which would be shown as a distance; of itself a matrix lacks what is cut
        // off.
        int rank = matrix.Rank(cutoff);
        bool everything = rank == dimension;
        double distance = everything ? 0 : rank == 0 ? final.FrobeniusNorm
            : ReferenceEquals(matrix, final) ? Rest(final.SingularValues, rank) : outside(rank);
        return new(distance / final.FrobeniusNorm, distance, rank, cutoff, everything);
    }

    private static double Rest(double[] σ, int rank) => σ[0] * Sqrt(σ.Skip(rank).Sum(value => value / σ[0] * (value / σ[0])));
}
