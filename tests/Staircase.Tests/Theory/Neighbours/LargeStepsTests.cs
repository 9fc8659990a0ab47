namespace Staircase.Tests;

/// <summary>
/// The map of large steps against gradient descent on the losses it stands for, and its thresholds against its own orbits.
/// </summary>
public class LargeStepsTests
{
    private const double Rounding = 1e-12;

    /// <summary>
    /// Isotropic inputs: the exact loss of vector-valued tasks. Twelve steps: chaos makes rounding ten times larger every four.
    /// </summary>
    [Theory]
    [InlineData(0.4)]
    [InlineData(1.1)]
    [InlineData(1.7)]
    public void Descent_on_the_exact_loss_of_an_isotropic_task_is_the_map_of_two_factors(double rate)
    {
        const int D = 3, N = 7;
        const double s = 0.8;
        var loss = new VectorLoss(new VectorRegressionTask(Spectrum.Of(s, s, s), N, TaskSet.Signs(D)));
        double full = N / ((N + 1) * s + D * s), x = 0.3;
        double[] weights = new double[2 * D * D], gradient = new double[2 * D * D];
        for (int i = 0; i < D; i++)
            weights[i * (D + 1)] = weights[D * D + i * (D + 1)] = x * Math.Sqrt(full);
        for (int step = 0; step < 12; step++)
        {
            loss.Evaluate(weights, gradient);
            for (int i = 0; i < weights.Length; i++)
                weights[i] -= rate / (s * s) * gradient[i];
            x = LargeSteps.Step(x, rate);
            Expect.Relative($"step {step}", x * Math.Sqrt(full), weights[0], 1e-9);
        }
    }

    /// <summary>A balanced head of separate attention.</summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(0.75)]
    public void Descent_on_a_head_is_the_map_of_three_factors(double rate)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.White(1), 5);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(1, 1, 1);
        double size = Math.Cbrt(moments.FullStrength(0)), η = rate / (2 * moments.Drive[0] * size), x = 0.5;
        double[] weights = new double[model.Layout.Count];
        SeparateHead head = model.Head(weights, 0);
        (head.Value, head.Key[0, 0], head.Query[0, 0]) = (x * size, x * size, x * size);
        var descent = new Descent<double>(new Objective(model, task.PopulationLoss()), new GradientDescent(η), weights);
        for (int step = 0; step < 20; step++)
        {
            descent.Advance();
            x = LargeSteps.Step(x, rate, factors: 3);
            Expect.Relative($"step {step}", x * size, descent.State.Weights[0], 1e-9);
        }
    }

    [Theory]
    [InlineData(1.01)]
    [InlineData(1.1)]
    [InlineData(1.9)]
    public void The_two_cycle_is_one_and_has_its_slope(double rate)
    {
        (double low, double high) = LargeSteps.TwoCycle(rate);
        Expect.Relative("low → high", high, LargeSteps.Step(low, rate), Rounding);
        Expect.Relative("high → low", low, LargeSteps.Step(high, rate), Rounding);
        const double ε = 1e-6;
        double slope =
            (LargeSteps.Step(LargeSteps.Step(low + ε, rate), rate) - LargeSteps.Step(LargeSteps.Step(low - ε, rate), rate)) / (2 * ε);
        Expect.Relative("slope of two steps", slope, LargeSteps.TwoCycleSlope(rate), 1e-6, scale: 1);
    }

    [Fact]
    public void Thresholds_are_where_orbits_change()
    {
        Assert.Equal(1, LargeSteps.Period(LargeSteps.Orbit(0.98, 0.2, 20_000, 100)));
        Assert.Equal(2, LargeSteps.Period(LargeSteps.Orbit(1.02, 0.2, 20_000, 100)));
        Expect.Relative("slope at the end of the 2-cycle", -1, LargeSteps.TwoCycleSlope(LargeSteps.EndOfTwoCycle), Rounding);

        // The largest value of x(1 + μ − μx²) on x > 0 is ⅔(1 + μ)√((1 + μ)/3μ): at the flip it maps to 0, at μ = 2 to the cycle ±√((2 +
        // μ)/μ).
        double Top(double rate) => 2.0 / 3 * (1 + rate) * Math.Sqrt((1 + rate) / (3 * rate));
        Expect.Relative("flip", 0, LargeSteps.Step(Top(LargeSteps.SignFlip), LargeSteps.SignFlip), Rounding, scale: 1);
        Expect.Relative("divergence", Math.Sqrt(2), Top(LargeSteps.Divergence), Rounding);
        Expect.Relative("edge of what stays", -Math.Sqrt(2), LargeSteps.Step(Math.Sqrt(2), 2), Rounding);
    }

    [Theory]
    [InlineData(0.5, 0.3)]
    [InlineData(1.4, 1.1)]
    [InlineData(1.95, 4)]
    public void The_ellipse_is_never_left(double rate, double angle)
    {
        (double s, double d) = LargeSteps.ChebyshevEllipse(rate);
        double sum = s * Math.Cos(angle), difference = d * Math.Sin(angle);
        (double a, double b) = LargeSteps.Step(((sum + difference) / 2, (sum - difference) / 2), rate);
        Expect.Relative("on the ellipse", 1, Math.Pow((a + b) / s, 2) + Math.Pow((a - b) / d, 2), Rounding);
        Expect.Relative("cosine of π − 3φ", Math.Cos(Math.PI - 3 * angle), (a + b) / s, Rounding, scale: 1);
    }

    /// <summary>Steps shrink an imbalance, which the flow keeps: c ← c (1 − μ²(1 − ab)²).</summary>
    [Fact]
    public void A_step_shrinks_the_imbalance()
    {
        (double a, double b) = (1.3, 0.4);
        (double a1, double b1) = LargeSteps.Step((a, b), 0.9);
        double factor = 1 - Math.Pow(0.9 * (1 - a * b), 2);
        Expect.Relative("a² − b²", (a * a - b * b) * factor, a1 * a1 - b1 * b1, Rounding);
    }

    /// <summary>n heads that share a component: μ_max = 6 b m^{1/3} n^{−1/3}.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Heads_that_share_a_component_make_the_loss_flatter(int heads)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.White(1), 5);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(1, heads, 1);
        double[] weights = new double[model.Layout.Count];
        double m = moments.FullStrength(0), x = Math.Cbrt(m / heads);
        for (int h = 0; h < heads; h++)
        {
            SeparateHead head = model.Head(weights, h);
            (head.Value, head.Key[0, 0], head.Query[0, 0]) = (x, x, x);
        }

        var objective = new Objective(model, task.PopulationLoss());
        double top = Curvature.At(objective, weights.AsSpan(0, model.Layout.InContextCount)).Eigenvalues[^1];
        Expect.Relative("μ_max", 6 * moments.Drive[0] * Math.Cbrt(m) / Math.Cbrt(heads), top, 1e-8);
    }
}
