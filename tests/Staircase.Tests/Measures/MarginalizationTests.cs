namespace Staircase.Tests.Measures;

public class MarginalizationTests
{
    /// <summary>Two decompositions and two projections of 5×5 matrices.</summary>
    private const double Rounding = 1e-12;

    [Fact]
    public void Three_ways_agree_while_modes_are_learned_in_order_of_their_final_size()
    {
        double[] now = [4, 3, 1.5, 0.2, 0.1], final = [5, 4, 3, 2, 1];
        FactoredMatrix M = FactoredMatrix.Dense(Matrices.WithSingularValues(now, 5));
        FactoredMatrix end = FactoredMatrix.Dense(Matrices.WithSingularValues(final, 5));

        for (int k = 0; k < 5; k++)
        {
            Expect.Relative($"by mode, k = {k}", now.AsSpan(k), Marginalization.ByMode(now, k), Rounding);
            Expect.Relative($"by size, k = {k}", now.AsSpan(k), Marginalization.BySize(M.SingularValues, k), Rounding);
            Expect.Relative($"by direction, k = {k}", now.AsSpan(k), Marginalization.ByDirection(M, end, k), Rounding);
        }
    }

    /// <summary>In the setting of Mainali and Teixeira the modes that are learned first end smallest, and the ways part.</summary>
    [Fact]
    public void Three_ways_differ_where_the_first_mode_ends_smallest()
    {
        double[] now = [1, 0.5, 0.1], final = [1, 2, 3];
        FactoredMatrix M = FactoredMatrix.Dense(Matrices.Diagonal(now)), end = FactoredMatrix.Dense(Matrices.Diagonal(final));

        Expect.Relative("by mode", [0.5, 0.1], Marginalization.ByMode(now, 1), Rounding);
        Expect.Relative("by direction", [1, 0.5], Marginalization.ByDirection(M, end, 1), Rounding);
        Expect.Relative("by size", [0.2, 0.1], Marginalization.BySize([0.1, 0.3, 0.2], 1), Rounding);
    }

    [Fact]
    public void Directions_are_left_out_of_thin_factors_as_of_the_formed_product()
    {
        double[,] A = Matrices.Random(12, 3, 1), B = Matrices.Random(3, 10, 2), C = Matrices.Random(12, 3, 3);
        double[,] D = Matrices.Random(3, 10, 4);
        double[] thin = Marginalization.ByDirection(FactoredMatrix.Product(A, B), FactoredMatrix.Product(C, D), 2);
        double[] dense = Marginalization.ByDirection(FactoredMatrix.Dense(A.Times(B)), FactoredMatrix.Dense(C.Times(D)), 2);

        Assert.Equal(3, thin.Length); // two of 10 directions gone: a matrix of rank 3 keeps its rank
        Assert.Equal(8, dense.Length);
        Expect.Relative("values", dense.AsSpan(0, 3), thin, Rounding);
        Assert.Single(
            Marginalization.ByDirection(FactoredMatrix.Dense(Matrices.Random(3, 3, 5)), FactoredMatrix.Dense(Matrices.Random(3, 3, 6)), 2));
    }

    [Fact]
    public void Something_must_remain()
    {
        FactoredMatrix square = FactoredMatrix.Dense(Matrices.Random(3, 3, 1)), wide = FactoredMatrix.Dense(Matrices.Random(3, 4, 1));

        Assert.Equal(
            "Of 3 modes, 0 to 2 can be left out, not 3.",
            Assert.Throws<ArgumentException>(() => Marginalization.ByMode([1, 2, 3], 3)).Message);
        Assert.Equal(
            "Of 2 modes, 0 to 1 can be left out, not -1.",
            Assert.Throws<ArgumentException>(() => Marginalization.BySize([1, 2], -1)).Message);
        Assert.Equal(
            "Of 3 modes, 0 to 2 can be left out, not 3.",
            Assert.Throws<ArgumentException>(() => Marginalization.ByDirection(square, square, 3)).Message);
        Assert.Equal(
            "The matrix is 3×3 but the final one is 3×4.",
            Assert.Throws<ArgumentException>(() => Marginalization.ByDirection(square, wide, 1)).Message);
    }
}
