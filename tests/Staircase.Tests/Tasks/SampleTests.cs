using MathNet.Numerics.LinearAlgebra;
using static Staircase.Tests.PopulationCases;

namespace Staircase.Tests;

public class SampleTests
{
    /// <summary>Standard errors that an average may be off: 1 in 16,000 by chance, and the seeds are fixed.</summary>
    private const double StandardErrors = 4;

    /// <summary>Sums over sequences of numbers of order one, and least squares of well-conditioned contexts.</summary>
    private const double Rounding = 1e-9;

    [Theory]
    [InlineData("Identity", false)]
    [InlineData("Correlated", true)]
    public void Inputs_and_tasks_have_their_covariances(string tasks, bool basis)
    {
        const int D = 3, N = 5, count = 20_000;
        RegressionTask task = Task(D, N, 0, Enum.Parse<Tasks>(tasks), OutputScale.Context, false, basis);
        double[][] w = new double[count][], first = new double[count][], last = new double[count][];
        NaiveData data = NaiveData.Of(task.Sample(count, 1));
        for (int i = 0; i < count; i++)
        {
            w[i] = TaskVector(data, i);
            first[i] = data.Sequences[i][0][..D];
            last[i] = data.Sequences[i][N][..D];
        }

        (double[,] inputFactor, double[,] taskFactor) = Factors(task);
        double[,] Λ = SquareOf(inputFactor), Ω = SquareOf(taskFactor);
        for (int a = 0; a < D; a++)
        {
            Statistics.CheckMean($"mean of w[{a}]", 0, w.Select(v => v[a]), StandardErrors);
            Statistics.CheckMean($"mean of x[{a}]", 0, first.Select(v => v[a]), StandardErrors);
            for (int b = 0; b < D; b++)
            {
                Statistics.CheckMean($"covariance of x[{a}], x[{b}]", Λ[a, b], first.Select(v => v[a] * v[b]), StandardErrors);
                Statistics.CheckMean($"covariance of query x[{a}], x[{b}]", Λ[a, b], last.Select(v => v[a] * v[b]), StandardErrors);
                Statistics.CheckMean($"covariance of w[{a}], w[{b}]", Ω[a, b], w.Select(v => v[a] * v[b]), StandardErrors);
                Statistics.CheckMean(
                    $"x[{a}] of one token and x[{b}] of another", 0, first.Zip(last, (u, v) => u[a] * v[b]), StandardErrors);
                Statistics.CheckMean($"x[{a}] and w[{b}]", 0, first.Zip(w, (u, v) => u[a] * v[b]), StandardErrors);
                Statistics.CheckMean(
                    $"x[{a}] and x[{b}] of the next sequence", 0, first[1..].Zip(first, (u, v) => u[a] * v[b]), StandardErrors);
                Statistics.CheckMean($"w[{a}] and w[{b}] of the next sequence", 0, w[1..].Zip(w, (u, v) => u[a] * v[b]), StandardErrors);
            }
        }

        for (int i = 0; i < 100; i++)
            Expect.Relative($"target {i}", GaussianQuadrature.Dot(w[i], last[i]), data.Targets[i], Rounding, scale: 0.1);
        Assert.All(data.Sequences, sequence => Assert.Equal(0, sequence[N][D]));
    }

    [Fact]
    public void Label_noise_has_its_variance_and_leaves_inputs_and_targets_alone()
    {
        const int D = 3, N = 4, count = 10_000;
        const double noise = 0.35;
        RegressionTask clean = RegressionTask.Create(Spectrum.Linear(D), N);
        NaiveData noisy = NaiveData.Of((clean with { LabelNoise = noise }).Sample(count, 2));
        var residuals = new List<double>[N];
        for (int n = 0; n < N; n++)
            residuals[n] = [];

        // Targets are free of noise, so the task vector comes from a second sample with the same seed and no noise.
        NaiveData reference = NaiveData.Of(clean.Sample(count, 2));
        for (int i = 0; i < count; i++)
        {
            double[] w = TaskVector(reference, i);
            Expect.Relative($"target {i}", GaussianQuadrature.Dot(w, noisy.Sequences[i][N][..D]), noisy.Targets[i], Rounding, scale: 1);
            for (int n = 0; n < N; n++)
                residuals[n].Add(noisy.Sequences[i][n][D] - GaussianQuadrature.Dot(w, noisy.Sequences[i][n][..D]));
        }

        for (int n = 0; n < N; n++)
        {
            Statistics.CheckMean($"mean noise of label {n}", 0, residuals[n], StandardErrors);
            Statistics.CheckMean($"noise variance of label {n}", noise, residuals[n].Select(e => e * e), StandardErrors);
            Statistics.CheckMean(
                $"noise and input of token {n}", 0, residuals[n].Select((e, i) => e * noisy.Sequences[i][n][0]), StandardErrors);
            if (n > 0)
            {
                Statistics.CheckMean(
                    $"noise of labels {n} and {n - 1}", 0, residuals[n].Zip(residuals[n - 1], (a, b) => a * b), StandardErrors);
            }
        }
    }

