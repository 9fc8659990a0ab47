namespace Staircase.Tests;

public class LinearSystemsTests
{
    private const double Rounding = 1e-12;

    /// <summary>
    /// White inputs, p = I, q = sI: the exact loss at test length N' is the closed form, and no other s is better at N' = N.
    /// </summary>
    [Theory]
    [InlineData(3, 20, 20)]
    [InlineData(5, 8, 100)]
    public void The_relative_risk_is_that_of_the_exact_loss(int D, int N, int testLength)
    {
        double[,] W = new double[D, D];
        for (int i = 0; i < D; i++)
            W[i, (i + 1) % D] = 1 + 0.3 * i;
        double size = W.Cast<double>().Sum(w => w * w);
        Spectrum white = Spectrum.Of(Enumerable.Repeat(1.0, D));
        double At(double s, int length) => LinearSystems.Risk(
            new VectorRegressionTask(white, length, TaskSet.Of([W])),
            VectorWeights.Aligned([.. Enumerable.Repeat(1.0, D)], [.. Enumerable.Repeat(s, D)]).InContext) / size;
        double best = LinearSystems.BestScale(D, N);
        Expect.Relative("risk", LinearSystems.RelativeRisk(D, N, testLength), At(best, testLength), Rounding);
        Assert.True(At(best, N) < At(best * 1.001, N) && At(best, N) < At(best * 0.999, N));
    }

    /// <summary>
    /// Diagonal tasks commute with all diagonal matrices; two rotations of the plane with each other's multiples of 1 and i.
    /// </summary>
    [Fact]
    public void The_centralizer_is_counted()
    {
        Assert.Equal(3, LinearSystems.CentralizerDimension(
            [new double[,] { { 1, 0, 0 }, { 0, 2, 0 }, { 0, 0, 3 } }, new double[,] { { 2, 0, 0 }, { 0, 1, 0 }, { 0, 0, 5 } }]));
        Assert.Equal(
            2, LinearSystems.CentralizerDimension([new double[,] { { 1, 0 }, { 0, 1 } }, new double[,] { { 0.6, -0.8 }, { 0.8, 0.6 } }]));
        Assert.Equal(1, LinearSystems.CentralizerDimension(
        [
            new double[,] { { 1, 0 }, { 0, 1 } }, new double[,] { { 2, 0 }, { 0, 1 } }, new double[,] { { 1.5, 0.5 }, { 0.5, 1.5 } },
        ]));
    }

    /// <summary>p = q = diag(σ) at a very long context.</summary>
    [Fact]
    public void The_risk_of_signs_is_that_of_the_exact_loss()
    {
        double[,] W = { { 1, 0.4, -0.2 }, { 0.3, 2, 0.5 }, { 0.1, -0.6, 1.5 } };
        int[] signs = [1, -1, 1];
        double[] σ = [.. signs.Select(s => (double)s)];
        var test = new VectorRegressionTask(Spectrum.Of(1, 1, 1), 100_000_000, TaskSet.Of([W]));
        Expect.Relative(
            "risk", LinearSystems.RiskOfSigns([W], signs), LinearSystems.Risk(test, VectorWeights.Aligned(σ, σ).InContext), 1e-6);
    }
}
