namespace Staircase.Tests;

/// <summary>Plateau heights: Z Eq. 19 = the prediction = what the detector measures on the population flow.</summary>
public class PlateauHeightAgreementTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Predicted_heights_are_those_of_Zhang_Eq_19(int rank)
    {
        RegressionTask task = Papers.DefaultTask();
        var model = new SeparateAttention(4, 5, rank);
        foreach (ulong seed in (ulong[])[1, 2, 3])
        {
            Prediction prediction = Prediction.Of(model, model.Initialize(1e-3, seed), ModeMoments.Of(task));
            Assert.Equal(5, prediction.Plateaus.Count);
            foreach (PredictedPlateau plateau in prediction.Plateaus)
            {
                Expect.Relative(
                    $"seed {seed}, height with {plateau.Learned.Count} components", Papers.Height(task, plateau.Learned), plateau.Height,
                    1e-12);
            }
        }
    }

    [Fact]
    public void Measured_heights_and_drops_agree_on_clear_staircases()
    {
        const double heights = 1e-3; // half-way through a plateau the next component has m ~ (2·10⁻³)³
        const double drops = 1e-2;   // the detector's half drop is that of the curve, not of one component
        RegressionTask task = Papers.DefaultTask();
        var model = new SeparateAttention(4, 5, 1);
        ulong[] clear = [.. Enumerable.Range(1, 20).Select(i => (ulong)i)
            .Where(seed => Prediction.Of(model, model.Initialize(1e-3, seed), ModeMoments.Of(task)).Drops
                .All(drop => drop.NearTie is null)).Take(6)];
        Assert.True(clear.Length >= 4, $"expected at least 4 seeds without near-ties, actual {clear.Length}");
        Parallel.ForEach(clear, seed =>
        {
            double[] weights = model.Initialize(1e-3, seed);
            Prediction prediction = Prediction.Of(model, weights, ModeMoments.Of(task));
            var options = new FlowOptions { RelativeTolerance = 1e-7 };
            Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), weights, 1.5 * prediction.Drops[^1].Time, options: options);
            IReadOnlyList<MeasuredPlateau> measured = PhaseDetector.Plateaus(flow.Positions, flow.Losses);
            Assert.True(
                measured.Count == prediction.Plateaus.Count,
                $"seed {seed}: expected {prediction.Plateaus.Count} plateaus, actual {measured.Count}");
            for (int i = 0; i < measured.Count; i++)
            {
                Expect.Relative(
                    $"seed {seed}, height of plateau {i + 1}", Papers.Height(task, prediction.Plateaus[i].Learned), measured[i].Height,
                    heights);
                if (i < measured.Count - 1)
                    Expect.Relative($"seed {seed}, end of plateau {i + 1}", prediction.Plateaus[i].End, measured[i].End, drops);
            }
        });
    }
}
