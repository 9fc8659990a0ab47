using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Tests;

public class CurvatureTests
{
    /// <summary>
    /// The library differentiates gradients exactly; here they are differenced: h² error 1e-10 and rounding 1e-11 at h = 1e-5.
    /// </summary>
    private const double Differences = 1e-7;

    [Theory]
    [InlineData("merged")]
    [InlineData("separate")]
    [InlineData("separate, all blocks")]
    public void The_spectrum_agrees_with_a_differenced_gradient(string name)
    {
        RegressionTask task = Papers.DefaultTask(2);
        AttentionModel model = name == "merged" ? new MergedAttention(2, 2) : new SeparateAttention(2, 2, 2);
        double[] weights = model.Initialize(
            0.7, 3, name.EndsWith("blocks", StringComparison.Ordinal) ? InitializationScheme.Full : InitializationScheme.Papers);
        var objective = new Objective(model, task.PopulationLoss());
        int n = weights.Length;
        var hessian = Matrix<double>.Build.Dense(n, n);
        double[] gradient = new double[n], ahead = new double[n], behind = new double[n];
        for (int j = 0; j < n; j++)
        {
            const double h = 1e-5;
            double[] moved = [.. weights];
            moved[j] += h;
            objective.Evaluate(moved, ahead);
            moved[j] = weights[j] - h;
            objective.Evaluate(moved, behind);
            for (int i = 0; i < n; i++)
                hessian[i, j] = (ahead[i] - behind[i]) / (2 * h);
        }

        double[] expected = [.. ((hessian + hessian.Transpose()) / 2).Evd(Symmetricity.Symmetric).EigenValues.Select(z => z.Real).Order()];
        Curvature.Spectrum spectrum = Curvature.At(objective, weights);
        Expect.Relative($"{name}: eigenvalues", expected, spectrum.Eigenvalues, Differences);
        objective.Evaluate(weights, gradient);
        Expect.Relative($"{name}: gradient norm", Math.Sqrt(gradient.Sum(g => g * g)), spectrum.GradientNorm, 1e-12);
        // documented: about 1e-6
        Expect.Relative($"{name}: largest eigenvalue alone", expected[^1], Curvature.LargestEigenvalue(objective, weights), 1e-5);

        var direction = new double[n];
        new RandomStream(5, RandomPurpose.Probe).FillNormal(direction);
        var product = new double[n];
        Curvature.Multiply(objective, weights, direction, product);
        Expect.Relative(
            $"{name}: Hessian times a direction", (hessian * Vector<double>.Build.Dense(direction)).ToArray(), product, Differences);
    }

    /// <summary>
    /// A head of zeros is a degenerate (cubic) saddle that no Hessian sees, so the idle heads get values, which leaves every S the fixed
    /// point it is (C2).
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_set_but_the_full_one_is_a_saddle(int D)
    {
        RegressionTask task = Papers.DefaultTask(D);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(D, D + 1, 1);
        var objective = new Objective(model, task.PopulationLoss());
        for (int set = 0; set < 1 << D; set++)
        {
            int[] learned = [.. Enumerable.Range(0, D).Where(d => (set >> d & 1) == 1)];
            double[] weights = SeparateFixedPoints.Construct(model, moments, learned)[..model.Layout.InContextCount];
            for (int h = learned.Length; h <= D; h++)
                weights[h] = 0.5;
            Curvature.Spectrum spectrum = Curvature.At(objective, weights);
            Expect.Below($"D {D}, S {{{string.Join(',', learned)}}}: gradient", 1e-12, spectrum.GradientNorm);
            Assert.Equal(SeparateFixedPoints.Index(moments, learned, idleHeads: D + 1 - learned.Length), spectrum.Index);
            bool full = learned.Length == D;
            Assert.True(
                full == (spectrum.Index == 0),
                $"D {D}, S {{{string.Join(',', learned)}}}: expected index {(full ? "0" : "above 0")}, actual {spectrum.Index}");
            if (full)
                continue;

            // An idle head of value v leaves along an unlearned component at rate v λ²: k̇ = v λ² q, q̇ = v λ² k (Z Eq. 14).
            double strongest = Enumerable.Range(0, D).Except(learned).Max(d => task.InputEigenvalues[d] * task.InputEigenvalues[d]);
            Assert.True(spectrum.EscapeRates.Any(rate => Math.Abs(rate / (0.5 * strongest) - 1) < 1e-9),
                $"D {D}, S {{{string.Join(',', learned)}}}: expected an escape rate {0.5 * strongest:R}, actual "
                + $"{string.Join(", ", spectrum.EscapeRates.Select(r => r.ToString("R")))}");
        }
    }

    /// <summary>
    /// By hand in two dimensions: the head on the weaker component turns to the stronger one, that on the stronger stays.
    /// </summary>
    [Fact]
    public void A_head_turns_only_to_what_gains_more()
    {
        ModeMoments moments = ModeMoments.Of(Papers.DefaultTask(2)); // the first component has the larger gain
        Assert.Equal(
            (2, 1, 2, 0),
            (SeparateFixedPoints.Index(moments, [], 1), SeparateFixedPoints.Index(moments, [0], 1),
            SeparateFixedPoints.Index(moments, [1], 1), SeparateFixedPoints.Index(moments, [0, 1], 1)));
    }

