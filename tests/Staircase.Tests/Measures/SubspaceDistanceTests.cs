using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Tests.Measures;

public class SubspaceDistanceTests
{
    /// <summary>Projections of matrices up to 12 wide.</summary>
    private const double Rounding = 1e-12;

    [Fact]
    public void Values_by_hand()
    {
        FactoredMatrix M = FactoredMatrix.Dense(new double[,] { { 2, 0, 0 }, { 0, 0, 0 } });
        FactoredMatrix end = FactoredMatrix.Dense(new double[,] { { 3, 4, 0 }, { 0, 0, 12 } });

        SubspaceDistance rows = SubspaceDistance.Rows(M, end), columns = SubspaceDistance.Columns(M, end);

        Expect.Relative("rows: what is outside e₁ᵀ, √(4² + 12²)", Math.Sqrt(160), rows.Unnormalized, Rounding);
        Expect.Relative("over ‖M(∞)‖ = 13", Math.Sqrt(160) / 13, rows.Value, Rounding);
        Expect.Relative("columns: the second row", 12.0 / 13, columns.Value, Rounding);
        Assert.Equal((1, false, FactoredMatrix.RankCutoff), (rows.Rank, rows.IsDegenerate, rows.Cutoff));
    }

    /// <summary>Eq. 16 of Mainali and Teixeira, solved by the normal equations.</summary>
    [Theory]
    [InlineData(2, 6)]
    [InlineData(5, 6)]
    public void It_is_the_least_distance_that_the_paper_minimizes(int rows, int columns)
    {
        double[,] M = Matrices.Random(rows, columns, 1), F = Matrices.Random(4, columns, 2);
        var m = Matrix<double>.Build.DenseOfArray(M);
        var f = Matrix<double>.Build.DenseOfArray(F);
        double least = (f * m.Transpose() * (m * m.Transpose()).Inverse() * m - f).FrobeniusNorm();

        SubspaceDistance distance = SubspaceDistance.Rows(FactoredMatrix.Dense(M), FactoredMatrix.Dense(F));

        Expect.Relative("min_A ‖A M − F‖", least, distance.Unnormalized, 1e-10); // normal equations square the condition
        Expect.Relative(
            "columns of the transposes", least,
            SubspaceDistance.Columns(FactoredMatrix.Dense(M.Transposed()), FactoredMatrix.Dense(F.Transposed())).Unnormalized, 1e-10);
    }

    [Fact]
    public void It_is_identically_zero_for_an_invertible_matrix_and_says_so()
    {
        SubspaceDistance distance = SubspaceDistance.Rows(
            FactoredMatrix.Dense(Matrices.Random(5, 5, 1)), FactoredMatrix.Dense(Matrices.Random(5, 5, 2)));

        Assert.Equal((0.0, 0.0, 5, true), (distance.Value, distance.Unnormalized, distance.Rank, distance.IsDegenerate));
    }

    [Fact]
    public void A_cut_off_between_learned_and_unlearned_directions_sees_what_is_learned()
    {
        double[,] V = RandomBasis.Draw(3, 1);
        FactoredMatrix M = FactoredMatrix.Dense(Matrices.Diagonal(1, 1e-4, 1e-4).Times(V));
        FactoredMatrix end = FactoredMatrix.Dense(Matrices.Diagonal(1, 1, 1).Times(V));

        Assert.True(SubspaceDistance.Rows(M, end).IsDegenerate);
        SubspaceDistance coarse = SubspaceDistance.Rows(M, end, cutoff: 0.01);
        Expect.Relative("one of three learned", Math.Sqrt(2.0 / 3), coarse.Value, Rounding);
        Assert.Equal((1, 0.01), (coarse.Rank, coarse.Cutoff));
    }

    [Fact]
    public void Factors_and_formed_products_are_equally_far()
    {
        double[,] A = Matrices.Random(12, 3, 1), B = Matrices.Random(3, 12, 2), C = Matrices.Random(12, 4, 3);
        double[,] D = Matrices.Random(4, 12, 4);
        FactoredMatrix M = FactoredMatrix.Product(A, B), end = FactoredMatrix.Product(C, D), denseM = FactoredMatrix.Dense(A.Times(B));
        FactoredMatrix denseEnd = FactoredMatrix.Dense(C.Times(D));

        Expect.Relative("rows", SubspaceDistance.Rows(denseM, denseEnd).Value, SubspaceDistance.Rows(M, end).Value, Rounding);
        Expect.Relative("columns", SubspaceDistance.Columns(denseM, denseEnd).Value, SubspaceDistance.Columns(M, end).Value, Rounding);
        Expect.Relative("from itself", 0, SubspaceDistance.Rows(M, M).Value, Rounding, scale: 1);
    }

    [Fact]
    public void Nothing_is_learned_by_the_zero_matrix() =>
        Assert.Equal(
            1, SubspaceDistance.Rows(FactoredMatrix.Dense(new double[3, 3]), FactoredMatrix.Dense(Matrices.Random(3, 3, 1))).Value);

    [Fact]
    public void A_random_subspace_is_at_the_null_level_on_average()
    {
        FactoredMatrix end = FactoredMatrix.Dense(Matrices.Random(8, 8, 1));
        IEnumerable<double> squares = Enumerable.Range(0, 500).Select(
            seed => Math.Pow(SubspaceDistance.Rows(FactoredMatrix.Dense(Matrices.Random(3, 8, seed)), end).Value, 2));

        Statistics.CheckMean("squared distance", 5.0 / 8, squares, errors: 4);
    }

    [Fact]
    public void Shapes_must_match()
    {
        FactoredMatrix a = FactoredMatrix.Dense(Matrices.Random(2, 3, 1)), b = FactoredMatrix.Dense(Matrices.Random(3, 2, 1));

        Assert.Equal(
            "Row spaces need equal numbers of columns; found 3 and 2.",
            Assert.Throws<ArgumentException>(() => SubspaceDistance.Rows(a, b)).Message);
        Assert.Equal(
            "Column spaces need equal numbers of rows; found 2 and 3.",
            Assert.Throws<ArgumentException>(() => SubspaceDistance.Columns(a, b)).Message);
    }
}
