using System.Numerics;

namespace Staircase.Tests.Measures;

/// <summary>A product in factors is the same matrix as the product formed.</summary>
public class FactoredMatrixTests
{
    /// <summary>Orthogonal transformations of matrices up to 40 wide, each entry a sum of up to 40 products.</summary>
    private const double Rounding = 1e-12;

    public static TheoryData<int, int, int> Shapes => new()
    {
        { 5, 5, 5 }, { 12, 12, 3 }, { 3, 12, 12 }, { 12, 3, 5 }, { 3, 9, 6 }, { 9, 3, 6 }, { 40, 30, 1 },
        { 1, 7, 1 }, { 7, 1, 1 }, { 1, 1, 4 }, { 4, 6, 9 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Factors_and_the_formed_product_measure_the_same(int rows, int columns, int inner)
    {
        double[,] A = Matrices.Random(rows, inner, 1), B = Matrices.Random(inner, columns, 2), M = A.Times(B);
        FactoredMatrix factored = FactoredMatrix.Product(A, B), dense = FactoredMatrix.Dense(M);

        int rank = Math.Min(inner, Math.Min(rows, columns));
        Assert.Equal((rows, columns, rank), (factored.Rows, factored.Columns, factored.LargestRank));
        Assert.Equal(rank, factored.Rank());
        Assert.Equal(rank, dense.Rank());
        Expect.Relative("singular values", dense.SingularValues.AsSpan(0, rank), factored.SingularValues, Rounding);
        Expect.Relative(
            "singular values of (Aᵀ)ᵀ B", factored.SingularValues, FactoredMatrix.TransposedProduct(A.Transposed(), B).SingularValues,
            Rounding);
        Expect.Relative("‖M‖", M.Norm(), factored.FrobeniusNorm, Rounding);
        Expect.Relative("‖M‖, dense", M.Norm(), dense.FrobeniusNorm, Rounding);
        Expect.Relative(
            "participation ratio without SVD", ParticipationRatio.Of(dense.SingularValues), ParticipationRatio.Of(factored), Rounding);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Singular_vectors_are_orthonormal_and_diagonalize_the_product(int rows, int columns, int inner)
    {
        double[,] A = Matrices.Random(rows, inner, 3), B = Matrices.Random(inner, columns, 4), M = A.Times(B);
        foreach (FactoredMatrix matrix in (FactoredMatrix[])[FactoredMatrix.Product(A, B), FactoredMatrix.Dense(M)])
        {
            int rank = matrix.Rank();
            double[,] U = matrix.LeftBasis(rank).ToArray(), V = matrix.RightBasis(rank).ToArray();
            double[,] σ = Matrices.Diagonal(matrix.SingularValues[..rank]);
            double[,] one = Matrices.Diagonal([.. Enumerable.Repeat(1.0, rank)]);
            Expect.Below("‖UᵀU − I‖", Rounding, U.Transposed().Times(U).Minus(one).Norm());
            Expect.Below("‖VᵀV − I‖", Rounding, V.Transposed().Times(V).Minus(one).Norm());
            Expect.Below("‖UσVᵀ − M‖/‖M‖", Rounding, U.Times(σ).Times(V.Transposed()).Minus(M).Norm() / M.Norm());
        }
    }

    [Fact]
    public void A_tall_product_is_measured_through_its_small_core()
    {
        // σ of a rank-one product a bᵀ is ‖a‖‖b‖; forming it would take 16e9 numbers.
        const int size = 126_491;
        double[,] a = new double[size, 1], b = new double[1, size];
        for (int i = 0; i < size; i++)
            (a[i, 0], b[0, i]) = (1, 2);

        FactoredMatrix matrix = FactoredMatrix.Product(a, b);

        Expect.Relative("σ₁", 2.0 * size, matrix.SingularValues[0], Rounding);
        Expect.Relative("trace", 2.0 * size, matrix.Trace, Rounding);
        Expect.Relative("eigenvalue", 2.0 * size, matrix.Eigenvalues.Single().Real, Rounding);
    }

    [Theory]
    [InlineData(6, 2)]
    [InlineData(4, 4)]
    [InlineData(3, 5)]
    public void Trace_and_eigenvalues_are_those_of_the_formed_product(int size, int inner)
    {
        double[,] A = Matrices.Random(size, inner, 5), B = Matrices.Random(inner, size, 6), M = A.Times(B);
        FactoredMatrix factored = FactoredMatrix.Product(A, B), dense = FactoredMatrix.Dense(M);
        double trace = Enumerable.Range(0, size).Sum(i => M[i, i]), squares = Enumerable.Range(0, size).Sum(i => M.Times(M)[i, i]);

        Expect.Relative("trace", trace, factored.Trace, Rounding, scale: 1);
        Expect.Relative("trace, dense", trace, dense.Trace, Rounding, scale: 1);
        Complex[] λ = factored.Eigenvalues;
        Assert.Equal(Math.Min(size, inner), λ.Length);
        Expect.Relative("Σλ", trace, λ.Aggregate(Complex.Zero, (sum, x) => sum + x).Real, Rounding, scale: 1);
        Expect.Relative(
            "Σλ² = tr M²", squares, λ.Aggregate(Complex.Zero, (sum, x) => sum + x * x).Real, 10 * Rounding, scale: squares + 10);
    }

    /// <summary>
    /// Weights may be initialized as small as one likes; a decomposition that compares with absolute numbers gets them wrong.
    /// </summary>
    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e-58)]
    [InlineData(1e100)]
    public void Size_does_not_matter(double size)
    {
        double[,] A = Matrices.Random(8, 3, 1), B = Matrices.Random(3, 8, 2);
        FactoredMatrix unit = FactoredMatrix.Product(A, B), factored = FactoredMatrix.Product(A.Scaled(size), B);
        FactoredMatrix dense = FactoredMatrix.Dense(A.Times(B).Scaled(size));

        Expect.Relative("singular values", [.. unit.SingularValues.Select(σ => σ * size)], factored.SingularValues, Rounding);
        Expect.Relative("singular values, dense", factored.SingularValues, dense.SingularValues.AsSpan(0, 3), Rounding);
        Expect.Relative("largest eigenvalue", unit.Eigenvalues[0].Magnitude * size, factored.Eigenvalues[0].Magnitude, Rounding);
        Expect.Relative("rows", 0, PrincipalAngles.Rows(unit, factored, 2).Geodesic, Rounding, scale: 1);
        Assert.Equal(3, factored.Rank());
    }

    [Fact]
    public void A_rank_is_counted_above_its_cut_off()
    {
        FactoredMatrix matrix = FactoredMatrix.Dense(Matrices.WithSingularValues([2, 1, 1e-3, 1e-7], 3));

        Assert.Equal([4, 3, 2, 1], ((double[])[1e-9, 1e-5, 1e-2, 0.7]).Select(matrix.Rank));
        Assert.Equal(0, FactoredMatrix.Dense(new double[3, 2]).Rank());
    }

    [Fact]
    public void Impossible_questions_are_refused_in_one_line()
    {
        FactoredMatrix wide = FactoredMatrix.Dense(Matrices.Random(2, 3, 7));

        Assert.Equal(
            "The left factor has 2 columns but the right factor has 3 rows.",
            Assert.Throws<ArgumentException>(() => FactoredMatrix.Product(new double[4, 2], new double[3, 4])).Message);
        Assert.Equal(
            "The left factor has 4 rows but the right factor has 3.",
            Assert.Throws<ArgumentException>(() => FactoredMatrix.TransposedProduct(new double[4, 2], new double[3, 4])).Message);
        Assert.Equal("The matrix is empty (0×3).", Assert.Throws<ArgumentException>(() => FactoredMatrix.Dense(new double[0, 3])).Message);
        Assert.Equal(
            "The matrix has the entry NaN; expected finite numbers.",
            Assert.Throws<ArgumentException>(() => FactoredMatrix.Dense(new[,] { { double.NaN } })).Message);
        Assert.Equal(
            "Only a square matrix has trace; this one is 2×3.", Assert.Throws<InvalidOperationException>(() => wide.Trace).Message);
        Assert.Equal(
            "Only a square matrix has eigenvalues; this one is 2×3.",
            Assert.Throws<InvalidOperationException>(() => wide.Eigenvalues).Message);
        Assert.Equal(
            "A 2×3 matrix of rank up to 2 has no 3 singular vectors.", Assert.Throws<ArgumentException>(() => wide.LeftBasis(3)).Message);
    }
}
