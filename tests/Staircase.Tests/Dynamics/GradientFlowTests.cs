using Staircase.Kernels;

namespace Staircase.Tests.Dynamics;

/// <summary>Properties that the gradient flow has and its integration must keep.</summary>
public class GradientFlowTests
{
    public static TheoryData<string> Cases => [.. FlowCases.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_loss_never_rises(string name)
    {
        var (model, loss, weights, end) = FlowCases.Case(name);
        foreach (double tolerance in (double[])[1e-4, 1e-6, 1e-8])
        {
            var options = new FlowOptions { RelativeTolerance = tolerance };
            IReadOnlyList<double> losses = GradientFlow.Solve(model, loss, weights, end, options: options).Losses;
            for (int i = 1; i < losses.Count; i++)
            {
                // near a minimum the loss is flat: an error of size tol in the weights shows as tol² times curvature, on a plateau as tol
                // times slope
                DynamicsAssert.AtMost(
                    $"{name}, tolerance {tolerance}, step {i}: rise of the loss", tolerance * losses[0], losses[i] - losses[i - 1]);
            }

            Assert.True(
                losses[^1] < 0.7 * losses[0],
                $"{name}: the flow must learn something; the loss went from {losses[0]:G4} to {losses[^1]:G4}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Conserved_quantities_drift_no_more_than_the_tolerance_allows(string name)
    {
        var (model, loss, weights, end) = FlowCases.Case(name);
        if (name == "separate, full blocks")
            Assert.NotEqual(0, weights[^1]);
        double[] before = Conserved(model, weights);
        foreach (double tolerance in (double[])[1e-4, 1e-6, 1e-8])
        {
            var options = new FlowOptions { RelativeTolerance = tolerance };
            double[] final = GradientFlow.Solve(model, loss, weights, end, options: options).FinalWeights;
            double size = VectorKernels.SumOfSquares(final);
            Assert.True(size > 3 * VectorKernels.SumOfSquares(weights), $"{name}: the weights must have grown");
            double[] after = Conserved(model, final);
            double drift = before.Zip(after, (a, b) => Math.Abs(a - b)).Max();
            // steps · local error, the latter tol relative to each weight: some tens of tolerances, tol^{2/3} where the stabilized method
            // works
            DynamicsAssert.AtMost(
                $"{name}, tolerance {tolerance}: drift relative to ‖W‖²", 0.1 * Math.Pow(tolerance, 2.0 / 3), drift / size);
        }
    }

    [Theory]
    [InlineData("merged")]
    [InlineData("separate rank 1")]
    [InlineData("separate rank 2")]
    public void Conserved_quantities_drift_in_descent_in_proportion_to_the_learning_rate(string name)
    {
        var (model, loss, weights, end) = FlowCases.Case(name);
        double[] before = Conserved(model, weights);
        double time = end / 2;
        int[] counts = [4000, 8000, 16000];
        double[] drifts =
        [
            .. counts.Select(n =>
            {
                double[] after = Conserved(model, Descent.Run(model, loss, weights, new GradientDescent(time / (2 * n)), n).FinalWeights);
                return before.Zip(after, (a, b) => Math.Abs(a - b)).Max();
            }),
        ];
        DynamicsAssert.Slope($"{name}: drift against learning rate", 1, [.. counts.Select(n => 1.0 / n)], drifts);
    }

    [Theory]
    [InlineData("merged")]
    [InlineData("merged, noisy, rotated")]
    [InlineData("separate rank 1")]
    [InlineData("separate rank 2")]
    public void Following_the_in_context_part_alone_gives_the_flow_of_all_blocks(string name)
    {
        const double tolerance = 1e-9, allowed = 1e-5; // 4 digits for errors of several thousand steps near a drop
        var (model, loss, weights, end) = FlowCases.Case(name);
        var options = new FlowOptions { RelativeTolerance = tolerance };
        var whole = new WholeLoss(loss);
        Assert.Equal(model.Layout.Count, new Objective(model, whole).MovingCount(weights));
        Assert.Equal(model.Layout.InContextCount, new Objective(model, loss).MovingCount(weights));
        foreach (double time in (double[])[end / 4, end / 2, end])
        {
            double[] prefix = GradientFlow.Solve(model, loss, weights, time, options: options).FinalWeights;
            double[] all = GradientFlow.Solve(model, whole, weights, time, options: options).FinalWeights;
            DynamicsAssert.Near($"{name}: weights at {time}", prefix, all, allowed);
        }
    }

    [Theory]
    [InlineData(2, 1.0)]
    [InlineData(4, 0.25)]
    [InlineData(5, 1.7)]
    public void Aligned_merged_attention_on_white_inputs_follows_Eq_10(int D, double c)
    {
        // Zhang et al. 2025, Eq. 10, for Λ = cI: σ̇ = 2√D σ (c² − c a σ), a = c² (1 + (1 + D)/N), whose solution is logistic.
        const int N = 31;
        const double w = 0.05, tolerance = 1e-8;
        double rate = 2 * Math.Sqrt(D) * c * c, limit = c / (c * c * (1 + (1.0 + D) / N)), σ0 = w * w / Math.Sqrt(D);
        double end = 2 * Math.Log(limit / σ0) / rate;
        var model = new MergedAttention(D, 1);
        var weights = new double[model.Layout.Count];
        weights[0] = w;
        for (int d = 0; d < D; d++)
            weights[1 + d * D + d] = w / Math.Sqrt(D);
        RegressionTask task = RegressionTask.Create(Spectrum.Of(Enumerable.Repeat(c, D)), N);

        var options = new FlowOptions { RelativeTolerance = tolerance };
        Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), weights, end, Recording.Of(task), options);
        double a = c * c * (1 + (1.0 + D) / N);
        for (int i = 0; i < flow.Count; i++)
        {
            double time = flow.Positions[i], growth = Math.Exp(rate * time), σ = limit * σ0 * growth / (limit + σ0 * (growth - 1));
            DynamicsAssert.Near($"σ at {time:G6}", σ, flow.StrengthsAt(i)[D - 1], 100 * tolerance * limit);
            DynamicsAssert.Near($"loss at {time:G6}", D * (c - 2 * σ * c * c + σ * σ * c * a), flow.Losses[i], 100 * tolerance * D * c);
        }

        DynamicsAssert.Near("the end is the global minimum", limit, flow["m1"][^1], 0.05 * limit);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Merged_attention_from_small_weights_follows_Eq_10_with_the_projected_amplitude(ulong seed)
    {
        // Only a = (w₂ + W₁ ĝ)/2 grows while weights are small; Eq. 10 then holds with ‖a‖ for the initial size.
        const int D = 4, H = 8, N = 31;
        const double scale = 1e-4, c = 1.0 / D, allowed = 1e-3; // largest |ΔL| of this prediction is 1e-5 … 4e-5 of tr Λ = 1
        var model = new MergedAttention(D, H);
        double[] weights = model.Initialize(scale, seed);
        double size = 0;
        for (int h = 0; h < H; h++)
        {
            double projection = 0;
            for (int d = 0; d < D; d++)
                projection += weights[H + h * D * D + d * D + d] / Math.Sqrt(D);
            size += Math.Pow((weights[h] + projection) / 2, 2);
        }

        RegressionTask task = RegressionTask.Create(Spectrum.White(D), N);
        double rate = 2 * Math.Sqrt(D) * c * c, a = c * c * (1 + (1.0 + D) / N), limit = c / a, σ0 = size / Math.Sqrt(D);
        double end = 1.5 * Math.Log(limit / σ0) / rate;
        Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), weights, end);
        foreach ((double time, double loss) in flow.Positions.Zip(flow.Losses))
        {
            double growth = Math.Exp(rate * time), σ = limit * σ0 * growth / (limit + σ0 * (growth - 1));
            DynamicsAssert.Near($"loss at {time:G6}", D * (c - 2 * σ * c * c + σ * σ * c * a), loss, allowed);
        }
    }

    [Fact]
    public void A_growing_head_follows_the_implicit_solution_of_Eq_21()
    {
        // τ v̇ = a v² − b v⁵ with k = q = v e_d; time as a function of v in closed form (theory handbook §6).
        const int D = 3, N = 31, mode = 1;
        const double v0 = 0.05, tolerance = 1e-9;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), N);
        double λ = task.InputEigenvalues[mode], a = λ * λ, b = λ * λ * λ * (1 + (1 + 1 / λ) / N), root = Math.Cbrt(b / a);
        double Clock(double v)
        {
            double u = root * v;
            double arc = Math.Atan((2 * u + 1) / Math.Sqrt(3)) / Math.Sqrt(3);
            return (-1 / v + root * (-Math.Log(1 - u) / 3 + Math.Log(1 + u + u * u) / 6 - arc)) / a;
        }