    [Fact]
    public void Values_without_keys_and_queries_escape_at_value_times_drive()
    {
        RegressionTask task = Papers.DefaultTask(3);
        var model = new SeparateAttention(3, 2, 1);
        double[] weights = new double[model.Layout.InContextCount];
        (weights[0], weights[1]) = (0.3, -0.7);
        Curvature.Spectrum spectrum = Curvature.At(new Objective(model, task.PopulationLoss()), weights);
        double[] expected = [.. from v in (double[])[0.3, 0.7] from λ in task.InputEigenvalues.ToArray()
            orderby v * λ * λ descending select v * λ * λ];
        Expect.Relative("escape rates |v| λ²", expected, spectrum.EscapeRates.ToArray(), 1e-10);
    }

    /// <summary>Merged at zero: v̇ = ⟨U, Λ²⟩ and U̇ = v Λ² grow at ‖Λ²‖, once a head (docs/theory/merged.md).</summary>
    [Fact]
    public void Merged_attention_leaves_zero_at_the_norm_of_the_drive()
    {
        RegressionTask task = Papers.DefaultTask();
        foreach (int heads in (int[])[1, 2, 3, 4, 5, 6])
        {
            var other = new MergedAttention(4, heads);
            Expect.Relative($"largest eigenvalue, as large as the lowest is low, {heads} heads", 2 * Papers.DriveNorm(task),
                Curvature.LargestEigenvalue(new Objective(other, task.PopulationLoss()), new double[other.Layout.InContextCount]), 1e-5);
        }

        var model = new MergedAttention(4, 3);
        var objective = new Objective(model, task.PopulationLoss());
        var zero = new double[model.Layout.InContextCount];
        Curvature.Spectrum spectrum = Curvature.At(objective, zero);
        double rate = Papers.DriveNorm(task);
        Expect.Relative("escape rates, one a head", [rate, rate, rate], spectrum.EscapeRates.ToArray(), 1e-10);
    }

    [Fact]
    public void The_largest_eigenvalue_is_found_where_a_negative_one_is_larger_in_size()
    {
        var task = Papers.DefaultTask(3);
        foreach (ulong seed in (ulong[])[1, 2, 3, 4])
        {
            foreach (double scale in (double[])[0.05, 0.3, 1])
            {
                var model = new SeparateAttention(3, 3, 1);
                var objective = new Objective(model, task.PopulationLoss());
                double[] weights = model.Initialize(scale, seed)[..model.Layout.InContextCount];
                double[] dense = Curvature.At(objective, weights).Eigenvalues;
                Expect.Relative(
                    $"largest eigenvalue, seed {seed}, entries {scale}, spectrum {dense[0]:G3} to {dense[^1]:G3}", dense[^1],
                    Curvature.LargestEigenvalue(objective, weights), 1e-4, Math.Max(dense[^1], -dense[0]));
            }
        }
    }

    [Theory]
    [InlineData(0.9, true)]
    [InlineData(1.1, false)]
    public void Gradient_descent_stays_below_the_largest_stable_rate_and_leaves_above(double share, bool stays)
    {
        RegressionTask task = Papers.DefaultTask(3);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(3, 3, 1);
        PopulationLoss loss = task.PopulationLoss();
        double[] weights = SeparateFixedPoints.Construct(model, moments, [0, 1, 2]);
        Span<double> inContext = weights.AsSpan(0, model.Layout.InContextCount);
        Curvature.Spectrum spectrum = Curvature.At(new Objective(model, loss), inContext);
        Expect.Relative("η_max = 2/μ_max", 2 / spectrum.Eigenvalues[^1], spectrum.LargestStableRate, 1e-15);

        var random = new RandomStream(4, RandomPurpose.Probe);
        foreach (ref double weight in inContext)
            weight += 1e-7 * random.NextNormal();
        double floor = Papers.Height(task, [0, 1, 2]);
        Trajectory training = Descent.Run(model, loss, weights, new GradientDescent(share * spectrum.LargestStableRate), 60);
        double[] excess = [.. training.Losses.Select(value => value - floor)];
        // Along the stiffest direction a step multiplies by 1 − 2·share: (0.8)^60 = 1.5e-6 or (1.2)^60 = 5.6e4, and the loss by its square.
        if (stays)
        {
            Assert.True(
                excess[^1] < 0.1 * excess[0] + 1e-15,
                $"at {share} η_max: expected the excess loss to fall from {excess[0]:E2}, actual {excess[^1]:E2}");
        }
        else
        {
            Assert.True(
                excess[^1] > 1e6 * excess[0],
                $"at {share} η_max: expected the excess loss to grow from {excess[0]:E2}, actual {excess[^1]:E2}");
        }
    }

    [Fact]
    public void Too_many_weights_for_a_dense_Hessian_are_refused()
    {
        var model = new MergedAttention(20, 10);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Curvature.At(
                new Objective(model, RegressionTask.Create(Spectrum.Linear(20), 5).PopulationLoss()),
                new double[model.Layout.InContextCount]));
        Assert.Contains("not 4010", error.Message, StringComparison.Ordinal);
    }
}
