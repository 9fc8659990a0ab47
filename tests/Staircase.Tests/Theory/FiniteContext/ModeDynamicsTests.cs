namespace Staircase.Tests;

/// <summary>The closed form: Mainali, Teixeira 2025, Eq. 9–14, written out anew, and the numbers of their figures.</summary>
public class ModeDynamicsTests
{
    private const double Rounding = 1e-12;

    [Fact]
    public void A_balanced_mode_is_the_papers_logistic()
    {
        const double τ = 7, s = 1.6, p = 0.02, a0 = p * p, full = 1 / s;
        var mode = new ModeGrowth(τ, s, p, p);
        for (double t = 0; t < 80; t += 5)
            Expect.Relative($"a({t})", full * a0 / (a0 + (full - a0) * Math.Exp(-2 * t / τ)), mode.Strength(t), Rounding);
        Expect.Relative("half time", τ / 2 * Math.Log((full - a0) / a0), mode.HalfTime, Rounding);
    }

    /// <summary>τ ṗ = q(1 − s pq), τ q̇ = p(1 − s pq), integrated here step by step from every kind of start.</summary>
    [Theory]
    [InlineData(0.3, 0.01)]
    [InlineData(0.01, 0.9)]
    [InlineData(-0.2, -0.05)]
    [InlineData(0.3, -0.1)]
    [InlineData(0.1, -0.4)]
    [InlineData(2, 1.5)]
    [InlineData(0.4, -0.4)]
    [InlineData(0, 0.2)]
    [InlineData(0, 0)]
    public void Any_start_follows_the_mode_equations(double p, double q)
    {
        const double integration = 1e-10; // fourth-order steps of τ/1000
        const double τ = 3, s = 0.8, h = 0.003;
        var mode = new ModeGrowth(τ, s, p, q);
        double imbalance = p * p - q * q;
        for (int i = 1; i <= 5000; i++)
        {
            (double k1p, double k1q) = Rate(p, q);
            (double k2p, double k2q) = Rate(p + h / 2 * k1p, q + h / 2 * k1q);
            (double k3p, double k3q) = Rate(p + h / 2 * k2p, q + h / 2 * k2q);
            (double k4p, double k4q) = Rate(p + h * k3p, q + h * k3q);
            p += h / 6 * (k1p + 2 * k2p + 2 * k3p + k4p);
            q += h / 6 * (k1q + 2 * k2q + 2 * k3q + k4q);
            if (i % 500 != 0)
                continue;
            (double value, double keyQuery) = mode.Weights(i * h);
            Expect.Relative($"p({i * h})", p, value, integration, 0.1);
            Expect.Relative($"q({i * h})", q, keyQuery, integration, 0.1);
            Expect.Relative("c", imbalance, value * value - keyQuery * keyQuery, integration, 0.1);
            double a = p * q, slope = (mode.Strength(i * h + 1e-4) - mode.Strength(i * h - 1e-4)) / 2e-4;
            if (p + q != 0)
            {
                // central differences
                Expect.Relative("τ ȧ = √(c² + 4a²)(1 − a s)", Math.Sqrt(imbalance * imbalance + 4 * a * a) * (1 - a * s) / τ,
                slope, 1e-6, 0.1);
            }
        }

        static (double, double) Rate(double p, double q) => (q * (1 - s * p * q) / τ, p * (1 - s * p * q) / τ);
    }

    [Fact]
    public void Times_and_strengths_are_inverse_also_when_unbalanced()
    {
        var mode = new ModeGrowth(3, 0.8, 0.3, 0.01);
        foreach (double time in (double[])[0, 1, 4, 9])
            Expect.Relative($"time at the strength of {time}", time, mode.TimeAt(mode.Strength(time)), 1e-9, 1); // the strength saturates
        Expect.Relative("half time", mode.FullStrength / 2, mode.Strength(mode.HalfTime), Rounding);
        Assert.True(
            mode.HalfTime < new ModeGrowth(3, 0.8, Math.Sqrt(0.003), Math.Sqrt(0.003)).HalfTime,
            "an imbalance speeds up a start of equal strength");
    }

    [Fact]
    public void Published_figures_are_reached()
    {
        var modes = new ModeDynamics(VectorCases.Published, VectorCases.PublishedStart, VectorCases.PublishedRate);
        double[] full = [0.5765, 0.6978, 0.8838, 0.9699], half = [74.9, 112.9, 187.7, 229.5];
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(full[i], modes.Modes[i].FullStrength, 4);
            Assert.Equal(half[i], modes.Modes[i].HalfTime, 1);
        }

        Assert.Equal(2.5993, modes.Loss(0), 4);
        Assert.Equal(0.06337, modes.FinalLoss, 5);
        Expect.Relative("Eq. 14 at the end", modes.FinalLoss, modes.Loss(5000), Rounding);

        // dL/dt(0) ≈ −2 Σ ηP s⁴ a⁰, to first order in a⁰.
        double slope = (modes.Loss(1e-3) - modes.Loss(0)) / 1e-3;
        Expect.Relative("dL/dt(0)", -2 * 0.02 * (Math.Pow(1.7, 4) + Math.Pow(1.4, 4) + Math.Pow(1.1, 4) + 1) * 1e-4, slope, 1e-3);
    }

    [Fact]
    public void Tasks_without_modes_are_refused()
    {
        var task = new VectorRegressionTask(Spectrum.Linear(3), 10, TaskSet.Gaussian(3, 4, 1));
        string message = Assert.Throws<ArgumentException>(() => new ModeDynamics(task, VectorWeights.Aligned(3, 0.1), 1)).Message;
        Assert.StartsWith("The closed form needs tasks that are diagonal in the eigenbasis", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => FiniteContextFlow.Solve(task, VectorWeights.Aligned(3, 0.1), 1, [1]));
        Assert.Throws<ArgumentException>(() => FiniteContextFixedPoint.Stable(task));
        Assert.Throws<ArgumentException>(() => EscapeThreshold.Of(task));

        VectorRegressionTask diagonal = VectorCases.Diagonal([2, 1, 0.5], 10);
        Assert.Contains(
            "aligned initial weights",
            Assert.Throws<ArgumentException>(() => new ModeDynamics(diagonal, VectorWeights.Random(3, 0.1, 1), 1)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "must be positive",
            Assert.Throws<ArgumentException>(() => new ModeDynamics(diagonal, VectorWeights.Aligned(3, 0.1), 0)).Message,
            StringComparison.Ordinal);
    }
}
