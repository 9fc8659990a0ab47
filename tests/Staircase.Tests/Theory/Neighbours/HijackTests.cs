namespace Staircase.Tests;

/// <summary>Attacks in closed form against searches, and the adversary's loss against its definition.</summary>
public class HijackTests
{
    private const double Rounding = 1e-9;

    private const int D = 3, N = 5;

    private static readonly double[] Tokens = PredictorTests.Sequence(D, N, seed: 12);
    private static readonly double[] M = PredictorTests.Sequence(D, 2, seed: 13)[..(D * D)];

    [Fact]
    public void Sensitivities_are_the_derivatives_of_the_prediction_by_the_labels()
    {
        double[] a = Hijack.Sensitivities(Tokens, M, D);
        for (int i = 0; i < N; i++)
        {
            double[] up = [.. Tokens];
            up[i * (D + 1) + D] += 1;
            Expect.Relative($"a{i}", Predict(up) - Predict(Tokens), a[i], Rounding, scale: 1);
        }
    }

    /// <summary>No point of a fine grid on the hyperbola is nearer, for changes of both signs.</summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(-0.3)]
    [InlineData(25)]
    [InlineData(-25)]
    public void The_joint_attack_is_the_cheapest(double change)
    {
        double[] u = Hijack.Direction(Tokens, M, D), x = Tokens[..D];
        double y = Tokens[D], length = Math.Sqrt(u.Sum(e => e * e)), s = x.Zip(u, (a, b) => a * b).Sum() / length;
        (double[] Δx, double Δy) = Hijack.JointAttack(x, y, u, N, change);
        double[] attacked = [.. Tokens];
        for (int d = 0; d < D; d++)
            attacked[d] += Δx[d];
        attacked[D] += Δy;
        Expect.Relative("what it does", change, Predict(attacked) - Predict(Tokens), Rounding);
        double cost = Δx.Sum(e => e * e) + Δy * Δy, c = y * s + change * N / length;
        for (double Y = -40; Y <= 40; Y += 0.001)
        {
            if (Math.Abs(Y) > 1e-4)
                Assert.True(Math.Pow(Y - y, 2) + Math.Pow(c / Y - s, 2) > cost - 1e-9, $"Y = {Y} costs less than {cost}");
        }
    }

    [Fact]
    public void The_inner_maximum_is_no_less_than_any_attack_and_is_reached()
    {
        const double budget = 0.8;
        double[] a = Hijack.Sensitivities(Tokens, M, D);
        double error = Predict(Tokens) - 0.7, worst = Worst(error, a, budget);
        var random = new System.Random(5);
        for (int trial = 0; trial < 2000; trial++)
        {
            double[] Δ = [.. a.Select(_ => random.NextDouble() - 0.5)];
            double size = Math.Sqrt(Δ.Sum(e => e * e));
            Assert.True(Math.Pow(error + a.Zip(Δ, (p, q) => p * q * budget / size).Sum(), 2) <= worst + Rounding);
        }

        double norm = Math.Sqrt(a.Sum(e => e * e));
        Expect.Relative("reached", worst, Math.Pow(error + Math.Sign(error) * budget * a.Sum(e => e * e / norm), 2), Rounding);
    }

    [Fact]
    public void The_adversarial_loss_is_the_mean_of_the_maxima_with_its_gradient()
    {
        const int count = 40, moved = 3;
        const double budget = 0.6;
        Sample sample = RegressionTask.Create(Spectrum.Linear(D), N).Sample(count, 3);
        var loss = new AdversarialLoss(sample, count, moved, budget);
        double[] tokens = new double[(N + 1) * (D + 1)], gradient = new double[D * D];
        double expected = 0;
        for (int i = 0; i < count; i++)
        {
            double target = sample.Read(i, tokens);
            double[] a = Hijack.Sensitivities(tokens, M, D);
            double prediction = a.Select((ai, n) => ai * tokens[n * (D + 1) + D]).Sum();
            expected += Worst(prediction - target, a.AsSpan(0, moved), budget) / count;
        }

        Expect.Relative("loss", expected, loss.Evaluate(M, gradient), Rounding);
        for (int i = 0; i < D * D; i++)
        {
            double[] up = [.. M], down = [.. M];
            up[i] += 1e-6;
            down[i] -= 1e-6;
            double slope = (loss.Evaluate(up, new double[D * D]) - loss.Evaluate(down, new double[D * D])) / 2e-6;
            Expect.Relative($"gradient {i}", slope, gradient[i], 1e-5, scale: 1);
        }
    }

    /// <summary>(|e| + ε‖a‖)², the inner maximum.</summary>
    private static double Worst(double error, ReadOnlySpan<double> a, double budget) =>
        Math.Pow(Math.Abs(error) + budget * Math.Sqrt(a.ToArray().Sum(x => x * x)), 2);

    private static double Predict(double[] tokens)
    {
        double sum = 0;
        for (int i = 0; i < N; i++)
        {
            for (int p = 0; p < D; p++)
            {
                for (int q = 0; q < D; q++)
                    sum += tokens[i * (D + 1) + D] * tokens[i * (D + 1) + p] * M[p * D + q] * tokens[N * (D + 1) + q] / N;
            }
        }

        return sum;
    }
}
