namespace Staircase.Tests;

/// <summary>Fixed points and thresholds in closed form, against the flow that they are about.</summary>
public class EscapeThresholdTests
{
    [Fact]
    public void The_known_threshold_is_reached()
    {
        // S = (4, 1, ¼, s₄), N = 10: s₄ has to exceed 0.0625.
        IReadOnlyList<EscapeThreshold.Verdict> verdicts = EscapeThreshold.Of(VectorCases.Diagonal([4, 1, 0.25, 0.05], 10));
        EscapeThreshold.Verdict last = verdicts[^1];
        Assert.Equal(3, last.Mode);
        Expect.Relative("threshold", 0.0625, last.ThresholdThen, 1e-12);
        Assert.Equal([0, 1, 2], last.LearnedBefore);
        Assert.False(last.Escapes || last.IsLearned, "0.05 is below it");
        Assert.All(verdicts.Take(3), verdict => Assert.True(verdict.Escapes && verdict.IsLearned, $"mode {verdict.Mode + 1} is learned"));
        Assert.True(EscapeThreshold.Of(VectorCases.Diagonal([4, 1, 0.25, 0.0626], 10))[^1].IsLearned, "0.0626 is above it");
    }

    /// <summary>The threshold as it is derived, m s > N⁻² (Σ s²q²)(Σ m s p²), with p and q integrated.</summary>
    [Fact]
    public void The_closed_form_is_the_product_of_the_integrated_weights()
    {
        const double integration = 1e-7;
        double[] s = [3, 1.2, 0.5, 1e-9];
        var task = new VectorRegressionTask(Spectrum.Of(s), 7, TaskSet.Of([Diagonal(1.5, 0.4, 2, 1), Diagonal(0.2, -1, 1, 1)]));
        double[] m = task.Tasks.MeanSquares();
        VectorPoint end = FiniteContextFlow.Solve(
            task, VectorWeights.Aligned([0.3, 0.1, 0.2, 0], [0.1, 0.2, 0.4, 0]), 1, [4000], VectorCases.Accurate)[0];
        double Q = 0, R = 0;
        for (int i = 0; i < 3; i++)
        {
            Q += s[i] * s[i] * end.KeyQuery[i] * end.KeyQuery[i];
            R += m[i] * s[i] * end.Value[i] * end.Value[i];
        }

        FiniteContextFixedPoint point = FiniteContextFixedPoint.With(task, [0, 1, 2]);
        Expect.Relative("θ²", Q * R / 49, point.Threshold * point.Threshold, integration);
        Expect.Relative("strengths", end.Strengths, point.Strengths, integration);
        Expect.Relative("loss", end.Loss, point.Loss, integration);
    }

    /// <summary>Every fixed point is one of the exact gradient, for every set that sustains itself.</summary>
    [Fact]
    public void Gradients_vanish_at_every_fixed_point()
    {
        const double rounding = 1e-12;
        var task = new VectorRegressionTask(Spectrum.Of(2, 1.5, 0.6, 0.1), 6, TaskSet.Diagonal(4, 3, 5));
        var loss = new AlignedVectorLoss(task);
        int points = 0;
        for (int set = 1; set < 16; set++)
        {
            int[] learned = [.. Enumerable.Range(0, 4).Where(i => (set >> i & 1) == 1)];
            FiniteContextFixedPoint point;
            try
            {
                point = FiniteContextFixedPoint.With(task, learned);
            }
            catch (ArgumentException)
            {
                continue;
            }

            points++;
            foreach (double imbalance in (double[])[-2, 0, 0.5])
            {
                VectorWeights weights = point.Weights(imbalance);
                double[] gradient = new double[8];
                double value = loss.Evaluate(
                    [.. VectorWeights.Diagonal(weights.Value), .. VectorWeights.Diagonal(weights.KeyQuery)], gradient);
                Assert.All(gradient, g => Assert.InRange(g, -rounding, rounding));
                Expect.Relative("loss", value, point.Loss, rounding);
                Expect.Relative("C", imbalance, weights.Imbalance(), rounding, 1);
            }
        }

        Assert.InRange(points, 8, 15);
    }

