namespace Staircase.Tests;

/// <summary>
/// The expected loss by Gauss–Hermite quadrature over every random number of a sequence. The squared error is a polynomial of degree 4
/// in w, in each x_n and in the noise, and of degree 6 in x_q, so that three and four nodes a number integrate it exactly.
/// </summary>
internal static class GaussianQuadrature
{
    private static readonly (double Node, double Weight)[] Three = [(-Math.Sqrt(3), 1.0 / 6), (0, 2.0 / 3), (Math.Sqrt(3), 1.0 / 6)];
    private static readonly (double Node, double Weight)[] Four = MakeFour();

    public static double[] Losses(RegressionTask task, double[][] maps)
    {
        int D = task.InputDimension, N = task.ContextLength, width = D + 1;
        bool noisy = task.LabelNoise > 0;
        int perToken = D + (noisy ? 1 : 0), count = D + N * perToken;
        (double[,] inputFactor, double[,] taskFactor) = PopulationCases.Factors(task);
        (double[] X, double Weight)[] queries = [.. Queries(D, inputFactor)];
        var losses = new double[maps.Length];
        var z = new double[count];
        double[] w = new double[D], x = new double[D], sum = new double[width * width], G = new double[width * width];
        int shortest = task.VaryContext ? 1 : N;
        double lengthWeight = 1.0 / (N - shortest + 1);
        for (long node = 0; node < Math.Round(Math.Pow(3, count)); node++)
        {
            double weight = lengthWeight;
            long digits = node;
            for (int i = 0; i < count; i++, digits /= 3)
            {
                (z[i], double factor) = Three[digits % 3];
                weight *= factor;
            }

            PopulationCases.Transform(taskFactor, z.AsSpan(0, D), w);
            Array.Clear(sum);
            for (int n = 1; n <= N; n++)
            {
                ReadOnlySpan<double> numbers = z.AsSpan(D + (n - 1) * perToken, perToken);
                PopulationCases.Transform(inputFactor, numbers[..D], x);
                double y = Dot(w, x) + (noisy ? Math.Sqrt(task.LabelNoise) * numbers[D] : 0);
                AddToken(sum, x, y);
                if (n < shortest)
                    continue;
                double s = task.OutputScale switch { OutputScale.Context => 1.0 / n, OutputScale.Tokens => 1.0 / (n + 1), _ => 1.0 };
                foreach ((double[] query, double queryWeight) in queries)
                {
                    sum.CopyTo(G, 0);
                    AddToken(G, query, 0);
                    double target = Dot(w, query);
                    for (int m = 0; m < maps.Length; m++)
                    {
                        double error = s * NaiveMap.Predict(maps[m], G, query) - target;
                        losses[m] += weight * queryWeight * error * error;
                    }
                }
            }
        }

        return losses;
    }

    public static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>sum += (x, y)(x, y)ᵀ.</summary>
    public static void AddToken(double[] sum, double[] x, double y)
    {
        int width = x.Length + 1;
        for (int a = 0; a < width; a++)
        {
            for (int b = 0; b < width; b++)
                sum[a * width + b] += (a < x.Length ? x[a] : y) * (b < x.Length ? x[b] : y);
        }
    }

    private static IEnumerable<(double[] X, double Weight)> Queries(int D, double[,] inputFactor)
    {
        for (int node = 0; node < 1 << (2 * D); node++)
        {
            double weight = 1;
            double[] g = new double[D], x = new double[D];
            for (int i = 0; i < D; i++)
            {
                (g[i], double factor) = Four[(node >> (2 * i)) & 3];
                weight *= factor;
            }

            PopulationCases.Transform(inputFactor, g, x);
            yield return (x, weight);
        }
    }

    /// <summary>
    /// Roots of He₄(x) = x⁴ − 6x² + 3; weights 4!/(4 He₃(x))² (Abramowitz, Stegun 25.4.46 for the weight exp(−x²/2)/√2π).
    /// </summary>
    private static (double Node, double Weight)[] MakeFour()
    {
        double outer = Math.Sqrt(3 + Math.Sqrt(6)), inner = Math.Sqrt(3 - Math.Sqrt(6));
        return [.. new[] { -outer, -inner, inner, outer }.Select(x => (x, 24 / Math.Pow(4 * (x * x * x - 3 * x), 2)))];
    }
}
