namespace Staircase.Tests;

public class RegressionTaskTests
{
    private static readonly RegressionTask Good = RegressionTask.Create(Spectrum.Linear(2), 3);

    public static TheoryData<RegressionTask, string> Wrong => new()
    {
        { Good with { LabelNoise = -1 }, "The label noise must be a variance ≥ 0, not -1." },
        { Good with { LabelNoise = double.NaN }, "The label noise must be a variance ≥ 0, not NaN." },
        { Good with { InContextFraction = 1.5 }, "The in-context fraction must lie in [0, 1], not 1.5." },
        { Good with { InContextFraction = double.NaN }, "The in-context fraction must lie in [0, 1], not NaN." },
        { Good with { Basis = new double[3, 2] }, "The basis is 3×2, expected 2×2." },
        {
            Good with { Basis = new[,] { { 1.0, 1 }, { 0, 1 } } },
            "The basis must be orthogonal; the product of columns 0 and 1 is 1, expected 0."
        },
        {
            Good with { Basis = new[,] { { 1.0, 0 }, { 0, 2 } } },
            "The basis must be orthogonal; the product of columns 1 and 1 is 4, expected 1."
        },
        {
            Good with { Basis = new[,] { { 1.0, 0 }, { 0, double.NaN } } },
            "The basis must be orthogonal; the product of columns 0 and 1 is NaN, expected 0."
        },
        { Good with { TaskCovariance = new double[1, 1] }, "The task covariance is 1×1, expected 2×2." },
        {
            Good with { TaskCovariance = new[,] { { 1, 0.5 }, { 0.2, 1 } } },
            "The task covariance must be finite and symmetric; entries (0,1) and (1,0) are 0.5 and 0.2."
        },
        {
            Good with { TaskCovariance = new[,] { { 1.0, 0 }, { 0, -1 } } },
            "The task covariance must be positive semidefinite; entry (1,1) is -1."
        },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void What_is_out_of_range_is_named(RegressionTask task, string expected)
    {
        Assert.Equal(expected, Assert.Throws<ArgumentException>(task.Validated).Message);
        Assert.Throws<ArgumentException>(() => task.Sample(10, 1));
        Assert.Throws<ArgumentException>(task.PopulationLoss);
    }

    /// <summary>Its diagonal is positive, so only its eigenvalues, 3 and −1, betray it; a population loss of it has no minimum.</summary>
    [Fact]
    public void An_indefinite_task_covariance_is_refused()
    {
        RegressionTask task = Good with { TaskCovariance = new[,] { { 1.0, 2 }, { 2, 1 } } };

        foreach (Func<object> use in (Func<object>[])[task.Validated, () => task.Sample(10, 1), task.PopulationLoss])
        {
            string message = Assert.Throws<ArgumentException>(use).Message;
            Assert.StartsWith(
                "The task covariance must be positive semidefinite; it has the eigenvalue -", message, StringComparison.Ordinal);
        }

        // The border, eigenvalues 2 and 0, is allowed.
        Assert.NotNull((Good with { TaskCovariance = new[,] { { 1.0, 1 }, { 1, 1 } } }).PopulationLoss());
    }

    [Fact]
    public void A_context_has_at_least_one_pair() =>
        Assert.Equal(
            "The context length must be at least 1, not 0.",
            Assert.Throws<ArgumentException>(() => RegressionTask.Create(Spectrum.Linear(2), 0)).Message);

    [Fact]
    public void Only_a_diagonal_task_covariance_commutes()
    {
        Assert.True(Good.Commutes, "no covariance given: identity");
        Assert.True((Good with { TaskCovariance = new[,] { { 2.0, 0 }, { 0, 1 } } }).Commutes, "diagonal");
        Assert.False((Good with { TaskCovariance = new[,] { { 2, 1e-300 }, { 1e-300, 1 } } }).Commutes, "not diagonal");
    }
}
