using static Staircase.Tests.PopulationCases;

namespace Staircase.Tests;

/// <summary>Statistics drawn without tokens have the distribution of those computed from tokens.</summary>
public class BartlettStatisticsTests
{
    /// <summary>
    /// Some hundred comparisons a case: 5 standard errors are exceeded in 1 of 1.7 million by chance, and the seeds are fixed.
    /// </summary>
    private const double StandardErrors = 5;

    public static TheoryData<int, int, double, string, OutputScale, bool> Cases => new()
    {
        { 3, 4, 0, "Identity", OutputScale.Context, false },        // N = D + 1, the shortest context it serves
        { 3, 5, 0.4, "Correlated", OutputScale.Tokens, true },
        { 2, 9, 0.4, "Diagonal", OutputScale.None, false },
        { 1, 2, 0.2, "Identity", OutputScale.Context, false },
        { 4, 31, 0.1, "Correlated", OutputScale.Context, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Mean_and_covariance_are_those_of_the_tokens_statistics(
        int D, int N, double noise, string tasks, OutputScale scale, bool basis)
    {
        const int count = 30_000;
        RegressionTask task = Task(D, N, noise, Enum.Parse<Tasks>(tasks), scale, false, basis);
        double[][] drawn = ReadAll(new BartlettStatistics(task, count, 1));
        double[][] computed = ReadAll(new TokenStatistics(task.Sample(count, 2), scale, false));
        int width = drawn[0].Length;
        for (int a = 0; a < width; a++)
        {
            Compare($"mean of number {a}", drawn.Select(row => row[a]), computed.Select(row => row[a]));
            for (int b = a; b < width; b++)
            {
                Compare(
                    $"mean product of numbers {a} and {b}", drawn.Select(row => row[a] * row[b]), computed.Select(row => row[a] * row[b]));
            }
        }

        static void Compare(string what, IEnumerable<double> drawn, IEnumerable<double> computed)
        {
            (double mean, double error) = Statistics.Mean(drawn);
            (double expected, double expectedError) = Statistics.Mean(computed);
            Expect.WithinErrors(what, expected, mean, Math.Sqrt(error * error + expectedError * expectedError), StandardErrors);
        }
    }

    /// <summary>
    /// The loss of random maps tests every moment of the features up to the second at once; its expected value is known exactly.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Quadratic_losses_built_from_either_estimate_the_population_loss(
        int D, int N, double noise, string tasks, OutputScale scale, bool basis)
    {
        const int count = 30_000;
        RegressionTask task = Task(D, N, noise, Enum.Parse<Tasks>(tasks), scale, false, basis);
        foreach (IStatisticSource source in (IStatisticSource[])
            [new BartlettStatistics(task, count, 3), new TokenStatistics(task.Sample(count, 4), scale, false)])
        {
            QuadraticLoss loss = QuadraticLoss.From(source, null, TestContext.Current.CancellationToken);
            double[][] rows = ReadAll(source);
            int length = AttentionMap.StatisticLength(D);
            foreach ((string name, double[] map) in Maps(D, scale == OutputScale.None ? 0.8 / N : 0.8, seed: N))
            {
                string what = $"{source.GetType().Name}, map of {name}";
                (double mean, double error) = Statistics.Mean(rows.Select(row =>
                {
                    double e = AttentionMap.Predict(map, row.AsSpan(0, length), row.AsSpan(length, D)) - row[^1];
                    return e * e;
                }));
                double estimate = loss.Evaluate(map, new double[map.Length]);
                Expect.Relative($"{what}: moments against sequences", mean, estimate, 1e-11); // rounding of sums of 30,000
                Expect.WithinErrors(
                    $"{what}: loss", task.PopulationLoss().Evaluate(map, new double[map.Length]), estimate, error, StandardErrors);
            }
        }
    }

    [Fact]
    public void Bits_do_not_depend_on_the_order_of_reading()
    {
        const int count = 500;
        RegressionTask task = Task(3, 5, 0.2, Tasks.Correlated, OutputScale.Context, false, true);
        double[][] forward = ReadAll(new BartlettStatistics(task, count, 5));
        var source = new BartlettStatistics(task, count, 5);
        double[][] parallel = new double[count][], backward = new double[count][];
        Parallel.For(0, count, i => parallel[i] = ReadOne(source, i));
        for (int i = count - 1; i >= 0; i--)
            backward[i] = ReadOne(source, i);
        for (int i = 0; i < count; i++)
        {
            Expect.SameBits($"sequence {i} read backward", forward[i], backward[i]);
            Expect.SameBits($"sequence {i} read in parallel", forward[i], parallel[i]);
        }

        Assert.NotEqual(forward[0], forward[1]);
        Assert.NotEqual(forward[0], ReadOne(new BartlettStatistics(task, count, 6), 0));
    }

    [Fact]
    public void Tasks_it_does_not_serve_are_refused()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 3);

        string message = Assert.Throws<ArgumentException>(() => new BartlettStatistics(task, 10, 1)).Message;

        Assert.Equal(
            "Statistics can be drawn without tokens only for in-context sequences of one task and one length N > D; found N = 3, D = 3, "
            + "in-context fraction 1.",
            message);
        RegressionTask longer = RegressionTask.Create(Spectrum.Linear(3), 4);
        Assert.True(BartlettStatistics.Applies(longer), "N = D + 1 is served");
        Assert.EndsWith("in-context fraction 1, varying lengths.",
            Assert.Throws<ArgumentException>(() => new BartlettStatistics(longer with { VaryContext = true }, 10, 1)).Message,
            StringComparison.Ordinal);
        Assert.EndsWith("in-context fraction 0.5.",
            Assert.Throws<ArgumentException>(() => new BartlettStatistics(longer with { InContextFraction = 0.5 }, 10, 1)).Message,
            StringComparison.Ordinal);
    }

    private static double[][] ReadAll(IStatisticSource source) =>
        [.. Enumerable.Range(0, (int)source.Count).Select(i => ReadOne(source, i))];

    /// <summary>The statistics, the query and the target in one row.</summary>
    private static double[] ReadOne(IStatisticSource source, int index)
    {
        int D = source.InputDimension, length = AttentionMap.StatisticLength(D);
        var row = new double[length + D + 1];
        Array.Fill(row, double.NaN); // whatever is not written is found
        source.Read(index, row.AsSpan(0, length), row.AsSpan(length, D), row.AsSpan(length + D));
        return row;
    }
}
