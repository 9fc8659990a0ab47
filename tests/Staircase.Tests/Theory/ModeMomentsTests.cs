namespace Staircase.Tests;

public class ModeMomentsTests
{
    private const double Rounding = 1e-13;

    public static TheoryData<OutputScale, bool, double, bool> Cases
    {
        get
        {
            var cases = new TheoryData<OutputScale, bool, double, bool>();
            foreach (OutputScale scale in Enum.GetValues<OutputScale>())
            {
                foreach (bool vary in (bool[])[false, true])
                {
                    cases.Add(scale, vary, 0, false);
                    cases.Add(scale, vary, 0.3, true);
                }
            }

            return cases;
        }
    }

    /// <summary>Z Eq. 14–15: b = λ², α = λ³(1 + (1 + tr Λ/λ)/N).</summary>
    [Fact]
    public void A_plain_task_has_the_published_moments()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Of(1.5, 0.8, 0.1), 9);
        ModeMoments moments = ModeMoments.Of(task);
        Expect.Relative("L₀ = tr Λ", 2.4, moments.ZeroLoss, Rounding);
        for (int d = 0; d < 3; d++)
        {
            double λ = task.InputEigenvalues[d];
            Expect.Relative($"b_{d}", λ * λ, moments.Drive[d], Rounding);
            Expect.Relative($"α_{d}", λ * λ * λ * (1 + (1 + 2.4 / λ) / 9), moments.Saturation(d), Rounding);
            Expect.Relative($"full strength {d}", Papers.FullStrength(task, d), moments.FullStrength(d), Rounding);
            Expect.Relative($"gain {d}", 2.4 - Papers.Height(task, [d]), moments.Gain(d), Rounding);
        }
    }

    /// <summary>One context length n after the other: drive s n λ²ω, A = s²n²λ²ω + s²n(λ²ω + (tr ΩΛ + σ²)λ).</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Noise_task_covariance_scales_and_lengths_enter_as_derived(OutputScale scale, bool vary, double noise, bool coloured)
    {
        double[] λ = [1.5, 0.8, 0.1], ω = coloured ? [0.2, 1, 3] : [1, 1, 1];
        const int N = 7;
        RegressionTask task = RegressionTask.Create(Spectrum.Of(λ), N) with
        {
            LabelNoise = noise,
            VaryContext = vary,
            OutputScale = scale,
            TaskCovariance = coloured ? new double[,] { { 0.2, 0, 0 }, { 0, 1, 0 }, { 0, 0, 3 } } : null,
        };
        ModeMoments moments = ModeMoments.Of(task);
        int[] lengths = vary ? [1, 2, 3, 4, 5, 6, 7] : [N];
        double labels = λ.Zip(ω, (x, y) => x * y).Sum();
        Expect.Relative("L₀ = tr ΩΛ", labels, moments.ZeroLoss, Rounding);
        for (int d = 0; d < 3; d++)
        {
            double drive = 0, saturation = 0;
            foreach (int n in lengths)
            {
                double s = scale switch { OutputScale.Context => 1.0 / n, OutputScale.Tokens => 1.0 / (n + 1), _ => 1 };
                double ΛΩΛ = λ[d] * ω[d] * λ[d];
                drive += s * n * ΛΩΛ / lengths.Length;
                saturation += λ[d] * (s * s * n * n * ΛΩΛ + s * s * n * (ΛΩΛ + (labels + noise) * λ[d])) / lengths.Length;
            }

            Expect.Relative($"b_{d}", drive, moments.Drive[d], Rounding);
            Expect.Relative($"α_{d}", saturation, moments.Saturation(d), Rounding);
        }

        // L = L₀ − Σ (2bm − αm²) is the population loss itself.
        double[] m = [0.7, -0.3, 1.1], map = [m[0], 0, 0, 0, m[1], 0, 0, 0, m[2]];
        double expected = task.PopulationLoss().Evaluate(map, new double[9]);
        double actual = moments.ZeroLoss - Enumerable.Range(0, 3).Sum(
            d => 2 * moments.Drive[d] * m[d] - moments.Saturation(d) * m[d] * m[d]);
        Expect.Relative("loss of a diagonal map", expected, actual, 1e-12);
    }

    [Fact]
    public void Modes_are_learned_by_descending_drive_not_by_eigenvalue()
    {
        double[,] Ω = { { 0.1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 5 } };
        RegressionTask task = RegressionTask.Create(Spectrum.Of(1, 0.9, 0.5), 20) with { TaskCovariance = Ω };
        ModeMoments moments = ModeMoments.Of(task); // b = 0.1, 0.81, 1.25
        Assert.Equal([2, 1, 0], moments.Order);
        double[] full = [.. Enumerable.Range(0, 3).Select(moments.FullStrength)];
        Assert.Equal([2, 0], moments.Learned([0.51 * full[0], 0.49 * full[1], 0.9 * full[2]]));
    }

    [Fact]
    public void Moments_of_a_sample_converge_to_those_of_the_task()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Of(1, 0.6, 0.3), 10) with { LabelNoise = 0.1 };
        double coarse = Mean(2_000), fine = Mean(32_000);
        // Sixteen times the data, a quarter of the error, as 1/√P: means over five samples scatter by some 20 %.
        Assert.True(
            fine / coarse is > 0.12 and < 0.5,
            $"error at 16 times the sequences: expected about {coarse / 4:E2}, actual {fine:E2}, ratio {fine / coarse:F2}");
        Expect.Below("mean relative error of b, α and L₀ at P = 32,000", 0.05, fine);

        double Mean(int count)
        {
            ModeMoments exact = ModeMoments.Of(task);
            double sum = 0;
            for (ulong seed = 1; seed <= 5; seed++)
            {
                ModeMoments sample = ModeMoments.Of(QuadraticLoss.From(task.Sample(count, seed)), null);
                sum += Math.Abs(sample.ZeroLoss / exact.ZeroLoss - 1);
                for (int d = 0; d < 3; d++)
                    sum += Math.Abs(sample.Drive[d] / exact.Drive[d] - 1) + Math.Abs(sample.Saturation(d) / exact.Saturation(d) - 1);
            }

            return sum / 35;
        }
    }

    [Fact]
    public void Directions_of_a_sample_keep_the_order_and_signs_of_the_eigenvectors()
    {
        const double turned = 0.05; // O(1/√P)
        RegressionTask task = RegressionTask.Create(Spectrum.Of(1, 0.6, 0.3), 20).InRandomBasis(8);
        ModeMoments moments = ModeMoments.Of(QuadraticLoss.From(task.Sample(20_000, 1)), task.Basis);
        for (int d = 0; d < 3; d++)
        {
            double overlap = 0, norm = 0;
            for (int i = 0; i < 3; i++)
            {
                overlap += moments.Basis![i, d] * task.Basis![i, d];
                norm += moments.Basis[i, d] * moments.Basis[i, d];
            }

            Expect.Relative($"norm of direction {d}", 1, norm, 1e-12);
            Expect.Relative($"overlap of direction {d}", 1, overlap, turned);
        }
    }

    /// <summary>What the moments call a plateau is where the sample's loss is lowest over the strengths of the learned modes.</summary>
    [Fact]
    public void Plateau_heights_of_a_sample_minimize_its_loss_over_the_learned_strengths()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Of(1, 0.6, 0.3), 10);
        QuadraticLoss loss = QuadraticLoss.From(task.Sample(500, 3));
        ModeMoments moments = ModeMoments.Of(loss, null);
        double height = moments.PlateauHeight([0, 1]);
        double best = double.PositiveInfinity;
        // Coordinate descent with exact line minima of a parabola through three evaluations: an optimizer that knows no moments.
        double[] m = [0, 0];
        for (int sweep = 0; sweep < 60; sweep++)
        {
            for (int k = 0; k < 2; k++)
            {
                double at = m[k], middle = Loss(), left, right;
                m[k] = at - 1;
                left = Loss();
                m[k] = at + 1;
                right = Loss();
                m[k] = at + (left - right) / (2 * (left + right - 2 * middle));
            }

            best = Loss();
        }

        Expect.Relative("height of plateau {0, 1}", best, height, 1e-9);

        double Loss()
        {
            double[] map = new double[9];
            for (int d = 0; d < 2; d++)
            {
                for (int i = 0; i < 9; i++)
                    map[i] += m[d] * moments.Basis![i / 3, d] * moments.Basis[i % 3, d];
            }

            return loss.Evaluate(map, new double[9]);
        }
    }

    [Fact]
    public void A_task_covariance_that_does_not_commute_is_refused()
    {
        RegressionTask task = Papers.DefaultTask(2) with { TaskCovariance = new[,] { { 1, 0.1 }, { 0.1, 1 } } };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => ModeMoments.Of(task));
        Assert.Contains("commutes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mixture_is_refused()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => ModeMoments.Of(Papers.DefaultTask(2) with { InContextFraction = 0.5 }));
        Assert.Contains("in-context", error.Message, StringComparison.Ordinal);
    }
}
