namespace Staircase.Tests;

/// <summary>Exact moments of exponentially weighted normal numbers, and the loss they make, against drawn ones.</summary>
public class SoftmaxReductionTests
{
    private const double StandardErrors = 4;

    /// <summary>What the quadratures promise.</summary>
    private const double Quadrature = 2e-5;

    [Theory]
    [InlineData(5, 1.2, 1.2, 0, 0)]
    [InlineData(5, 1.2, -1.2, 0, 0)]
    [InlineData(12, 2.5, 0.4, 0, 0)]
    [InlineData(40, 3, -3, 0, 0)]
    [InlineData(8, 0.9, -0.9, 4, 0.3)]
    public void Moments_agree_with_drawn_numbers(int L, double a, double b, double qa, double qb)
    {
        const int count = 300_000;
        SoftmaxMoments exact = SoftmaxMoments.Of(L, a, b, qa, qb);
        var random = new RandomStream(7, RandomPurpose.Probe, L);
        double[] u = new double[L], sums = new double[3], squares = new double[3];
        for (int i = 0; i < count; i++)
        {
            random.FillNormal(u);
            double za = qa + u.Sum(x => Math.Exp(a * x)), zb = qb + u.Sum(x => Math.Exp(b * x));
            double first = u.Sum(x => x * Math.Exp(a * x)) / za, second = u.Sum(x => x * Math.Exp(b * x)) / zb;
            double[] values = [first, first * second, u.Sum(x => Math.Exp((a + b) * x)) / (za * zb)];
            for (int k = 0; k < 3; k++)
            {
                sums[k] += values[k];
                squares[k] += values[k] * values[k];
            }
        }

        double[] expected = [exact.Mean, exact.Product, exact.Concentration];
        for (int k = 0; k < 3; k++)
        {
            double mean = sums[k] / count, error = Math.Sqrt((squares[k] / count - mean * mean) / count);
            Expect.WithinErrors(new[] { "E S", "E S S", "E Σ p p" }[k], expected[k], mean, error, StandardErrors);
        }
    }

    /// <summary>Stein's identity, E S(a) = a (1 − E Σ p²): another integral for the same number.</summary>
    [Theory]
    [InlineData(3, 0.5)]
    [InlineData(40, 2)]
    [InlineData(40, 4)]
    [InlineData(200, 1)]
    public void The_mean_obeys_integration_by_parts(int L, double a)
    {
        SoftmaxMoments moments = SoftmaxMoments.Of(L, a, a);
        Expect.Relative("E S", a * (1 - moments.Concentration), moments.Mean, Quadrature);
    }

    /// <summary>Weights that are all alike: S is the mean of L normal numbers.</summary>
    [Fact]
    public void Without_attention_everything_is_an_average()
    {
        SoftmaxMoments moments = SoftmaxMoments.Of(9, 0, 0);
        Expect.Relative("E Σ p²", 1.0 / 9, moments.Concentration, Quadrature);
        Expect.Relative("E S²", 1.0 / 9, moments.Product, Quadrature);
        Expect.Relative("E S", 0, moments.Mean, Quadrature, scale: 1);
    }

    /// <summary>
    /// Monte Carlo values of an independent program: d 5, L 40, σ² .01, two heads, the target with its noise, to about half a percent.
    /// </summary>
    [Theory]
    [InlineData(0.1, 3, 0.2351, 0.2155)]
    [InlineData(0.2, 2, 0.1542, 0.1313)]
    [InlineData(0.4, 1, 0.1688, 0.1397)]
    [InlineData(0.8, 0.5, 0.2353, 0.3592)]
    public void The_losses_are_those_of_an_independent_program(double ω, double μ, double drawn, double reduced)
    {
        var reduction = new SoftmaxReduction(5, 40, 0.01);
        Expect.Relative("exact", drawn, reduction.Loss([ω, -ω], [μ, -μ]) + 0.01, 0.01);
        (double P, double Q) = reduction.Coefficients(ω, isPair: true);
        Expect.Relative("coefficients", reduction.Loss([ω, -ω], [μ, -μ]), 1 - 2 * μ * P + μ * μ * Q, 1e-7);
        (P, Q) = reduction.LongContextCoefficients(ω, isPair: true);
        Expect.Relative("long contexts", reduced, 1 - 2 * μ * P + μ * μ * Q + 0.01, 1e-3);
    }

    /// <summary>Softmax attention on drawn sequences, through its definition, the query attended to.</summary>
    [Fact]
    public void The_exact_loss_is_that_of_softmax_attention()
    {
        const int d = 3, L = 6, count = 200_000;
        double[] ω = [0.5, -0.3], μ = [1.1, -0.7];
        double exact = new SoftmaxReduction(d, L, 0.2, AttendsToQuery: true).Loss(ω, μ);
        Sample sample = (RegressionTask.Create(Spectrum.Of(1, 1, 1), L) with
        {
            LabelNoise = 0.2,
            TaskCovariance = new double[,] { { 1.0 / 3, 0, 0 }, { 0, 1.0 / 3, 0 }, { 0, 0, 1.0 / 3 } },
        }).Sample(count, 3);
        double sum = 0, squares = 0;
        double[] tokens = new double[(L + 1) * (d + 1)];
        for (int i = 0; i < count; i++)
        {
            double target = sample.Read(i, tokens);
            double[][] rows = [.. tokens.Chunk(d + 1)];
            double prediction = 0;
            for (int h = 0; h < ω.Length; h++)
            {
                double[] weights = [.. rows.Select(x => Math.Exp(ω[h] * x.Take(d).Zip(rows[L], (p, q) => p * q).Sum()))];
                prediction += μ[h] * rows.Zip(weights, (x, p) => x[d] * p).Sum() / weights.Sum();
            }

            double error = (prediction - target) * (prediction - target);
            (sum, squares) = (sum + error, squares + error * error);
        }

        double mean = sum / count;
        Expect.WithinErrors("loss", exact, mean, Math.Sqrt((squares / count - mean * mean) / count), StandardErrors);
    }
}
