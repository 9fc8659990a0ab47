namespace Staircase.Tests;

/// <summary>White inputs: Z Eq. 10 = the library's course = the merged flow.</summary>
public class WhiteTimeCourseAgreementTests
{
    /// <summary>Z Eq. 10, Λ = I: σ(t) = e^{2√D t}/[(1 + (1+D)/N)(e^{2√D t} − 1) + √D/w²].</summary>
    [Theory]
    [InlineData(2, 10)]
    [InlineData(4, 31)]
    [InlineData(8, 5)]
    public void Unit_white_inputs_follow_Zhang_Eq_10(int D, int N)
    {
        const double rounding = 1e-12;
        ModeMoments moments = ModeMoments.Of(RegressionTask.Create(Spectrum.White(D).WithTrace(D), N));
        const double w = 0.01;
        for (double t = 0; t < 8; t += 0.25)
        {
            double e = Math.Exp(2 * Math.Sqrt(D) * t);
            double σ = e / ((1 + (1.0 + D) / N) * (e - 1) + Math.Sqrt(D) / (w * w));
            Expect.Relative($"σ({t}), D {D}, N {N}", σ, WhiteTimeCourse.Strength(moments, w, t), rounding);
            // L = tr Λ − 2 tr(MΛ²) + tr(MΛMᵀA) with M = σI, Λ = I, A = (1 + (1 + D)/N) I.
            Expect.Relative(
                $"L({t}), D {D}, N {N}", D * (1 - 2 * σ + (1 + (1.0 + D) / N) * σ * σ), WhiteTimeCourse.Loss(moments, w, t), rounding, D);
        }
    }

    /// <summary>Λ = cI: σ̇ = 2√D σ (c² − c a σ), a = c²(1 + (1+D)/N), σ(0) = w²/√D, integrated here step by step.</summary>
    [Theory]
    [InlineData(3, 0.25)]
    [InlineData(3, 2)]
    [InlineData(6, 0.1)]
    public void Other_scales_follow_the_logistic(int D, double c)
    {
        const double integration = 1e-8; // fourth-order steps of 1/2000 of the drop's width
        const int N = 20;
        const double w = 0.02;
        ModeMoments moments = ModeMoments.Of(RegressionTask.Create(Spectrum.White(D).WithTrace(c * D), N));
        double a = c * c * (1 + (1.0 + D) / N), rate = 2 * Math.Sqrt(D), end = 12 / (rate * c * c), h = end / 24_000;
        double z = Math.Log(w * w / Math.Sqrt(D));
        for (int i = 1; i <= 24_000; i++)
        {
            double k1 = Rate(z), k2 = Rate(z + h / 2 * k1), k3 = Rate(z + h / 2 * k2), k4 = Rate(z + h * k3);
            z += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
            if (i % 1000 == 0)
                Expect.Relative($"σ after step {i}, D {D}, c {c}", Math.Exp(z), WhiteTimeCourse.Strength(moments, w, i * h), integration);
        }

        double Rate(double lnσ) => rate * (c * c - c * a * Math.Exp(lnσ));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 1)]
    [InlineData(8, 1)]
    [InlineData(4, 3.5)]
    public void The_merged_flow_follows_it_and_the_better_the_smaller_the_start(int D, double trace)
    {
        const double bound = 0.01; // at entries 1e-3
        const double shrinks = 5;  // from 1e-3 to 1e-4; the neglected directions are O(entries)
        RegressionTask task = RegressionTask.Create(Spectrum.White(D).WithTrace(trace), 20);
        double coarse = Deviation(task, 1e-3), fine = Deviation(task, 1e-4);
        Expect.Below($"max |ΔL|/L(0), D {D}, trace {trace}, entries 1e-3", bound, coarse);
        Expect.Below($"max |ΔL|/L(0), D {D}, trace {trace}, entries 1e-4, where 1e-3 gives {coarse:E2}", coarse / shrinks, fine);
    }

    [Fact]
    public void The_curve_of_any_spectrum_becomes_this_one_where_the_spectrum_is_white()
    {
        const double tabulated = 1e-5; // the merged curve is a table, interpolated linearly
        RegressionTask task = RegressionTask.Create(Spectrum.White(5), 20) with { LabelNoise = 0.1 };
        ModeMoments moments = ModeMoments.Of(task);
        var model = new MergedAttention(5, 3);
        double[] weights = model.Initialize(1e-2, 1);
        Prediction prediction = Prediction.Of(model, weights, moments);
        double amplitude = MergedCurve.Amplitude(model, weights, moments);
        foreach (double share in (double[])[0.2, 0.7, 0.9, 1, 1.1, 1.5])
        {
            double t = share * prediction.Drops[0].Time;
            // Eq. 10 gives the aligned start M = (w²/√D) I no other part, as the merged curve does.
            Expect.Relative($"loss at {share} of the drop", WhiteTimeCourse.Loss(moments, amplitude, t), prediction.LossAt(t), tabulated);
        }
    }

    private static double Deviation(RegressionTask task, double scale)
    {
        var model = new MergedAttention(task.InputDimension, 8);
        ModeMoments moments = ModeMoments.Of(task);
        double[] weights = model.Initialize(scale, 6);
        double amplitude = MergedCurve.Amplitude(model, weights, moments), end = 3 * Prediction.Of(model, weights, moments).Drops[0].Time;
        var options = new FlowOptions { RelativeTolerance = 1e-8 };
        Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), weights, end, options: options);
        IEnumerable<double> deviations = flow.Losses.Zip(
            flow.Positions, (loss, time) => Math.Abs(loss - WhiteTimeCourse.Loss(moments, amplitude, time)));
        return deviations.Max() / flow.Losses[0];
    }
}
