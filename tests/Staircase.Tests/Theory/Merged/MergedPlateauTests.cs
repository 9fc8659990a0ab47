namespace Staircase.Tests;

public class MergedPlateauTests
{
    /// <summary>Z §3.3: (1/‖Λ²‖_F) ln(1/w_init).</summary>
    [Theory]
    [InlineData(1e-1)]
    [InlineData(1e-3)]
    public void The_duration_is_the_published_estimate(double norm)
    {
        RegressionTask task = Papers.DefaultTask();
        Expect.Relative("duration", -Math.Log(norm) / Papers.DriveNorm(task), MergedPlateau.Duration(ModeMoments.Of(task), norm), 1e-13);
    }

    /// <summary>
    /// Each factor of ten in the initial weights adds (ln 10)/‖Λ²‖ to the flow's plateau: the estimate's slope is exact, its offset is not.
    /// </summary>
    [Fact]
    public void The_flow_waits_longer_by_the_estimate_of_a_smaller_start()
    {
        const double smallStart = 0.01; // relative, of the corrections of order entries at 1e-3
        RegressionTask task = Papers.DefaultTask();
        ModeMoments moments = ModeMoments.Of(task);
        var model = new MergedAttention(4, 8);
        double middle = (Papers.Height(task, []) + Papers.Height(task, [0, 1, 2, 3])) / 2;
        double coarse = HalfDrop(1e-3), fine = HalfDrop(1e-5);
        Expect.Relative(
            "longer plateau at a hundredth of the entries", MergedPlateau.Duration(moments, 1e-5) - MergedPlateau.Duration(moments, 1e-3),
            fine - coarse, smallStart);

        double HalfDrop(double scale)
        {
            var options = new FlowOptions { RelativeTolerance = 1e-8 };
            Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), model.Initialize(scale, 4), 300, options: options);
            double[] L = [.. flow.Losses], t = flow.Positions;
            int i = Array.FindIndex(L, loss => loss < middle);
            return t[i - 1] + (t[i] - t[i - 1]) * (L[i - 1] - middle) / (L[i - 1] - L[i]);
        }
    }
}