    /// <summary>Random spectra, tasks, context lengths and starts: the flow learns the announced modes and no others.</summary>
    [Fact]
    public void The_flow_ends_with_the_announced_modes_from_any_start()
    {
        int silent = 0;
        for (int k = 0; k < 60; k++)
        {
            var random = new RandomStream(6, RandomPurpose.Probe, k);
            int D = 3 + k % 4, N = 1 + k % 5;
            double[] s = new double[D], p = new double[D], q = new double[D];
            for (int i = 0; i < D; i++)
            {
                (s[i], p[i], q[i]) = (
                    Math.Exp(1.5 * random.NextNormal()), 0.02 + 0.3 * random.NextUniform(), 0.02 + 0.3 * random.NextUniform());
            }

            var task = new VectorRegressionTask(Spectrum.Of(s).WithTrace(D), N, TaskSet.Diagonal(D, 3, (ulong)k));
            FiniteContextFixedPoint announced = FiniteContextFixedPoint.Stable(task);
            IReadOnlyList<EscapeThreshold.Verdict> verdicts = EscapeThreshold.Of(task);
            Assert.Equal(announced.Learned, verdicts.Where(v => v.IsLearned).Select(v => v.Mode).Order());

            // Modes close to the threshold move ever more slowly; they say nothing in a finite time.
            double smallest = verdicts.Min(
                v => Math.Abs(Math.Sqrt(v.Drive / v.ThresholdInTheEnd) - 1) * v.Drive * task.InputEigenvalues[v.Mode]);
            if (smallest < 3e-3)
                continue;
            double[] end = FiniteContextFlow.Solve(task, VectorWeights.Aligned(p, q), 1, [40 / smallest])[0].Strengths;
            for (int i = 0; i < D; i++)
                Expect.Relative($"case {k}, N {N}, mode {i + 1}", announced.Strengths[i], end[i], 1e-4, 1 / task.InputEigenvalues[i]);
            silent += verdicts.Count(v => !v.IsLearned);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{silent} silent modes");
        Assert.True(silent > 5, $"only {silent} silent modes were tried");
    }

    /// <summary>A mode between its two thresholds is learned while fewer others are, and pushed out by those that come later.</summary>
    [Fact]
    public void A_mode_may_be_learned_for_a_while_and_pushed_out()
    {
        var task = new VectorRegressionTask(Spectrum.Of(14.74, 11.64, 0.19, 0.16), 2, TaskSet.Of([Diagonal(0.2, 0.7, 0.7, 6.2)]));
        EscapeThreshold.Verdict verdict = EscapeThreshold.Of(task).Single(v => v.Mode == 0);
        Assert.Equal([1], verdict.LearnedBefore);
        Assert.True(
            verdict.Escapes && !verdict.IsLearned, $"{verdict.Drive} lies between {verdict.ThresholdThen} and {verdict.ThresholdInTheEnd}");

        double beside = FiniteContextFixedPoint.With(task, [0, 1]).Strengths[0];
        IReadOnlyList<VectorPoint> course = FiniteContextFlow.Solve(task, VectorWeights.Aligned(4, 0.01), 1, VectorCases.Times(500, 1));
        Expect.Relative("its strength beside mode 2", beside, course.Max(point => point.Strengths[0]), 1e-3);
        Assert.InRange(course[^1].Strengths[0] / beside, 0, 1e-3);
    }

    [Fact]
    public void Sets_that_do_not_sustain_themselves_are_refused()
    {
        VectorRegressionTask task = VectorCases.Diagonal([4, 1, 0.25, 0.05], 10);
        Assert.StartsWith(
            "Mode 4 cannot stay learned", Assert.Throws<ArgumentException>(() => FiniteContextFixedPoint.With(task, [0, 1, 2, 3])).Message,
            StringComparison.Ordinal);
        Assert.Equal([0, 1, 2], FiniteContextFixedPoint.Stable(task).Learned);
    }

    /// <summary>
    /// To first order in 1/N the closed form's strengths are off by (1/N) Σ_j √(s_j/s_i) (1 − √(s_j/s_i)), which says when it will do.
    /// </summary>
    [Fact]
    public void The_closed_form_is_off_by_the_stated_amount_at_long_contexts()
    {
        const int N = 100_000;
        double[] s = [2, 1, 0.5];
        VectorRegressionTask task = VectorCases.Diagonal(s, N);
        var modes = new ModeDynamics(task, VectorWeights.Aligned(3, 0.1), 1);
        double[] exact = FiniteContextFixedPoint.Stable(task).Strengths;
        for (int i = 0; i < 3; i++)
        {
            double expected = s.Sum(x => Math.Sqrt(x / s[i]) * (1 - Math.Sqrt(x / s[i])));
            Expect.Relative($"mode {i + 1}", expected, N * (modes.Modes[i].FullStrength / exact[i] - 1), 1e-3); // the next order in 1/N
        }
    }

    private static double[,] Diagonal(params double[] ω)
    {
        var matrix = new double[ω.Length, ω.Length];
        for (int i = 0; i < ω.Length; i++)
            matrix[i, i] = ω[i];
        return matrix;
    }
}
