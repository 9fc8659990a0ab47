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

    /// <summary>
    /// A choice of components makes the labels and the answer jointly normal: its density and the answer's mean by Gaussian elimination in
    /// the N labels, for each of the K^N choices.
    /// </summary>
    [Theory]
    [InlineData("0.5,0.3,0.2", 0.1, 1, 2, 5)]
    [InlineData("0.25,0.25,0.25,0.25", 0.6, 2, 3, 4)]
    [InlineData("0.7,0.3", 0.02, 0.5, 1, 7)]
    [InlineData("0.6,0,0.4", 0.3, 1, 2, 4)]
    [InlineData("1", 0.3, 1, 2, 4)]
    public void Bayes_for_a_mixture_is_the_mean_over_all_choices(string weights, double noise, double variance, int D, int N)
    {
        var mixture = TaskMixture.Parse(weights);
        double[] π = [.. mixture.Weights], tokens = Sequence(D, N, seed: D + 10 * N);
        double[][] x = [.. tokens.Chunk(D + 1).Select(token => token[..D])];
        double[] y = [.. tokens.Chunk(D + 1).SkipLast(1).Select(token => token[D])];
        double mass = 0, sum = 0;
        for (int code = 0; code < (int)Math.Pow(π.Length, N); code++)
        {
            int[] z = [.. Enumerable.Range(0, N).Select(n => code / (int)Math.Pow(π.Length, n) % π.Length)];
            double[,] covariance = new double[N, N];
            for (int n = 0; n < N; n++)
            {
                for (int m = 0; m < N; m++)
                    covariance[n, m] = (n == m ? noise : 0) + (z[n] == z[m] ? variance * Inner(x[n], x[m]) : 0);
            }

            double[] solved = Eliminated(covariance, y, out double determinant);
            double density = z.Aggregate(1.0, (p, k) => p * π[k]) / Math.Sqrt(determinant) * Math.Exp(-Inner(y, solved) / 2);
            mass += density;
            sum += density * Enumerable.Range(0, N).Sum(n => π[z[n]] * variance * Inner(x[n], x[N]) * solved[n]);
        }

        Expect.Relative("Bayes", sum / mass, new MixtureBayes(mixture, noise, variance).Predict(tokens, D), Rounding, scale: 1);

        static double Inner(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();
    }

    [Fact]
    public void Bayes_for_a_mixture_knows_the_pair_and_a_single_task()
    {
        double[] tokens = Sequence(2, 6, seed: 5);
        Assert.Equal(new PairBayes(0.7, 0.2).Predict(tokens, 2), new MixtureBayes(TaskMixture.Antipodal(0.7), 0.2).Predict(tokens, 2));
        Expect.Relative(
            "ridge", new RidgePredictor(0.2 / 3).Predict(tokens, 2), new MixtureBayes(TaskMixture.Uniform(1), 0.2, 3).Predict(tokens, 2),
            Rounding);
    }

    /// <summary>Where it ends the logarithm of the posterior, written out here, has no slope, and no start ends higher.</summary>
    [Theory]
    [InlineData("0.5,0.3,0.2", 0.3)]
    [InlineData("0.25,0.25,0.25,0.25", 0.1)]
    public void Maximization_for_a_mixture_ends_where_the_posterior_is_flat(string weights, double noise)
    {
        const int D = 2, N = 15;
        double[] tokens = Sequence(D, N, seed: 9);
        var mixture = TaskMixture.Parse(weights);
        double[][] best = new MixtureMaximization(mixture, noise, Iterations: 2000, Starts: 4).Estimate(tokens, D);
        foreach (double[] β in best)
        {
            for (int i = 0; i < D; i++)
            {
                double at = β[i];
                β[i] = at + 1e-5;
                double up = LogPosterior(best);
                β[i] = at - 1e-5;
                double down = LogPosterior(best);
                β[i] = at;
                Expect.Relative($"slope {i}", 0, (up - down) / 2e-5, 1e-6, scale: 1);
            }
        }

        double one = LogPosterior(new MixtureMaximization(mixture, noise, Iterations: 2000, Starts: 1).Estimate(tokens, D));
        Assert.InRange(one, double.NegativeInfinity, LogPosterior(best) + 1e-9);

        double LogPosterior(double[][] components)
        {
            double sum = -components.Sum(β => β.Sum(e => e * e)) / 2;
            foreach (double[] token in tokens.Chunk(D + 1).SkipLast(1))
            {
                sum += Math.Log(components.Zip(mixture.Weights, (β, π) =>
                    π * Math.Exp(-Math.Pow(token[D] - token[0] * β[0] - token[1] * β[1], 2) / (2 * noise))).Sum());
            }

            return sum;
        }
    }

    [Fact]
    public void A_context_too_long_for_all_choices_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new PairBayes(0.8, 0.1).Predict(Sequence(1, 21, seed: 1), 1));
        Assert.Throws<ArgumentException>(() => new MixtureBayes(TaskMixture.Uniform(3), 0.1).Predict(Sequence(1, 15, seed: 1), 1));
    }

    /// <summary>A⁻¹b and det A of a symmetric positive matrix, by elimination.</summary>
    private static double[] Eliminated(double[,] a, double[] b, out double determinant)
    {
        int N = b.Length;
        double[] x = [.. b];
        determinant = 1;
        for (int i = 0; i < N; i++)
        {
            determinant *= a[i, i];
            for (int row = i + 1; row < N; row++)
            {
                double factor = a[row, i] / a[i, i];
                for (int column = i; column < N; column++)
                    a[row, column] -= factor * a[i, column];
                x[row] -= factor * x[i];
            }
        }

        for (int i = N - 1; i >= 0; i--)
        {
            for (int column = i + 1; column < N; column++)
                x[i] -= a[i, column] * x[column];
            x[i] /= a[i, i];
        }

        return x;
    }

    internal static double[] Sequence(int D, int N, int seed)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, (N + 1) * (D + 1)).Select(_ => 4 * random.NextDouble() - 2)];
    }
}
