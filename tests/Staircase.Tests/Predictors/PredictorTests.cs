namespace Staircase.Tests;

/// <summary>Algorithms in context against other derivations of the same answer.</summary>
public class PredictorTests
{
    /// <summary>The trapezoidal rule on a smooth density converges faster than any power; rounding is left.</summary>
    private const double Quadrature = 1e-9;

    private const double Rounding = 1e-10;

    /// <summary>D = 1: ŷ = Σ xy/(Σ x² + λ) x_q.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.7)]
    public void Ridge_in_one_dimension_is_a_quotient(double penalty)
    {
        double[] tokens = [1.5, 2, -0.5, 1, 2, 3.5, 0.8, 0];
        double expected = (1.5 * 2 - 0.5 * 1 + 2 * 3.5) / (1.5 * 1.5 + 0.25 + 4 + penalty) * 0.8;
        Expect.Relative("ridge", expected, new RidgePredictor(penalty).Predict(tokens, 1), Rounding);
    }

    /// <summary>ŵ solves the normal equations, and least squares without enough pairs has least norm.</summary>
    [Fact]
    public void Ridge_solves_its_normal_equations()
    {
        const int D = 3;
        double[] tokens = Sequence(D, 5, seed: 3);
        double[] w = new RidgePredictor(0.4).Estimate(tokens, D);
        for (int i = 0; i < D; i++)
        {
            double residual = 0.4 * w[i];
            foreach (double[] token in tokens.Chunk(D + 1).SkipLast(1))
                residual += token[i] * (Enumerable.Range(0, D).Sum(j => token[j] * w[j]) - token[D]);
            Expect.Relative($"normal equation {i}", 0, residual, Rounding, scale: 1);
        }

        double[] few = Sequence(D, 1, seed: 4), x = few[..D];
        double[] least = new RidgePredictor(0).Estimate(few, D);
        for (int i = 0; i < D; i++)
            Expect.Relative($"least norm {i}", x[i] * few[D] / x.Sum(e => e * e), least[i], Rounding, scale: 1);
    }

    /// <summary>
    /// D = 1: the posterior mean of β by quadrature over β, each token's label under either sign, against the sum over signs.
    /// </summary>
    [Theory]
    [InlineData(0.8, 0.3, 1, 6)]
    [InlineData(0.35, 0.05, 2, 9)]
    [InlineData(0.95, 1.5, 0.5, 3)]
    public void Bayes_for_the_pair_is_the_posterior_mean_by_quadrature(double π, double noise, double variance, int N)
    {
        double[] tokens = Sequence(1, N, seed: N);
        double mass = 0, mean = 0;
        for (double β = -12; β <= 12; β += 0.0005)
        {
            double density = Math.Exp(-β * β / (2 * variance));
            for (int n = 0; n < N; n++)
            {
                double x = tokens[2 * n], y = tokens[2 * n + 1];
                density *= π * Math.Exp(-Math.Pow(y - β * x, 2) / (2 * noise)) + (1 - π) * Math.Exp(-Math.Pow(y + β * x, 2) / (2 * noise));
            }

            (mass, mean) = (mass + density, mean + density * β);
        }

        double expected = (2 * π - 1) * mean / mass * tokens[2 * N];
        Expect.Relative("Bayes", expected, new PairBayes(π, noise, variance).Predict(tokens, 1), Quadrature, scale: 1);
    }

    /// <summary>Where it ends the logarithm of the posterior, written out here, has no slope.</summary>
    [Theory]
    [InlineData(0.8, 0.3)]
    [InlineData(0.5, 0.1)]
    public void Maximization_ends_where_the_posterior_is_flat(double π, double noise)
    {
        const int D = 2, N = 12;
        double[] tokens = Sequence(D, N, seed: 8);
        double[] β = new PairMaximization(π, noise, Iterations: 2000).Estimate(tokens, D);
        for (int i = 0; i < D; i++)
        {
            double[] up = [.. β], down = [.. β];
            up[i] += 1e-5;
            down[i] -= 1e-5;
            Expect.Relative($"slope {i}", 0, (LogPosterior(up) - LogPosterior(down)) / 2e-5, 1e-6, scale: 1);
        }

        double LogPosterior(double[] b)
        {
            double sum = -b.Sum(e => e * e) / 2;
            foreach (double[] token in tokens.Chunk(D + 1).SkipLast(1))
            {
                double z = token[0] * b[0] + token[1] * b[1];
                sum += Math.Log(π * Math.Exp(-Math.Pow(token[D] - z, 2) / (2 * noise))
                    + (1 - π) * Math.Exp(-Math.Pow(token[D] + z, 2) / (2 * noise)));
            }

            return sum;
        }
    }

    [Fact]
    public void A_context_too_long_for_all_signs_is_refused() =>
        Assert.Throws<ArgumentException>(() => new PairBayes(0.8, 0.1).Predict(Sequence(1, 21, seed: 1), 1));

    internal static double[] Sequence(int D, int N, int seed)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, (N + 1) * (D + 1)).Select(_ => 4 * random.NextDouble() - 2)];
    }
}