        var model = new SeparateAttention(D, 1, 1);
        var weights = new double[model.Layout.Count];
        weights[0] = weights[1 + mode] = weights[1 + D + mode] = v0;
        double end = Clock(0.99 / root) - Clock(v0);
        int compared = 0;
        var options = new FlowOptions { RelativeTolerance = tolerance };
        Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), weights, end, Recording.Of(task), options);
        foreach ((double time, double strength) in flow.Positions.Zip(flow[$"m{mode + 1}"]))
        {
            double v = Math.Cbrt(strength);
            if (v > 0.9 / root)
                break; // the clock is ill-conditioned near the fixed point
            DynamicsAssert.Near($"time at which v = {v:G6}", time, Clock(v) - Clock(v0), 1e-6 * end);
            compared++;
        }

        Assert.True(compared > 20, $"expected many points on the way up, found {compared}");
    }

    [Theory]
    [InlineData(2, 1e-3)]
    [InlineData(3, 1e-3)]
    [InlineData(4, 1e-3)]
    [InlineData(5, 1e-3)]
    [InlineData(6, 1e-3)]
    [InlineData(2, 1e-6)]
    [InlineData(4, 1e-6)]
    [InlineData(6, 1e-6)]
    public void The_staircase_has_D_drops_and_rests_on_the_published_plateaus_between_them(int D, double tolerance)
    {
        const int N = 31;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), N);
        var model = new SeparateAttention(D, D, 1);
        var points = new List<(double Time, double Loss)>();
        double[] times = FlowCases.DropTimes(
            model, task, model.Initialize(0.01, 3), 1e8, new FlowOptions { RelativeTolerance = tolerance }, points);
        int learned = times.Count(double.IsFinite);
        Assert.True(learned == D, $"expected {D} drops, passed {learned} until {points[^1].Time:G4}: {string.Join(", ", times)}");

        // Between drops the loss rests at L(S) (Zhang et al. 2025, Eq. 19), S the components learned so far.
        double[] λ = task.InputEigenvalues.ToArray();
        int[] order = [.. Enumerable.Range(0, D).OrderBy(d => times[d])];
        double level = λ.Sum();
        for (int m = 0; m < D; m++)
        {
            double begin = m == 0 ? 0 : times[order[m - 1]], end = times[order[m]];
            double drop = λ[order[m]] * λ[order[m]] * FlowCases.Plateaus(task)[order[m]];
            double[] plateau = [.. points.Where(p => p.Time >= begin && p.Time <= end).Select(p => p.Loss)];
            Assert.True(plateau.Length >= 3, $"plateau {m} of {D}: only {plateau.Length} steps");
            if (end > 1.5 * begin) // two heads that nearly tie leave no plateau
            {
                double distance = plateau.Min(loss => Math.Abs(loss - level));
                DynamicsAssert.AtMost(
                    $"plateau {m} of {D}: distance from L(S) = {level:G6} in units of the next drop", 0.05, distance / drop);
            }

            level -= drop;
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Tolerances_keep_what_they_promise_for_the_times_of_drops(int D)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), 31);
        var model = new SeparateAttention(D, D, 1);
        double[] weights = model.Initialize(0.02, 1);
        var exact = new FlowOptions { RelativeTolerance = 1e-11, Method = OdeMethod.DormandPrince };
        double[] reference = FlowCases.DropTimes(model, task, weights, 1e7, exact);
        double[] tolerances = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9];
        var errors = new List<double>();
        foreach (double tolerance in tolerances)
        {
            double[] times = FlowCases.DropTimes(model, task, weights, 1e7, new FlowOptions { RelativeTolerance = tolerance });
            double error = times.Zip(reference, (t, reached) => Math.Abs(t - reached) / reached).Max();
            // order 2 under error-per-step control: tol^{2/3}
            DynamicsAssert.AtMost($"D = {D}, tolerance {tolerance}: relative error of a drop's time", Math.Pow(tolerance, 2.0 / 3), error);
            errors.Add(error);
        }

        double slope = DynamicsAssert.SlopeOf(tolerances, errors);
        Assert.True(
            slope > 0.55,
            $"D = {D}: error against tolerance: expected an exponent of 2/3 (stabilized) to 1 (pair) or better, actual {slope:F2}");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_loose_and_a_tight_flow_end_in_the_same_weights(string name)
    {
        var (model, loss, weights, end) = FlowCases.Case(name);
        double[] loose = GradientFlow.Solve(model, loss, weights, end, options: new FlowOptions { RelativeTolerance = 1e-6 }).FinalWeights;
        double[] tight = GradientFlow.Solve(model, loss, weights, end, options: new FlowOptions { RelativeTolerance = 1e-9 }).FinalWeights;
        DynamicsAssert.Near($"{name}: weights", tight, loose, 1e-4); // 1e-6 a step, tol^{2/3} along the run
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Weights_inside_a_step_are_those_of_a_flow_that_ends_there(string name)
    {
        var (model, loss, weights, end) = FlowCases.Case(name);
        foreach (OdeMethod method in Enum.GetValues<OdeMethod>())
        {
            var flow = new GradientFlow(new Objective(model, loss), weights, new FlowOptions { Method = method, RelativeTolerance = 1e-6 });
            var inside = new List<(double Time, double[] Weights)>();
            while (inside.Count < 8 && flow.State.Time < end)
            {
                double previous = flow.State.Time;
                flow.Advance(end);
                if (flow.State.Steps % 40 != 20)
                    continue;
                double time = previous + 0.6 * (flow.State.Time - previous);
                inside.Add((time, flow.WeightsAt(time)));
                DynamicsAssert.Near(
                    $"{name}: weights at the end of step {flow.State.Steps}", flow.Weights, flow.WeightsAt(flow.State.Time), 1e-14);
            }

            Assert.NotEmpty(inside);
            foreach ((double time, double[] interpolated) in inside)
            {
                var tight = new FlowOptions { RelativeTolerance = 1e-10 };
                double[] exact = GradientFlow.Solve(model, loss, weights, time, options: tight).FinalWeights;
                DynamicsAssert.Near($"{name}, {method}: weights at {time:G6}", exact, interpolated, 2e-4); // 2 tol^{2/3}
            }
        }
    }

    [Fact]
    public void A_start_that_is_not_finite_is_refused_at_step_0()
    {
        var (model, loss, weights, _) = FlowCases.Case("merged");
        foreach (double bad in (double[])[double.NaN, double.PositiveInfinity])
        {
            weights[1] = bad;
            var failure = Assert.Throws<DivergedException>(() => GradientFlow.Solve(model, loss, weights, 1));
            Assert.Equal(0, failure.Step);
            Assert.False(double.IsFinite(failure.Loss));
        }
    }

    [Fact]
    public void Zero_weights_stay_where_they_are()
    {
        var (model, loss, weights, _) = FlowCases.Case("merged");
        Array.Clear(weights);
        DynamicsAssert.SameBits("weights", weights, GradientFlow.Solve(model, loss, weights, 1000).FinalWeights);
    }

    /// <summary>
    /// Merged: w₂w₂ᵀ − W₁W₁ᵀ (H×H). Separate: KᵢKᵢᵀ − QᵢQᵢᵀ (R×R) and ‖row of V‖² − ‖Kᵢ‖² of every head (Zhang et al. 2025, App. E.8);
    /// with full blocks, K is R×(D+1) and v a (D+1)-vector.
    /// </summary>
    private static double[] Conserved(AttentionModel model, double[] weights)
    {
        int H = model.Heads, D = model.InputDimension;
        ReadOnlySpan<double> Part(string name) => model.Layout.Slice((ReadOnlySpan<double>)weights, name);
        var result = new List<double>();
        ReadOnlySpan<double> v = Part("value"), V = Part("value_input");
        if (model is SeparateAttention { Rank: var R })
        {
            ReadOnlySpan<double> K = Part("key"), Q = Part("query"), label = Part("key_label");
            for (int h = 0; h < H; h++)
            {
                ReadOnlySpan<double> k = K.Slice(h * R * D, R * D), q = Q.Slice(h * R * D, R * D);
                ReadOnlySpan<double> l = label.Slice(h * R, R), u = V.Slice(h * D, D);
                result.Add(v[h] * v[h] + VectorKernels.Dot(u, u) - VectorKernels.Dot(k, k) - VectorKernels.Dot(l, l));
                for (int r = 0; r < R; r++)
                {
                    for (int s = 0; s <= r; s++)
                    {
                        double keys = VectorKernels.Dot(k.Slice(r * D, D), k.Slice(s * D, D)) + l[r] * l[s];
                        result.Add(keys - VectorKernels.Dot(q.Slice(r * D, D), q.Slice(s * D, D)));
                    }
                }
            }

            return [.. result];
        }

        ReadOnlySpan<double> U = Part("key_query");
        for (int g = 0; g < H; g++)
        {
            for (int h = 0; h <= g; h++)
                result.Add(v[g] * v[h] - VectorKernels.Dot(U.Slice(g * D * D, D * D), U.Slice(h * D * D, D * D)));
        }

        return [.. result];
    }

    /// <summary>The same loss for those who do not know that zero blocks stay zero.</summary>
    private sealed class WholeLoss(IAttentionLoss inner) : IAttentionLoss
    {
        public int InputDimension => inner.InputDimension;

        public bool KeepsZeroBlocks => false;

        public double Evaluate(ReadOnlySpan<double> map, Span<double> gradient) => inner.Evaluate(map, gradient);
    }
}
