namespace Staircase.Tests;

/// <summary>The loss curve of merged attention, predicted from initial weights, beside the population flow.</summary>
public class MergedCurveAgreementTests
{
    private const int Seeds = 20;

    // The project's bar: the directions that do not grow shift the curve by O(entries).
    [Theory]
    [InlineData(1e-2, 5e-3)]
    [InlineData(1e-4, 1e-4)]
    public void The_whole_curve_agrees_with_the_population_flow(double scale, double bound)
    {
        RegressionTask task = Papers.DefaultTask();
        var model = new MergedAttention(4, 8);
        var worst = new double[Seeds];
        Parallel.For(0, Seeds, i =>
        {
            double[] weights = model.Initialize(scale, (ulong)i + 1);
            Prediction prediction = Prediction.Of(model, weights, ModeMoments.Of(task));
            var options = new FlowOptions { RelativeTolerance = 1e-8 };
            Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), weights, 8 * prediction.Drops[0].Time, options: options);
            worst[i] = Deviation(prediction, flow);
            Assert.True(
                flow.Losses[^1] < 1.1 * Papers.Height(task, [0, 1, 2, 3]),
                $"seed {i + 1}: the flow did not get through its drop, loss {flow.Losses[^1]:R}");
        });
        for (int i = 0; i < Seeds; i++)
            Expect.Below($"max |ΔL|/L(0), D 4, H 8, entries {scale}, seed {i + 1}", bound, worst[i]);
    }

    [Fact]
    public void The_cubic_feature_network_has_the_same_curve()
    {
        const double bound = 5e-3; // as above: the same function
        RegressionTask task = Papers.DefaultTask(3);
        var model = new CubicFeatureNetwork(3, 6);
        double[] weights = model.Initialize(1e-2, 5);
        Prediction prediction = Prediction.Of(model, weights, ModeMoments.Of(task));
        Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), weights, 4 * prediction.Drops[0].Time);
        Expect.Below("max |ΔL|/L(0), cubic-feature network", bound, Deviation(prediction, flow));
    }

    [Fact]
    public void Noise_task_covariance_and_output_scale_are_followed()
    {
        const double bound = 5e-4; // entries of 1e-3: a tenth of what 1e-2 allows
        RegressionTask task = Papers.DefaultTask(3) with
        {
            LabelNoise = 0.3,
            TaskCovariance = new double[,] { { 0.5, 0, 0 }, { 0, 1.5, 0 }, { 0, 0, 1 } },
            VaryContext = true,
            OutputScale = OutputScale.Tokens,
        };
        var model = new MergedAttention(3, 6);
        double[] weights = model.Initialize(1e-3, 5);
        Prediction prediction = Prediction.Of(model, weights, ModeMoments.Of(task));
        Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), weights, 4 * prediction.Drops[0].Time);
        Expect.Below("max |ΔL|/L(0), noisy task with coloured task vectors and varying contexts", bound, Deviation(prediction, flow));
    }

    [Fact]
    public void A_random_basis_gives_the_same_prediction()
    {
        const double rounding = 1e-10;
        RegressionTask task = Papers.DefaultTask(), rotated = task.InRandomBasis(17);
        var model = new MergedAttention(4, 8);
        double[] weights = model.Initialize(1e-2, 3), turned = Bases.Rotate(model, weights, rotated.Basis!);
        Prediction plain = Prediction.Of(model, weights, ModeMoments.Of(task));
        Prediction other = Prediction.Of(model, turned, ModeMoments.Of(rotated));
        Expect.Relative("half-drop time", plain.Drops[0].Time, other.Drops[0].Time, rounding);
        Trajectory flow = GradientFlow.Solve(model, rotated.PopulationLoss(), turned, 4 * other.Drops[0].Time);
        Expect.Below("max |ΔL|/L(0) in a random basis", 5e-3, Deviation(other, flow));
    }

    /// <summary>‖a‖ with a = (w₂ + W₁ĝ)/2, ĝ = vec(Λ²)/‖Λ²‖ (docs/theory/merged.md), by hand.</summary>
    [Fact]
    public void The_amplitude_is_the_norm_of_the_growing_projection()
    {
        RegressionTask task = Papers.DefaultTask(3);
        var model = new MergedAttention(3, 2);
        double[] weights = model.Initialize(1, 8);
        double sum = 0;
        for (int h = 0; h < 2; h++)
        {
            double a = weights[h];
            for (int d = 0; d < 3; d++)
                a += weights[2 + h * 9 + d * 3 + d] * Math.Pow(task.InputEigenvalues[d], 2) / Papers.DriveNorm(task);
            sum += a * a / 4;
        }

        Expect.Relative("‖a‖", Math.Sqrt(sum), MergedCurve.Amplitude(model, weights, ModeMoments.Of(task)), 1e-13);
    }

    /// <summary>Heads can be rotated among one another: the flow's loss and the prediction do not notice.</summary>
    [Fact]
    public void Heads_act_as_one_whatever_their_shares()
    {
        const double rounding = 1e-10, tolerance = 1e-6;
        RegressionTask task = Papers.DefaultTask(3);
        var model = new MergedAttention(3, 2);
        double[] weights = model.Initialize(0.02, 5), turned = [.. weights];
        (double sin, double cos) = Math.SinCos(0.7);
        MergedHead one = model.Head(turned, 0), other = model.Head(turned, 1);
        Turn(ref one.Value, ref other.Value);
        for (int i = 0; i < 9; i++)
            Turn(ref one.KeyQuery.Numbers[i], ref other.KeyQuery.Numbers[i]);

        ModeMoments moments = ModeMoments.Of(task);
        double half = Prediction.Of(model, weights, moments).Drops[0].Time;
        Expect.Relative("half-drop time", half, Prediction.Of(model, turned, moments).Drops[0].Time, rounding);
        Expect.Relative("the flow's loss in the drop", LossAt(weights), LossAt(turned), tolerance);

        void Turn(ref double x, ref double y) => (x, y) = (cos * x - sin * y, sin * x + cos * y);

        double LossAt(double[] start) => GradientFlow.Solve(model, task.PopulationLoss(), start, half).Losses[^1];
    }

    [Fact]
    public void Weights_of_zero_stay_on_the_first_plateau()
    {
        var model = new MergedAttention(3, 2);
        Prediction prediction = Prediction.Of(model, new double[model.Layout.Count], ModeMoments.Of(Papers.DefaultTask(3)));
        Assert.Empty(prediction.Drops);
        Expect.Relative("loss at any time", 1, prediction.LossAt(1e6), 1e-12);
    }

    [Fact]
    public void Half_of_the_fall_is_over_at_the_predicted_drop()
    {
        RegressionTask task = Papers.DefaultTask(4);
        var model = new MergedAttention(4, 8);
        Prediction prediction = Prediction.Of(model, model.Initialize(1e-3, 1), ModeMoments.Of(task));
        double middle = (Papers.Height(task, []) + Papers.Height(task, [0, 1, 2, 3])) / 2;
        Expect.Relative("loss at the drop", middle, prediction.LossAt(prediction.Drops[0].Time), 1e-6);
        Assert.Equal(2, prediction.Plateaus.Count);
        Expect.Relative("height after the drop", Papers.Height(task, [0, 1, 2, 3]), prediction.Plateaus[1].Height, 1e-12);
    }

    private static double Deviation(Prediction prediction, Trajectory flow) =>
        flow.Losses.Zip(flow.Positions, (loss, time) => Math.Abs(loss - prediction.LossAt(time))).Max() / flow.Losses[0];
}
