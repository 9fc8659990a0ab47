namespace Staircase.Tests;

/// <summary>Z App. E.8 on a finite data set with every block in motion: only the flow's tolerance moves the invariants.</summary>
public class ConservationLawsTests
{
    private const double FlowTolerance = 1e-9;
    private const double Drift = 1e-6; // some hundred steps of that tolerance, relative to the largest squared weight

    [Theory]
    [InlineData("merged", 9)]
    [InlineData("cubic", 9)]
    [InlineData("separate", 15)]
    public void Invariants_stay_what_they_are_along_the_flow(string kind, int count)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 12);
        QuadraticLoss loss = QuadraticLoss.From(task.Sample(300, 5));
        AttentionModel model = kind switch
        {
            "merged" => new MergedAttention(3, 3),
            "cubic" => new CubicFeatureNetwork(3, 3),
            _ => new SeparateAttention(3, 3, 2),
        };
        double[] weights = model.Initialize(0.4, 7, InitializationScheme.Full), before = ConservationLaws.Invariants(model, weights);
        Assert.Equal(count, before.Length);
        Trajectory flow = GradientFlow.Solve(model, loss, weights, 60, options: new FlowOptions { RelativeTolerance = FlowTolerance });
        Assert.True(
            flow.Losses[^1] < 0.8 * flow.Losses[0],
            $"{kind}: expected the flow to learn, actual loss {flow.Losses[0]:G4} to {flow.Losses[^1]:G4}");
        double size = flow.FinalWeights.Max(w => w * w);
        double[] after = ConservationLaws.Invariants(model, flow.FinalWeights);
        for (int i = 0; i < count; i++)
            Expect.Relative($"{kind}: invariant {i}", before[i], after[i], Drift, size);
        Assert.True(before.Max(Math.Abs) > 0.05, $"{kind}: invariants expected to be no zeros, actual {before.Max(Math.Abs):E2}");
    }

    /// <summary>Separate, one head of rank 1: KKᵀ − QQᵀ and v² − ‖K‖², rows with all blocks, by hand.</summary>
    [Fact]
    public void Invariants_of_one_head_by_hand()
    {
        var model = new SeparateAttention(2, 1, 1);
        //                  v    k      q       V        l
        double[] weights = [3, 1, -2, 0.5, 4, 0.25, -1, 7];
        Expect.Relative(
            "KKᵀ − QQᵀ, v² + ‖V‖² − ‖K‖²", [1 + 4 + 49 - 0.25 - 16, 9 + 0.0625 + 1 - 54], ConservationLaws.Invariants(model, weights),
            1e-14);
    }

    /// <summary>Merged, two heads in one dimension: rows (v, V) and (U, u).</summary>
    [Fact]
    public void Invariants_of_two_merged_heads_by_hand()
    {
        var model = new MergedAttention(1, 2);
        //                  v        U        V         u
        double[] weights = [2, -1, 3, 5, 0.5, 4, -6, 1];
        double offDiagonal = 2 * -1 + 0.5 * 4 - (3 * 5 + -6 * 1);
        Expect.Relative(
            "w₂w₂ᵀ − W₁W₁ᵀ", [4 + 0.25 - 9 - 36, offDiagonal, offDiagonal, 1 + 16 - 25 - 1], ConservationLaws.Invariants(model, weights),
            1e-14);
    }

    /// <summary>Discrete steps drift by O(η): half the rate, half the drift at the same time.</summary>
    [Fact]
    public void Gradient_descent_drifts_in_proportion_to_its_rate()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(2), 10);
        var model = new SeparateAttention(2, 2, 1);
        double[] weights = model.Initialize(0.5, 3), before = ConservationLaws.Invariants(model, weights);
        double coarse = DriftAt(0.02, 200), fine = DriftAt(0.01, 400);
        Expect.Relative("drift at half the rate", coarse / 2, fine, 0.1); // the next order of η

        double DriftAt(double rate, long steps)
        {
            double[] after = ConservationLaws.Invariants(
                model, Descent.Run(model, task.PopulationLoss(), weights, new GradientDescent(rate), steps).FinalWeights);
            return after.Zip(before, (a, b) => Math.Abs(a - b)).Max();
        }
    }
}
