namespace Staircase;

/// <summary>The principal angles between two subspaces and the distances made of them.</summary>
/// <param name="Angles">θ₁ ≤ … ≤ θ_r in radians, 0 to π/2, r the smaller dimension.</param>
/// <param name="NullOverlap">The mean overlap of independent random subspaces of these dimensions: the larger dimension over n.</param>
/// <remarks>
/// Against M(∞) the angles need the future; against M(t − Δ) they are causal. Measured against a matrix's own future any convergent series
/// ends at zero, so what counts is when the overlap leaves its null level.
/// </remarks>
public sealed record PrincipalAngles(double[] Angles, double NullOverlap)
{
    /// <summary>The angles' Euclidean size.</summary>
    public static Measure GeodesicMeasure { get; } = new(
        "geodesic distance", "d_g", "√Σθ², cos θᵢ = σᵢ(Q₁ᵀQ₂) for orthonormal bases Q₁, Q₂", "0 to √r π/2",
        "Björck, Golub, Math. Comp. 27 (1973) 579; Edelman, Arias, Smith 1998, §4.3");

    /// <summary>The sines' Euclidean size.</summary>
    public static Measure ChordalMeasure { get; } = new(
        "chordal distance", "d_c", "√Σ sin²θ = ‖Q₁Q₁ᵀ − Q₂Q₂ᵀ‖_F/√2 for equal dimensions", "0 to √r",
        "Conway, Hardin, Sloane 1996; Edelman, Arias, Smith 1998, §4.3");

    /// <summary>The mean squared cosine.</summary>
    public static Measure OverlapMeasure { get; } = new(
        "subspace overlap", "o", "(1/r) Σ cos²θ; null level r/n for random subspaces", "0 to 1",
        "mean squared canonical cosine; Björck, Golub 1973");

    /// <summary>√Σθ².</summary>
    public double Geodesic => Sqrt(Angles.Sum(θ => θ * θ));

    /// <summary>√Σ sin²θ.</summary>
    public double Chordal => Sqrt(Angles.Sum(θ => Sin(θ) * Sin(θ)));

    /// <summary>(1/r) Σ cos²θ.</summary>
    public double Overlap => Angles.Average(θ => Cos(θ) * Cos(θ));

    /// <summary>Between the spans of the first <paramref name="rank"/> right singular vectors.</summary>
    /// <exception cref="ArgumentException">The numbers of columns differ, or a matrix has no such rank.</exception>
    public static PrincipalAngles Rows(FactoredMatrix first, FactoredMatrix second, int rank) =>
        Between(first.RightBasis(rank), second.RightBasis(rank));

    /// <summary>Between the spans of the first <paramref name="rank"/> left singular vectors.</summary>
    /// <exception cref="ArgumentException">The numbers of rows differ, or a matrix has no such rank.</exception>
    public static PrincipalAngles Columns(FactoredMatrix first, FactoredMatrix second, int rank) =>
        Between(first.LeftBasis(rank), second.LeftBasis(rank));

    /// <summary>Between the column spaces of any two matrices of full column rank.</summary>
    /// <param name="first">n×p.</param>
    /// <param name="second">n×q.</param>
    /// <exception cref="ArgumentException">The numbers of rows differ, or columns are dependent.</exception>
    public static PrincipalAngles Between(double[,] first, double[,] second) => Between(Basis(first), Basis(second));

    private static Matrix Basis(double[,] columns)
    {
        FactoredMatrix matrix = FactoredMatrix.Dense(columns);
        int p = columns.GetLength(1), rank = matrix.Rank();
        return rank == p ? matrix.LeftBasis(p) : throw new ArgumentException($"The {p} columns span only {rank} dimensions.");
    }

    private static PrincipalAngles Between(Matrix Q1, Matrix Q2)
    {
        int n = Q1.RowCount;
        if (Q2.RowCount != n)
            throw new ArgumentException($"The subspaces lie in spaces of different dimensions, {n} and {Q2.RowCount}.");
        if (Q1.ColumnCount < Q2.ColumnCount)
            (Q1, Q2) = (Q2, Q1);

        // Cosines resolve large angles and sines small ones (an arc cosine alone is off by 1e-8 at zero); Björck, Golub 1973, §3.
        Matrix cosines = ThinFactors.TransposedProduct(Q1, Q2);
        Matrix outside = Q2 - ThinFactors.Product(Q1, cosines);
        double[] cos = FactoredMatrix.Dense(cosines).SingularValues;
        double[] sin = [.. FactoredMatrix.Dense(outside).SingularValues.Order()];
        int r = Q2.ColumnCount;
        return new([.. Range(0, r).Select(i => Atan2(sin[i], cos[i]))], (double)Q1.ColumnCount / n);
    }
}
