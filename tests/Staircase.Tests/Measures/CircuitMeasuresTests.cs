namespace Staircase.Tests.Measures;

/// <summary>Balancedness, the spectral edge of updates, and attention maps.</summary>
public class CircuitMeasuresTests
{
    private const double Rounding = 1e-12;

    [Fact]
    public void Balancedness_by_hand()
    {
        FactoredMatrix product = FactoredMatrix.Product(new double[,] { { 3, 1 }, { 4, 0 } }, new double[,] { { 1, 2 }, { 0, 5 } });

        Expect.Relative("‖A‖² − ‖B‖²", 26 - 30, Balancedness.Of(product), Rounding);
        // AᵀA = (25 3; 3 1), BBᵀ = (5 10; 10 25).
        Expect.Relative("AᵀA − BBᵀ", [20, -7, -7, -24], [.. Balancedness.Matrix(product).Cast<double>()], Rounding);
        Expect.Relative(
            "scaled p → 2p, q → q/2 is the same product, unbalanced", 0,
            Balancedness.Of(FactoredMatrix.Product(new double[,] { { 2 } }, new double[,] { { 2 } })), Rounding, scale: 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1e-20)]
    public void The_edge_of_orthogonal_updates_is_their_largest_ratio(double size)
    {
        SpectralEdge edge = SpectralEdge.Of([[0, 6 * size, 0, 0], [9 * size, 0, 0, 0], [0, 0, 0, size]]);

        Expect.Relative("σ", [9 * size, 6 * size, size], edge.SingularValues, Rounding);
        Assert.Equal(2, edge.Position);
        Expect.Relative("gap", 6, edge.Gap, Rounding);
    }

    [Fact]
    public void The_edge_agrees_with_the_singular_values_of_the_updates()
    {
        double[,] updates = Matrices.Random(6, 40, 3);
        SpectralEdge edge = SpectralEdge.Of(
            [.. Enumerable.Range(0, 6).Select(i => Enumerable.Range(0, 40).Select(j => updates[i, j]).ToArray())]);

        Expect.Relative("σ", FactoredMatrix.Dense(updates).SingularValues, edge.SingularValues, Rounding);
    }

    [Fact]
    public void Updates_along_one_line_have_no_gap_to_speak_of()
    {
        SpectralEdge edge = SpectralEdge.Of([[1, 2, 3], [2, 4, 6], [-1, -2, -3]]);

        Assert.Equal((0, double.NaN), (edge.Position, edge.Gap));
        Assert.Equal(
            "A spectral edge needs two or more updates of one length; found 2 with lengths 1, 2.",
            Assert.Throws<ArgumentException>(() => SpectralEdge.Of([[1], [1, 2]])).Message);
        Assert.Equal(
            "All updates are zero or one is not finite; there is no spectrum to divide.",
            Assert.Throws<ArgumentException>(() => SpectralEdge.Of([[0], [0]])).Message);
    }

    [Fact]
    public void Attention_by_hand()
    {
        double[,] sharp = { { 1, 0 }, { 1, 0 } }, even = { { 0.5, 0.5 }, { 0.5, 0.5 } }, other = { { 0, 1 }, { 0, 1 } };
        double[,] causal = { { 1, 0 }, { 0.5, 0.5 } };

        Assert.Equal(0, AttentionMaps.Entropy(sharp));
        Expect.Relative("even", Math.Log(2), AttentionMaps.Entropy(even), Rounding);
        Expect.Relative("causal: mean of ln 1 and ln 2", Math.Log(2) / 2, AttentionMaps.Entropy(causal), Rounding);
        Expect.Relative("spread of 0 and ln 2", Math.Log(2) / Math.Sqrt(2), AttentionMaps.EntropySpread([sharp, even]), Rounding);
        Expect.Relative("same", 1, AttentionMaps.MeanCosine([even, even, even]), Rounding);
        Expect.Relative("disjoint", 0, AttentionMaps.MeanCosine([sharp, other]), Rounding, scale: 1);
        Expect.Relative("three pairs: 0, 1/√2, 1/√2", Math.Sqrt(2) / 3, AttentionMaps.MeanCosine([sharp, other, even]), Rounding);
    }

    [Fact]
    public void What_is_no_attention_map_is_refused_in_one_line()
    {
        Assert.Equal(
            "The attention weights of query 1 sum to 0.75; expected 1.",
            Assert.Throws<ArgumentException>(() => AttentionMaps.Entropy(new[,] { { 1, 0 }, { 0.5, 0.25 } })).Message);
        Assert.Equal(
            "Attention weights are not negative; query 0 gives key 1 the weight -0.5.",
            Assert.Throws<ArgumentException>(() => AttentionMaps.Entropy(new[,] { { 1.5, -0.5 } })).Message);
        Assert.Equal(
            "Comparing heads needs two or more; found 1.",
            Assert.Throws<ArgumentException>(() => AttentionMaps.MeanCosine([new double[1, 1]])).Message);
        Assert.Equal(
            "Attention maps differ in shape: 2×1 and 1×1.",
            Assert.Throws<ArgumentException>(() => AttentionMaps.MeanCosine([new double[1, 1], new double[2, 1]])).Message);
    }
}
