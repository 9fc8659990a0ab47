using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Staircase.Tests;

public class QuadraticLossTests
{
    /// <summary>Sums of some hundred products of numbers of order one, on either side.</summary>
    private const double SumRounding = 1e-13;

    [Theory]
    [InlineData(1, 3, false, 1)]
    [InlineData(2, 5, true, 1)]
    [InlineData(3, 4, false, 0.4)]
    [InlineData(5, 7, true, 0)]
    public void Moments_are_the_plain_means_of_the_features(int D, int N, bool varyContext, double fraction)
    {
        // 300 sequences are more than one block of the pass, and no whole number of blocks, with or without prefixes.
        RegressionTask task = (RegressionTask.Create(Spectrum.Linear(D).WithTrace(D), N) with
        {
            VaryContext = varyContext,
            InContextFraction = fraction,
            OutputScale = OutputScale.Tokens,
            LabelNoise = 0.2,
        }).InRandomBasis(3);
        Sample sample = task.Sample(300, seed: 1);
        NaiveData data = NaiveData.Of(sample);
        int n = D * (D + 1) * (D + 2) / 2;
        var covariance = new double[n * n];
        var correlation = new double[n];
        double targetSquare = 0;
        for (int i = 0; i < 300; i++)
        {
            for (int length = varyContext ? 1 : N; length <= N; length++)
            {
                double[] F = Features(data.Sequences[i], length, 1.0 / (length + 1));
                double weight = 1.0 / (300 * (varyContext ? N : 1));
                double target = length == N ? data.Targets[i] : data.Sequences[i][length][^1];
                targetSquare += weight * target * target;
                for (int a = 0; a < n; a++)
                {
                    correlation[a] += weight * target * F[a];
                    for (int b = 0; b < n; b++)
                        covariance[a * n + b] += weight * F[a] * F[b];
                }
            }
        }

        QuadraticLoss loss = QuadraticLoss.From(sample);

        Assert.Equal(n, AttentionMap.Length(D));
        Expect.Relative("ȳ²", targetSquare, loss.TargetSquare, SumRounding);
        Expect.Relative("b", correlation, [.. Enumerable.Range(0, n).Select(loss.FeatureCorrelation)], SumRounding);
        Expect.Relative("C", covariance, [.. Enumerable.Range(0, n * n).Select(i => loss.FeatureCovariance(i / n, i % n))], SumRounding);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    public void Gradients_are_those_of_the_loss(int D, int seed)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D).WithTrace(D), 5) with { LabelNoise = 0.3, VaryContext = seed == 1 };
        Sample sample = task.Sample(100, seed: 4);
        SequenceLoss sequences = SequenceLoss.From(new TokenStatistics(sample, task.OutputScale, task.VaryContext));
        foreach (int length in (int[])[AttentionMap.InContextLength(D), AttentionMap.Length(D)])
        {
            double[] map = CentralDifferences.RandomMap(length, seed);
            CentralDifferences.Check($"QuadraticLoss, D {D}, {length} coefficients", QuadraticLoss.From(sample), map);
            CentralDifferences.Check($"SequenceLoss, D {D}, {length} coefficients", sequences, map);
        }
    }

    [Fact]
    public void A_map_of_another_length_is_refused_with_the_lengths_named()
    {
        QuadraticLoss loss = QuadraticLoss.From(RegressionTask.Create(Spectrum.Linear(3), 4).Sample(10, 1));

        string message = Assert.Throws<ArgumentException>(() => loss.Evaluate(new double[10], new double[10])).Message;

        Assert.Equal("A map in dimension 3 has 9 or 30 coefficients, not 10.", message);
    }

    [Fact]
    public void Progress_ends_at_one_and_cancellation_is_heard()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(2), 4);
        var statistics = new TokenStatistics(task.Sample(1000, 1), task.OutputScale, false);
        var fractions = new ListProgress();
        using var source = new CancellationTokenSource();
        source.Cancel();

        QuadraticLoss.From(statistics, fractions, TestContext.Current.CancellationToken);

        Assert.Equal(fractions.Reported.Order(), fractions.Reported);
        Assert.InRange(fractions.Reported.Count, 2, 1000);
        Assert.Equal(1.0, fractions.Reported[^1]);
        Assert.Throws<OperationCanceledException>(() => QuadraticLoss.From(statistics, null, source.Token));
    }

    /// <summary>
    /// The runtime fixes the number of workers at its start, so this test runs itself in processes that see one core and four.
    /// </summary>
    [Fact]
    public void Bits_do_not_depend_on_the_number_of_cores()
    {
        const string variable = "STAIRCASE_TEST_BITS";
        string here = Bits();
        if (Environment.GetEnvironmentVariable(variable) is { } path)
        {
            File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} {here}"));
            return;
        }

        Assert.Equal(here, Bits());
        foreach (int cores in (int[])[1, 4])
        {
            string file = Path.GetTempFileName();
            try
            {
                var start = new ProcessStartInfo("dotnet")
                {
                    ArgumentList =
                    {
                        "exec", typeof(QuadraticLossTests).Assembly.Location,
                        "--filter-method", $"{typeof(QuadraticLossTests).FullName}.{nameof(Bits_do_not_depend_on_the_number_of_cores)}",
                    },
                    Environment = { [variable] = file, ["DOTNET_PROCESSOR_COUNT"] = $"{cores}" },
                    RedirectStandardOutput = true,
                    UseShellExecute = false,
                };
                using Process child = Process.Start(start)!;
                string output = child.StandardOutput.ReadToEnd();
                child.WaitForExit();
                Assert.True(child.ExitCode == 0, output);
                Assert.Equal($"{cores} {here}", File.ReadAllText(file));
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>A hash of all that several threads compute: centred inputs, moments, and the sum over a batch.</summary>
    private static string Bits()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(5), 9) with { LabelNoise = 0.1, VaryContext = true };
        Sample sample = task.Sample(3000, 5, SampleCorrections.CentreInputs | SampleCorrections.WhitenTasks);
        QuadraticLoss moments = QuadraticLoss.From(sample);
        SequenceLoss batch = SequenceLoss.From(new TokenStatistics(sample, task.OutputScale, true));
        double[] map = CentralDifferences.RandomMap(AttentionMap.Length(5), 1);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (IAttentionLoss loss in (IAttentionLoss[])[moments, batch])
        {
            var gradient = new double[map.Length];
            gradient = [loss.Evaluate(map, gradient), .. gradient];
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(gradient.AsSpan()));
        }

        for (int i = 0; i < map.Length; i++)
        {
            for (int j = i; j < map.Length; j++)
                hash.AppendData(BitConverter.GetBytes(moments.FeatureCovariance(i, j)));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>G_ab x_q[c] in the documented order, from the tokens.</summary>
    private static double[] Features(double[][] sequence, int length, double scale)
    {
        int D = sequence[0].Length - 1;
        double[] query = [.. sequence[length][..^1], 0]; // its label is hidden
        double[][] tokens = [.. sequence[..length], query];
        var features = new List<double>();
        for (int b = 0; b < D; b++)
            Add(b, D);
        Add(D, D);
        for (int a = 0; a < D; a++)
        {
            for (int b = a; b < D; b++)
                Add(a, b);
        }

        return [.. features];

        void Add(int a, int b)
        {
            double G = scale * tokens.Sum(token => token[a] * token[b]);
            for (int c = 0; c < D; c++)
                features.Add(G * query[c]);
        }
    }

    private sealed class ListProgress : IProgress<double>
    {
        public List<double> Reported { get; } = [];

        public void Report(double value) => Reported.Add(value);
    }
}
