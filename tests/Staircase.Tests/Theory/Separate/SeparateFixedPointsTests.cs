using System.Numerics;

namespace Staircase.Tests;

public class SeparateFixedPointsTests
{
    private const double Rounding = 1e-12;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 2)]
    public void Every_set_of_components_is_a_fixed_point_with_the_loss_of_Zhang_Eq_19(int D, int rank)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), 31);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(D, D + 1, rank);
        var objective = new Objective(model, task.PopulationLoss());
        var gradient = new double[model.Layout.Count];
        for (uint set = 0; set < 1u << D; set++)
        {
            int[] learned = [.. Enumerable.Range(0, D).Where(d => (set >> d & 1) == 1)];
            string name = $"D {D}, rank {rank}, S = {{{string.Join(',', learned)}}}";
            double[] weights = SeparateFixedPoints.Construct(model, moments, learned);
            double loss = objective.Evaluate(weights, gradient);
            Expect.Below($"{name}: largest gradient", Rounding, gradient.Max(Math.Abs));
            Expect.Relative($"{name}: loss", Papers.Height(task, learned), loss, Rounding);
            Expect.Relative($"{name}: height in the moments", Papers.Height(task, learned), moments.PlateauHeight(learned), Rounding);
            SeparateFixedPoints.Conditions conditions = SeparateFixedPoints.Check(model, weights, moments, learned);
            Assert.True(conditions.Hold(Rounding), $"{name}: expected C1–C3 to hold to {Rounding}, actual {conditions}");

            double[] M = model.InContextMatrix(weights);
            for (int i = 0; i < D * D; i++)
            {
                double expected = i % D == i / D && learned.Contains(i % D) ? Papers.FullStrength(task, i % D) : 0;
                Expect.Relative($"{name}: M[{i / D},{i % D}]", expected, M[i], Rounding, 1);
            }

            Assert.Equal(BitOperations.PopCount(set), learned.Length);
        }
    }

    [Fact]
    public void Weights_at_one_fixed_point_are_not_at_another()
    {
        RegressionTask task = Papers.DefaultTask(3);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(3, 4, 1);
        double[] weights = SeparateFixedPoints.Construct(model, moments, [0, 2]);
        // C1 misses component 1 altogether and has component 2 too much.
        double expected = Math.Sqrt(Math.Pow(Papers.FullStrength(task, 1), 2) + Math.Pow(Papers.FullStrength(task, 2), 2));
        SeparateFixedPoints.Conditions conditions = SeparateFixedPoints.Check(model, weights, moments, [0, 1]);
        Expect.Relative("C1 against S = {0, 1}", expected, conditions.MapError, 1e-12);
        Assert.False(conditions.Hold(1e-3));
    }

    [Fact]
    public void Breaking_the_map_breaks_the_first_condition_alone()
    {
        (SeparateAttention model, RegressionTask task, ModeMoments moments, double[] weights) = Start();
        model.Head(weights, 0).Value *= 1.1;
        SeparateFixedPoints.Conditions broken = SeparateFixedPoints.Check(model, weights, moments, [0, 1]);
        Expect.Relative("C1", 0.1 * Papers.FullStrength(task, 0), broken.MapError, 1e-9);
        Assert.True(broken.SpanError <= Rounding && broken.BalanceError <= Rounding, $"C2 and C3 expected to hold, actual {broken}");
        Assert.False(broken.Hold(1e-3));
        IsNoFixedPoint(model, task, weights);
    }

    /// <summary>An idle head with v ≠ 0, no key and a query outside the span computes nothing but is pushed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Breaking_the_span_breaks_the_second_condition_alone(bool byKey)
    {
        (SeparateAttention model, RegressionTask task, ModeMoments moments, double[] weights) = Start();
        SeparateHead idle = model.Head(weights, 3);
        idle.Value = -0.5;
        (byKey ? idle.Key : idle.Query)[0, 2] = 0.4;
        SeparateFixedPoints.Conditions broken = SeparateFixedPoints.Check(model, weights, moments, [0, 1]);
        Expect.Relative("C2", 0.5 * 0.4, broken.SpanError, 1e-12);
        Assert.True(broken.MapError <= Rounding && broken.BalanceError <= Rounding, $"C1 and C3 expected to hold, actual {broken}");
        Assert.False(broken.Hold(1e-3));
        IsNoFixedPoint(model, task, weights);
    }

    /// <summary>A head with v = 0 computes nothing, but a key and a query on an unlearned component push v.</summary>
    [Fact]
    public void Breaking_the_balance_breaks_the_third_condition_alone()
    {
        (SeparateAttention model, RegressionTask task, ModeMoments moments, double[] weights) = Start();
        SeparateHead idle = model.Head(weights, 3);
        (idle.Key[0, 2], idle.Query[0, 2]) = (0.4, -0.3);
        SeparateFixedPoints.Conditions broken = SeparateFixedPoints.Check(model, weights, moments, [0, 1]);
        Expect.Relative("C3, |k g q| with g = λ²", 0.12 * Math.Pow(task.InputEigenvalues[2], 2), broken.BalanceError, 1e-12);
        Assert.True(broken.MapError <= Rounding && broken.SpanError <= Rounding, $"C1 and C2 expected to hold, actual {broken}");
        Assert.False(broken.Hold(1e-6));
        IsNoFixedPoint(model, task, weights);
    }

    [Fact]
    public void The_conditions_are_read_in_the_eigenbasis_of_the_task()
    {
        RegressionTask task = Papers.DefaultTask(3).InRandomBasis(2);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(3, 4, 1);
        double[] weights = Bases.Rotate(model, SeparateFixedPoints.Construct(model, moments, [0, 1]), task.Basis!);
        Assert.True(SeparateFixedPoints.Check(model, weights, moments, [0, 1]).Hold(1e-12));
        var gradient = new double[weights.Length];
        new Objective(model, task.PopulationLoss()).Evaluate(weights, gradient);
        Expect.Below("largest gradient in a random basis", Rounding, gradient.Max(Math.Abs));
    }

    [Fact]
    public void More_components_than_pairs_are_refused()
    {
        var model = new SeparateAttention(3, 1, 2);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => SeparateFixedPoints.Construct(model, ModeMoments.Of(Papers.DefaultTask(3)), [0, 1, 2]));
        Assert.Contains("too few for 3", error.Message, StringComparison.Ordinal);
    }

    private static (SeparateAttention, RegressionTask, ModeMoments, double[]) Start()
    {
        RegressionTask task = Papers.DefaultTask(3);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(3, 4, 1);
        return (model, task, moments, SeparateFixedPoints.Construct(model, moments, [0, 1]));
    }

    private static void IsNoFixedPoint(SeparateAttention model, RegressionTask task, double[] weights)
    {
        var gradient = new double[weights.Length];
        new Objective(model, task.PopulationLoss()).Evaluate(weights, gradient);
        Assert.True(
            gradient.Max(Math.Abs) > 1e-4, $"expected a gradient where a condition is broken, actual largest {gradient.Max(Math.Abs):E2}");
    }
}
