namespace Staircase.Tests;

/// <summary>
/// Z Eq. 22: at the fixed point of the first m components a model performs principal component regression with m components.
/// </summary>
public class AlgorithmTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(3, true)]
    public void Fixed_points_with_long_contexts_are_recognised(int D, bool rotated)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), 400);
        if (rotated)
            task = task.InRandomBasis(6);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(D, D, 1);
        for (int m = 0; m <= D; m++)
        {
            double[] weights = SeparateFixedPoints.Construct(model, moments, [.. Enumerable.Range(0, m)]);
            if (task.Basis is { } basis)
                weights = Bases.Rotate(model, weights, basis);
            Algorithm algorithm = Algorithm.Examine(model, weights, task.Sample(150, 99), task, 150);
            Assert.Equal(D + 1, algorithm.RelativeErrors.Length);
            Assert.True(
                algorithm.Components == m,
                $"D {D}, plateau {m}: expected {m} components, actual {algorithm.Components}; "
                + $"errors {string.Join(", ", algorithm.RelativeErrors.Select(e => e.ToString("G3")))}");
            Assert.Equal(
                m == 0 ? "predicts zero" : m == D ? "least squares in context" : $"principal component regression, m = {m}",
                algorithm.Name);

            // In-context covariances deviate from Λ by O(1/√N), predictions by that times √m, squares by m/N; four times that for the
            // unlearned components in β.
            Expect.Below(
                $"D {D}, plateau {m}: mean square distance to its algorithm", m == 0 ? 1e-30 : 5.0 * D / task.ContextLength,
                algorithm.RelativeErrors[m]);
        }
    }

    /// <summary>
    /// A model that predicts zero differs from regression on everything by the whole power: least squares without noise is exact.
    /// </summary>
    [Fact]
    public void The_zero_model_is_one_from_exact_regression()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 20);
        var model = new MergedAttention(3, 1);
        Algorithm algorithm = Algorithm.Examine(model, new double[model.Layout.Count], task.Sample(50, 1), task, 50);
        Assert.Equal(0, algorithm.Components);
        Expect.Relative("distance to least squares", 1, algorithm.RelativeErrors[3], 1e-10);
    }

    /// <summary>
    /// Expectations against averages over sequences; a random map, so that nothing cancels. Six standard errors: 24 batches know their
    /// scatter to a sixth, and squares of products have long tails.
    /// </summary>
    [Theory]
    [InlineData(3, 12, 0.0, false, OutputScale.Context)]
    [InlineData(4, 31, 0.4, true, OutputScale.Context)]
    [InlineData(4, 15, 0.4, true, OutputScale.None)]
    [InlineData(5, 2, 0.0, true, OutputScale.Context)]
    public void Expected_distances_are_what_sequences_average_to(int D, int N, double noise, bool rotated, OutputScale scale)
    {
        const int batches = 24, count = 500;
        var random = new Random(D + N);
        var task = RegressionTask.Create(Spectrum.PowerLaw(D, 1), N) with { LabelNoise = noise, OutputScale = scale };
        if (rotated)
        {
            var Ω = new double[D, D];
            for (int d = 0; d < D; d++)
                Ω[d, d] = 0.5 + random.NextDouble();
            task = task.InRandomBasis(3) with { TaskCovariance = Ω };
        }

        double[] map = [.. Enumerable.Range(0, D * D).Select(_ => (random.NextDouble() - 0.3) / (scale == OutputScale.None ? N : 1))];
        Algorithm expected = Algorithm.Expected(map, task);
        double[][] seen = [.. Enumerable.Range(0, batches).Select(batch => Measured(map, task, 1000 + batch, count))];
        for (int m = 0; m <= D; m++)
        {
            if (m > 0 && N <= m + 1)
            {
                Assert.True(double.IsPositiveInfinity(expected.RelativeErrors[m]), $"m = {m} of {N} pairs has no mean square");
                continue;
            }

            double mean = seen.Average(errors => errors[m]);
            double error = Math.Sqrt(seen.Sum(errors => (errors[m] - mean) * (errors[m] - mean)) / (batches - 1.0) / batches);
            Expect.WithinErrors($"D {D}, N {N}, m = {m}", expected.RelativeErrors[m], mean, error, 6);
        }
    }

    [Fact]
    public void Least_squares_without_noise_is_expected_to_be_exact_from_D_pairs_on()
    {
        var task = RegressionTask.Create(Spectrum.Linear(3), 3);
        Expect.Relative("zero beside least squares", 1, Algorithm.Expected(new double[9], task).RelativeErrors[3], 1e-15);
    }

    /// <summary>Mean squares over the mean square of all targets, which is known, so that batches average to the expectation.</summary>
    private static double[] Measured(double[] map, RegressionTask task, int seed, int count)
    {
        int D = task.InputDimension;
        Sample sequences = task.Sample(count, (ulong)seed);
        var statistics = new TokenStatistics(sequences, task.OutputScale, varyContext: false);
        double[] g = new double[AttentionMap.StatisticLength(D)], query = new double[D], target = new double[1];
        double power = 0, expected = 0;
        var predictions = new double[count];
        for (int i = 0; i < count; i++)
        {
            statistics.Read(i, g, query, target);
            predictions[i] = AttentionMap.Predict(map, g, query);
            power += target[0] * target[0] / count;
        }

        for (int d = 0; d < D; d++)
            expected += task.InputEigenvalues[d] * task.TaskCovarianceAt(d, d);
        return [.. Algorithm.Examine(predictions, sequences, task.Basis).RelativeErrors.Select(error => error * power / expected)];
    }
}
