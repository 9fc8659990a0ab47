namespace Staircase.Tests;

/// <summary>R + 1 scalars beside the whole network from an aligned start.</summary>
public class RankReductionAgreementTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 0)]
    [InlineData(1, 2)]
    public void An_aligned_head_follows_the_scalars(int first, int second)
    {
        const double integration = 1e-7; // both are integrated to 1e-11 a step
        RegressionTask task = Papers.DefaultTask(3) with { LabelNoise = 0.1 };
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(3, 2, 2);
        const double v = 0.1, u1 = 0.07, u2 = 0.09;
        double[] weights = new double[model.Layout.Count];
        SeparateHead start = model.Head(weights, 0);
        start.Value = v;
        start.Key[0, first] = start.Query[0, first] = u1;
        start.Key[1, second] = start.Query[1, second] = u2;

        var reduction = new RankReduction(moments, [first, second]);
        Assert.Equal(3, reduction.Size);
        var scalars = new AdaptiveSolver(reduction, OdeState.At([v, u1, u2]), new OdeTolerance(1e-11, 1e-13));
        var flow = new GradientFlow(new Objective(model, task.PopulationLoss()), weights, new FlowOptions { RelativeTolerance = 1e-11 });
        double end = 3 / (0.1 * moments.Drive.Min());
        bool grown = false;
        for (int i = 1; i <= 40; i++)
        {
            double time = end * i / 40;
            while (flow.State.Time < time)
                flow.Advance(time);
            while (scalars.State.Time < time)
                scalars.Step(time);
            SeparateHead head = model.Head(flow.Weights, 0);
            double[] y = scalars.State.Y, expected = [head.Value, head.Key[0, first], head.Key[1, second]];
            Expect.Relative($"v, u₁, u₂ at {time:G4}", expected, y, integration);
            Expect.Relative($"loss lost at {time:G4}", flow.Loss - moments.ZeroLoss, scalars.Value, integration);
            Expect.Relative($"v² − Σu² at {time:G4}", v * v - u1 * u1 - u2 * u2, y[0] * y[0] - y[1] * y[1] - y[2] * y[2], 1e-7, 1);
            Expect.Relative($"query beside key at {time:G4}", head.Key[0, first], head.Query[0, first], integration);
            grown |= y[0] * y[1] * y[1] > 0.9 * moments.FullStrength(first) && y[0] * y[2] * y[2] > 0.9 * moments.FullStrength(second);
        }

        Assert.True(grown, "expected both components to be learned by the end");
    }
}
