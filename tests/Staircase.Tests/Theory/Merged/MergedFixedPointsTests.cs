using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Tests;

public class MergedFixedPointsTests
{
    private const double Rounding = 1e-12;

    public static TheoryData<string> Names => [.. Tasks().Select(task => task.Name)];

    /// <summary>Z Eq. 9: M = (Λ + (Λ + tr(Λ) I)/N)⁻¹ for Ω = I without noise.</summary>
    [Theory]
    [InlineData(2, 3)]
    [InlineData(4, 31)]
    [InlineData(7, 10)]
    public void The_minimum_of_a_plain_task_is_that_of_Zhang_Eq_9(int D, int N)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.PowerLaw(D, 1.3).WithTrace(1.7), N);
        Matrix<double> M = MergedFixedPoints.GlobalMinimum(task);
        double loss = Papers.Height(task, Enumerable.Range(0, D));
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
            {
                double λ = task.InputEigenvalues[i], expected = i == j ? 1 / (λ + (λ + 1.7) / N) : 0;
                Expect.Relative($"M[{i},{j}]", expected, M[i, j], Rounding, 1);
            }
        }

        Expect.Relative("loss there", loss, MergedFixedPoints.MinimumLoss(task), Rounding);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_vanishes_at_both_fixed_points(string name)
    {
        RegressionTask task = Tasks().First(t => t.Name == name).Task;
        int D = task.InputDimension;
        var model = new MergedAttention(D, 2);
        var objective = new Objective(model, task.PopulationLoss());
        double[] gradient = new double[model.Layout.Count];

        double zero = objective.Evaluate(new double[model.Layout.Count], gradient);
        Expect.Below($"{name}: largest gradient at zero", Rounding, gradient.Max(Math.Abs));
        double expectedZero = Enumerable.Range(0, D).Sum(d => task.TaskCovarianceAt(d, d) * task.InputEigenvalues[d]);
        Expect.Relative($"{name}: loss at zero, tr ΩΛ", expectedZero, zero, Rounding);

        double[] weights = AtMinimum(model, task);
        double minimum = objective.Evaluate(weights, gradient);
        Expect.Below($"{name}: largest gradient at the minimum", Rounding * zero, gradient.Max(Math.Abs));
        Expect.Relative($"{name}: loss at the minimum", minimum, MergedFixedPoints.MinimumLoss(task), Rounding, zero);

        // A minimum: the loss is a convex function of M, so every other map is worse.
        var random = new RandomStream(1, RandomPurpose.Probe);
        for (int i = 0; i < 20; i++)
        {
            double[] other = [.. weights];
            for (int k = model.Layout["key_query"].Offset; k < model.Layout.InContextCount; k++)
                other[k] += 0.1 * random.NextNormal();
            double loss = objective.Evaluate(other);
            Assert.True(loss > minimum, $"{name}: expected a loss above {minimum:R} away from the minimum, actual {loss:R}");
        }
    }

    /// <summary>A start along ĝ reaches the minimum: the flow knows no other fixed point.</summary>
    [Fact]
    public void The_flow_ends_at_the_minimum_even_where_modes_do_not_decouple()
    {
        RegressionTask task = Tasks().First(t => t.Name == "task covariance that does not commute").Task;
        var model = new MergedAttention(task.InputDimension, 3);
        Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), model.Initialize(0.05, 2), 2000);
        double zero = flow.Losses[0];
        Expect.Relative("final loss", MergedFixedPoints.MinimumLoss(task), flow.Losses[^1], 1e-6, zero);
    }

    private static IEnumerable<(string Name, RegressionTask Task)> Tasks()
    {
        RegressionTask plain = RegressionTask.Create(Spectrum.Of(1.2, 0.7, 0.2), 12);
        double[,] Ω = { { 1.5, 0.4, -0.2 }, { 0.4, 0.8, 0.1 }, { -0.2, 0.1, 0.5 } };
        yield return ("plain", plain);
        yield return ("noise", plain with { LabelNoise = 0.4 });
        yield return (
            "diagonal task covariance", plain with { TaskCovariance = new double[,] { { 2, 0, 0 }, { 0, 0.5, 0 }, { 0, 0, 1 } } });
        yield return ("task covariance that does not commute", plain with { TaskCovariance = Ω });
        yield return (
            "not commuting, noisy, varying, per token",
            plain with { TaskCovariance = Ω, LabelNoise = 0.3, VaryContext = true, OutputScale = OutputScale.Tokens });
        yield return ("rotated", (plain with { TaskCovariance = Ω }).InRandomBasis(5));
        yield return ("no scale", plain with { OutputScale = OutputScale.None });
    }

    private static double[] AtMinimum(MergedAttention model, RegressionTask task)
    {
        int D = task.InputDimension;
        Matrix<double> E = task.Basis is { } basis ? Matrix<double>.Build.DenseOfArray(basis) : Matrix<double>.Build.DenseIdentity(D);
        double[] M = (E * MergedFixedPoints.GlobalMinimum(task) * E.Transpose()).ToRowMajorArray();
        double[] weights = new double[model.Layout.Count];
        MergedHead head = model.Head(weights, 0);
        head.Value = 1;
        M.CopyTo(head.KeyQuery.Numbers);
        return weights;
    }
}
