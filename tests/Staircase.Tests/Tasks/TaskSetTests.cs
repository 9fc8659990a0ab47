namespace Staircase.Tests;

/// <summary>Sets of vector-valued tasks: their moments, their coordinates, and what is refused.</summary>
public class TaskSetTests
{
    private const double Rounding = 1e-13;

    [Fact]
    public void Designs_have_the_moments_of_infinitely_many_tasks()
    {
        const int D = 3;
        foreach ((TaskSet set, Func<int, int, int, int, double> expected) in
            (IEnumerable<(TaskSet, Func<int, int, int, int, double>)>)[
                (TaskSet.DiagonalDesign(D), (a, b, c, d) => a == b && c == d && a == c ? 1 : 0),
                (TaskSet.Signs(D), (a, b, c, d) => a == b && c == d && a == c ? 1 : 0),
                (TaskSet.GaussianDesign(D), (a, b, c, d) => a == c && b == d ? 1.0 / D : 0)])
        {
            Assert.All(set.Mean(), entry => Assert.InRange(entry, -Rounding, Rounding));
            for (int k = 0; k < D * D * D * D; k++)
            {
                (int a, int b, int c, int d) = (k / (D * D * D), k / (D * D) % D, k / D % D, k % D);
                double mean = Enumerable.Range(0, set.Count).Average(μ => set[μ][a * D + b] * set[μ][c * D + d]);
                Expect.Relative($"⟨W_{a}{b} W_{c}{d}⟩", expected(a, b, c, d), mean, Rounding, 1);
            }
        }
    }

    [Fact]
    public void Random_tasks_have_the_stated_distribution()
    {
        TaskSet diagonal = TaskSet.Diagonal(2, 20_000, 3), gaussian = TaskSet.Gaussian(2, 20_000, 3);
        Statistics.CheckDistribution("ω", [.. Enumerable.Range(0, 20_000).Select(μ => diagonal[μ][3])], Normal);
        Statistics.CheckDistribution("√D W", [.. Enumerable.Range(0, 20_000).Select(μ => Math.Sqrt(2) * gaussian[μ][1])], Normal);
        Assert.True(diagonal.IsDiagonal && !gaussian.IsDiagonal, "only tasks of the first kind are diagonal");
        Expect.SameBits("the same seed", diagonal[77], TaskSet.Diagonal(2, 100, 3)[77]);

        static double Normal(double x) => MathNet.Numerics.Distributions.Normal.CDF(0, 1, x);
    }

    [Fact]
    public void Mean_squares_are_those_of_the_diagonal()
    {
        TaskSet set = TaskSet.Of([new double[,] { { 1, 9 }, { 9, 2 } }, new double[,] { { -3, 0 }, { 0, 4 } }]);
        Expect.Relative("m", [5, 10], set.MeanSquares(), Rounding);
        Assert.Equal(4, set.WithNegatives().Count);
        Assert.All(set.WithNegatives().Mean(), entry => Assert.InRange(entry, -Rounding, Rounding));
    }

    [Theory]
    [InlineData("a set needs at least one", 0, 0)]
    [InlineData("Task 1 is 2×3, expected 2×2.", 2, 3)]
    [InlineData("Task 1 is 3×3, expected 2×2.", 3, 3)]
    public void Misshapen_sets_are_refused(string message, int rows, int columns)
    {
        double[][,] tasks = rows == 0 ? [] : [new double[2, 2], new double[rows, columns]];
        Assert.Contains(
            message.Replace("a set", "task set", StringComparison.Ordinal),
            Assert.Throws<ArgumentException>(() => TaskSet.Of(tasks)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused()
    {
        Assert.Contains("positive and finite", Assert.Throws<ArgumentException>(() => Spectrum.Of(1, 0)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "entry (0,1) is NaN",
            Assert.Throws<ArgumentException>(() => TaskSet.Of([new double[,] { { 1, double.NaN }, { 0, 1 } }])).Message,
            StringComparison.Ordinal);
        Assert.Equal("The tasks are 2×2, but the spectrum has 3 eigenvalues.",
            Assert.Throws<ArgumentException>(() => new VectorRegressionTask(Spectrum.Linear(3), 5, TaskSet.DiagonalDesign(2))).Message);
        Assert.Throws<ArgumentException>(() => new VectorRegressionTask(Spectrum.Linear(2), 0, TaskSet.DiagonalDesign(2)));
        Assert.Throws<ArgumentException>(() => TaskSet.Gaussian(2, 0, 1));
        Assert.Throws<ArgumentException>(() => TaskSet.Diagonal(0, 1, 1));
        Assert.Contains(
            "more than an array holds", Assert.Throws<ArgumentException>(() => TaskSet.Diagonal(100_000, 1, 1)).Message,
            StringComparison.Ordinal);
    }
}