    [Theory]
    [InlineData("Identity", false)]
    [InlineData("Correlated", true)]
    public void Whitened_tasks_have_mean_zero_and_identity_covariance(string tasks, bool basis)
    {
        const int D = 3, N = 8, count = 50;
        RegressionTask task = Task(D, N, 0, Enum.Parse<Tasks>(tasks), OutputScale.Context, false, basis);
        double[][] w = TaskVectors(task.Sample(count, 3, SampleCorrections.WhitenTasks));
        double[][] drawn = TaskVectors(task.Sample(count, 3));
        for (int a = 0; a < D; a++)
        {
            Expect.Relative($"mean of w[{a}]", 0, w.Average(v => v[a]), Rounding, scale: 1);
            for (int b = 0; b < D; b++)
                Expect.Relative($"covariance of w[{a}], w[{b}]", a == b ? 1 : 0, w.Sum(v => v[a] * v[b]) / (count - 1), Rounding, scale: 1);
        }

        // As drawn they are neither, and whitening is affine: the symmetric root leaves each vector close to where it was.
        Assert.True(Math.Abs(drawn.Average(v => v[0])) > 1e-3, "tasks as drawn have a mean of their own");
        if (tasks == "Identity")
        {
            Assert.All(
                w.Zip(drawn),
                pair => Expect.Below(
                    "shift of a task vector over its length", 0.8, Distance(pair.First, pair.Second) / (1 + Norm(pair.Second))));
        }
    }

