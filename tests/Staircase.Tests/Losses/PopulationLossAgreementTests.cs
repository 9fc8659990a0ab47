using static Staircase.Tests.PopulationCases;

namespace Staircase.Tests;

/// <summary>The closed form of the expected loss against exact quadrature and against sampled sequences.</summary>
public class PopulationLossAgreementTests
{
    /// <summary>Quadrature is exact; up to 10⁸ terms, all positive, leave rounding only.</summary>
    private const double QuadratureRounding = 1e-11;

    /// <summary>A map's loss may lie this many standard errors off: 1 in 16,000 by chance, and the seeds are fixed.</summary>
    private const double StandardErrors = 4;

    /// <summary>Where a standard error is larger than this part of the loss, a missing term could hide in it.</summary>
    private const double LargestStandardError = 0.01;

    [Theory]
    [InlineData(1, 4, 0.3, "Identity", OutputScale.Context, false, false)]
    [InlineData(1, 3, 0.2, "Diagonal", OutputScale.Tokens, true, false)]
    [InlineData(2, 2, 0.3, "Correlated", OutputScale.Context, false, true)]
    [InlineData(2, 3, 0, "Diagonal", OutputScale.Tokens, true, false)]
    [InlineData(2, 2, 0.5, "Correlated", OutputScale.None, true, true)]
    [InlineData(3, 1, 0.2, "Correlated", OutputScale.Tokens, false, true)]
    [InlineData(3, 1, 0.2, "Identity", OutputScale.None, false, false)]
    [InlineData(3, 2, 0, "Correlated", OutputScale.Context, true, false)]
    public void Every_block_agrees_with_exact_quadrature(
        int D, int N, double noise, string tasks, OutputScale scale, bool varyContext, bool basis)
    {
        RegressionTask task = Task(D, N, noise, Enum.Parse<Tasks>(tasks), scale, varyContext, basis);
        (string Name, double[] Map)[] maps = Maps(D, scale == OutputScale.None ? 0.7 : 1.4, seed: D + N);
        PopulationLoss loss = task.PopulationLoss();

        double[] expected = GaussianQuadrature.Losses(task, [.. maps.Select(m => m.Map)]);

        for (int m = 0; m < maps.Length; m++)
        {
            Expect.Relative(
                $"loss of a map of {maps[m].Name}", expected[m], loss.Evaluate(maps[m].Map, new double[maps[m].Map.Length]),
                QuadratureRounding);
        }
    }

    [Theory]
    [InlineData(4, 6, 0.3, "Correlated", OutputScale.Context, false, true, 0.8)]
    [InlineData(5, 4, 0, "Diagonal", OutputScale.Tokens, true, true, 0.8)]
    [InlineData(4, 5, 0.1, "Correlated", OutputScale.None, true, false, 0.18)]
    public void Every_block_agrees_with_sampled_sequences(
        int D, int N, double noise, string tasks, OutputScale scale, bool varyContext, bool basis, double size)
    {
        const int count = 200_000;
        RegressionTask task = Task(D, N, noise, Enum.Parse<Tasks>(tasks), scale, varyContext, basis);
        (string Name, double[] Map)[] maps = Maps(D, size, seed: D * N);
        PopulationLoss loss = task.PopulationLoss();
        var sums = new double[maps.Length];
        var squares = new double[maps.Length];
        (double[,] inputFactor, double[,] taskFactor) = Factors(task);
        var random = new System.Random(D + 7);
        double[] g = new double[D], w = new double[D], x = new double[D], query = new double[D];
        double[] sum = new double[(D + 1) * (D + 1)], G = new double[sum.Length];
        int shortest = varyContext ? 1 : N;
        for (int i = 0; i < count; i++)
        {
            Draw(taskFactor, w);
            Draw(inputFactor, query);
            double target = GaussianQuadrature.Dot(w, query);
            Array.Clear(sum);
            var mean = new double[maps.Length]; // over the prefixes, which are not independent
            for (int n = 1; n <= N; n++)
            {
                Draw(inputFactor, x);
                GaussianQuadrature.AddToken(sum, x, GaussianQuadrature.Dot(w, x) + Math.Sqrt(noise) * Normal());
                if (n < shortest)
                    continue;
                sum.CopyTo(G, 0);
                GaussianQuadrature.AddToken(G, query, 0);
                double s = scale switch { OutputScale.Context => 1.0 / n, OutputScale.Tokens => 1.0 / (n + 1), _ => 1.0 };
                for (int m = 0; m < maps.Length; m++)
                {
                    double error = s * NaiveMap.Predict(maps[m].Map, G, query) - target;
                    mean[m] += error * error / (N - shortest + 1);
                }
            }

            for (int m = 0; m < maps.Length; m++)
            {
                sums[m] += mean[m];
                squares[m] += mean[m] * mean[m];
            }
        }

        for (int m = 0; m < maps.Length; m++)
        {
            string what = $"loss of a map of {maps[m].Name}";
            double exact = loss.Evaluate(maps[m].Map, new double[maps[m].Map.Length]);
            double estimate = sums[m] / count, standardError = Math.Sqrt((squares[m] / count - estimate * estimate) / (count - 1));
            Expect.Below($"{what}: standard error", LargestStandardError * exact, standardError);
            Expect.WithinErrors(what, exact, estimate, standardError, StandardErrors);
        }

        void Draw(double[,] factor, double[] destination)
        {
            for (int d = 0; d < D; d++)
                g[d] = Normal();
            Transform(factor, g, destination);
        }

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
