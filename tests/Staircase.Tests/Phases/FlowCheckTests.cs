namespace Staircase.Tests;

/// <summary>The flow beside a prediction: what it costs, where it ends, and what it says.</summary>
public sealed class FlowCheckTests
{
    private static readonly RegressionTask Task = RegressionTask.Create(Spectrum.Linear(4), 31);

    [Fact]
    public void The_flow_beside_a_prediction_is_the_flow()
    {
        (Prediction prediction, Objective objective, double[] weights) = Predict(new SeparateAttention(4, 5, 1), 1e-2, 7);

        FlowCheck check = FlowCheck.Of(prediction, objective, weights, TestContext.Current.CancellationToken)!;

        Trajectory flow = GradientFlow.Solve(objective, weights, check.End);
        Assert.True(check.IsWhole);
        Assert.Equal(flow.Losses[^1], check.Flow.Losses[^1]);
        Assert.Equal(5, check.Comparison.Plateaus.Count);
        Assert.All(check.Comparison.Plateaus, plateau => Assert.NotNull(plateau.Predicted));
    }

    [Fact]
    public void Merged_attention_ends_after_its_drop()
    {
        // The drop is at 29, so that 1.5 times as late, 44, would be in its middle: the loss is .24 there and .136 in the end.
        (Prediction prediction, Objective objective, double[] weights) = Predict(new MergedAttention(4, 8), 1e-2, 10);

        double end = FlowCheck.EndOf(prediction), last = prediction.Plateaus[^1].Height;

        double half = GradientFlow.At(objective, weights, [(prediction.Drops[0].Time + end) / 2], new())[0].Loss;
        Assert.True(
            half - last < 0.01 * (prediction.Plateaus[0].Height - last), $"half-way through the last plateau the loss is {half:G6}");
    }

    [Fact]
    public void What_would_take_minutes_is_refused_with_the_reason()
    {
        RegressionTask large = RegressionTask.Create(Spectrum.Linear(48), 31);
        var model = new SeparateAttention(48, 49, 1);
        double[] weights = model.Initialize(1e-3, 1, InitializationScheme.Full);
        var objective = new Objective(model, large.PopulationLoss());
        Prediction prediction = Prediction.Of(model, model.Initialize(1e-3, 1), ModeMoments.Of(large));

        string? reason = FlowCheck.TooDear(prediction, objective, weights);

        Assert.Contains("D = 48, 49 heads and 48 drops", reason, StringComparison.Ordinal);
        Assert.Null(FlowCheck.Of(prediction, objective, weights, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Every_component_has_its_head_and_shares_add_up()
    {
        var model = new SeparateAttention(3, 2, 2);
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 31).InRandomBasis(4);
        double[] weights = model.Initialize(0.7, 3, InitializationScheme.Full);

        double[][] strengths = HeadStrengths.Of(model, weights, task.Basis);

        var sum = new double[3];
        new ModeBasis(3, task.Basis).Strengths(model.InContextMatrix(weights), sum);
        for (int d = 0; d < 3; d++)
        {
            Expect.Relative($"m{d + 1}", sum[d], strengths[0][d] + strengths[1][d], 1e-12);
            (int head, double share) = HeadStrengths.Holder(strengths, d);
            Assert.True(strengths[head][d] >= strengths[1 - head][d] && share is <= 1);
        }
    }

    private static (Prediction Prediction, Objective Objective, double[] Weights) Predict(AttentionModel model, double init, ulong seed)
    {
        double[] weights = model.Initialize(init, seed);
        return (Prediction.Of(model, weights, ModeMoments.Of(Task)), new Objective(model, Task.PopulationLoss()), weights);
    }
}