    [Fact]
    public void Whitening_needs_more_sequences_than_dimensions()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(4), 5);

        string message = Assert.Throws<ArgumentException>(() => task.Sample(4, 1, SampleCorrections.WhitenTasks)).Message;

        Assert.Equal("Whitening task vectors needs more sequences than dimensions; found 4 sequences in dimension 4.", message);
        Assert.Equal(5, task.Sample(5, 1, SampleCorrections.WhitenTasks).Count);
        Assert.Equal("A sample needs at least one sequence, not 0.", Assert.Throws<ArgumentException>(() => task.Sample(0, 1)).Message);
    }

    [Fact]
    public void Centred_inputs_have_mean_zero_at_every_position_and_labels_follow()
    {
        const int D = 3, N = 6, count = 2500; // more than two blocks of the parallel sum
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), N).InRandomBasis(2);
        NaiveData centred = NaiveData.Of(task.Sample(count, 4, SampleCorrections.CentreInputs));
        NaiveData drawn = NaiveData.Of(task.Sample(count, 4));
        for (int n = 0; n <= N; n++)
        {
            for (int d = 0; d < D; d++)
            {
                double mean = drawn.Sequences.Average(s => s[n][d]);
                Expect.Relative($"mean of x_{n}[{d}]", 0, centred.Sequences.Average(s => s[n][d]), Rounding, scale: 1);
                Assert.True(Math.Abs(mean) > 1e-6, $"x_{n}[{d}] as drawn has mean {mean:R}");
                for (int i = 0; i < count; i += 100)
                {
                    Expect.Relative(
                        $"x_{n}[{d}] of sequence {i}", drawn.Sequences[i][n][d] - mean, centred.Sequences[i][n][d], Rounding, scale: 1);
                }
            }
        }

        for (int i = 0; i < count; i += 50)
        {
            double[] w = TaskVector(drawn, i);
            Expect.Relative($"target {i}", GaussianQuadrature.Dot(w, centred.Sequences[i][N][..D]), centred.Targets[i], Rounding, scale: 1);
            for (int n = 0; n < N; n++)
            {
                Expect.Relative(
                    $"label {n} of sequence {i}", GaussianQuadrature.Dot(w, centred.Sequences[i][n][..D]), centred.Sequences[i][n][D],
                    Rounding, scale: 1);
            }
        }
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.4)]
    [InlineData(0.75)]
    public void In_weight_sequences_of_a_mixture_share_one_vector_of_length_root_D(double fraction)
    {
        const int D = 4, count = 1000;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), 9) with { InContextFraction = fraction };
        double[][] w = TaskVectors(task.Sample(count, 5)), whitened = TaskVectors(task.Sample(count, 5, SampleCorrections.WhitenTasks));
        double[] shared = w.MaxBy(u => w.Count(v => Distance(u, v) < Rounding))!;
        double[][] others = [.. w.Where(v => Distance(v, shared) > Rounding)];

        Assert.Equal(fraction * count, others.Length, tolerance: 1);
        Expect.SameBits(
            "task vectors with whitening, which mixtures do not get", [.. w.SelectMany(v => v)], [.. whitened.SelectMany(v => v)]);
        Expect.Relative("length of the shared vector", Math.Sqrt(D), Norm(shared), Rounding);
        for (int a = 0; a < D; a++)
        {
            for (int b = 0; b < D; b++)
            {
                Statistics.CheckMean(
                    $"covariance of the other task vectors, [{a},{b}]", a == b ? 1 : 0, others.Select(v => v[a] * v[b]), StandardErrors);
            }
        }

        Assert.Equal(others.Length, others.Select(v => v[0]).Distinct().Count());
    }

    [Fact]
    public void Without_in_context_sequences_labels_are_noise_and_one_vector_answers_the_query()
    {
        const int D = 3, N = 4, count = 5000;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), N) with { InContextFraction = 0 };
        NaiveData data = NaiveData.Of(task.Sample(count, 6));
        double[] w = LeastSquares([.. data.Sequences.Select(s => s[N][..D])], data.Targets);

        Expect.Relative("length of the in-weight vector", Math.Sqrt(D), Norm(w), Rounding);
        for (int i = 0; i < count; i++)
            Expect.Relative($"target {i}", GaussianQuadrature.Dot(w, data.Sequences[i][N][..D]), data.Targets[i], Rounding, scale: 1);
        for (int n = 0; n < N; n++)
        {
            double[] labels = [.. data.Sequences.Select(s => s[n][D])];
            Statistics.CheckMean($"mean of label {n}", 0, labels, StandardErrors);
            Statistics.CheckMean($"variance of label {n}", 1, labels.Select(y => y * y), StandardErrors);
            for (int d = 0; d < D; d++)
                Statistics.CheckMean($"label {n} and x[{d}]", 0, data.Sequences.Select(s => s[n][D] * s[n][d]), StandardErrors);
        }
    }

    [Theory]
    [InlineData(1, SampleCorrections.None)]
    [InlineData(1, SampleCorrections.WhitenTasks | SampleCorrections.CentreInputs)]
    [InlineData(0.3, SampleCorrections.CentreInputs)]
    [InlineData(0, SampleCorrections.None)]
    public void Bits_do_not_depend_on_the_order_of_reading(double fraction, SampleCorrections corrections)
    {
        const int count = 1500;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 5) with { InContextFraction = fraction, LabelNoise = 0.1 };
        double[][] forward = new double[count][], backward = new double[count][], parallel = new double[count][];
        Sample sample = task.Sample(count, 7, corrections), again = task.Sample(count, 7, corrections);
        for (int i = 0; i < count; i++)
            forward[i] = Read(sample, i);
        for (int i = count - 1; i >= 0; i--)
            backward[i] = Read(sample, i);
        Parallel.For(0, count, i => parallel[i] = Read(again, i));

        for (int i = 0; i < count; i++)
        {
            Expect.SameBits($"sequence {i} read backward", forward[i], backward[i]);
            Expect.SameBits($"sequence {i} read in parallel from a second sample", forward[i], parallel[i]);
        }

        Assert.NotEqual(forward[0], Read(task.Sample(count, 8, corrections), 0));
        Assert.NotEqual(forward[0], forward[1]);

        static double[] Read(Sample sample, int index)
        {
            var tokens = new double[(sample.ContextLength + 1) * (sample.InputDimension + 1) + 1];
            Array.Fill(tokens, double.NaN); // whatever is not written is found
            tokens[^1] = sample.Read(index, tokens.AsSpan(0, tokens.Length - 1));
            Assert.True(tokens.All(double.IsFinite), $"sequence {index}: every number is written and finite");
            return tokens;
        }
    }

    private static double[][] TaskVectors(Sample sample)
    {
        NaiveData data = NaiveData.Of(sample);
        return [.. Enumerable.Range(0, (int)sample.Count).Select(i => TaskVector(data, i))];
    }

    /// <summary>w of a noise-free sequence with N ≥ D pairs, by least squares.</summary>
    private static double[] TaskVector(NaiveData data, int index)
    {
        double[][] pairs = data.Sequences[index][..^1];
        int D = pairs[0].Length - 1;
        return LeastSquares([.. pairs.Select(p => p[..D])], [.. pairs.Select(p => p[D])]);
    }

    private static double[] LeastSquares(double[][] x, double[] y) =>
        Matrix<double>.Build.DenseOfRowArrays(x).QR().Solve(Vector<double>.Build.DenseOfArray(y)).ToArray();

    private static double[,] SquareOf(double[,] L)
    {
        int D = L.GetLength(0);
        return PopulationCases.Matrix(D, (i, j) => Enumerable.Range(0, D).Sum(k => L[i, k] * L[j, k]));
    }

    private static double Norm(double[] v) => Math.Sqrt(v.Sum(x => x * x));

    private static double Distance(double[] u, double[] v) => Norm([.. u.Zip(v, (a, b) => a - b)]);
}
