using System.Numerics;

namespace Staircase.Kernels.Tests;

/// <summary>Kernels that work row by row: softmax, cross-entropy, layer norm, bias, embedding.</summary>
public class RowKernelTests
{
    /// <summary>An exponential to an ulp, a sum over a row of a few hundred, a quotient.</summary>
    private const double Roundings = 100;

    public static TheoryData<int, int> Shapes => new() { { 1, 1 }, { 3, 1 }, { 2, 5 }, { 4, 16 }, { 3, 17 }, { 2, 33 }, { 5, 40 } };

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void Softmax_is_the_naive_one(int bits)
    {
        foreach (int columns in Every.Width)
        {
            if (bits == 32)
                Check<float>(columns);
            else
                Check<double>(columns);
        }

        static void Check<T>(int n)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random(n);
            const int rows = 2;
            PoisonedMatrix<T> x = new(random, 1, rows * n, rows * n), y = new(random, 1, rows * n, rows * n);
            var log = new PoisonedMatrix<T>(random, 1, rows * n, rows * n);
            double tolerance = Roundings * NumericAssert.UnitRounding<T>();
            VectorKernels.Scale(T.CreateTruncating(100), x.Span, x.Span); // without the shift, exponentials would overflow
            T[] before = x.Span.ToArray();
            Softmax.Forward(n, x.Span, y.Span);
            Softmax.LogForward(n, x.Span, log.Span);
            for (int i = 0; i < rows; i++)
            {
                double[] row = Gradients.Doubles<T>(x.Span.Slice(i * n, n));
                double largest = row.Max(), sum = row.Sum(v => Math.Exp(v - largest));
                for (int j = 0; j < n; j++)
                {
                    string what = $"entry {i}, {j} of {n} columns, {typeof(T).Name}";
                    NumericAssert.Near("softmax, " + what, Math.Exp(row[j] - largest) / sum, y[0, (i * n) + j], tolerance, 1);
                    NumericAssert.Near("log-softmax, " + what, row[j] - largest - Math.Log(sum), log[0, (i * n) + j], tolerance, 200);
                }
            }

            NumericAssert.SameBits<T>($"x of softmax of {n} columns", before, x.Span);
            y.AssertUnchangedExcept($"y of softmax of {n} columns", (_, _) => true);
            log.AssertUnchangedExcept($"y of log-softmax of {n} columns", (_, _) => true);
            Softmax.Forward(n, x.Span, x.Span);
            NumericAssert.SameBits<T>($"softmax of {n} columns in place", y.Span, x.Span);
        }
    }

    [Fact]
    public void Softmax_knows_masked_entries_and_NaN()
    {
        float[] y = new float[20];
        float[] x = [.. Enumerable.Repeat(float.NegativeInfinity, 20)];
        (x[3], x[18]) = (1000, 1000);
        Softmax.Forward<float>(20, x, y);
        Assert.Equal([.. Enumerable.Range(0, 20).Select(i => i is 3 or 18 ? 0.5f : 0)], y);
        for (int i = 0; i < 20; i++)
        {
            float[] spoiled = new float[20];
            spoiled[i] = float.NaN;
            Softmax.Forward<float>(20, spoiled, y);
            Assert.True(y.All(float.IsNaN), $"NaN at {i}: expected a row of NaN, actual {string.Join(' ', y)}");
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradients_are_those_of_the_naive_functions(int rows, int columns)
    {
        Check<float>(rows, columns);
        Check<double>(rows, columns);

        static void Check<T>(int rows, int n)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random((100 * rows) + n);
            int length = rows * n;
            PoisonedMatrix<T> x = new(random, 1, length, length), dy = new(random, 1, length, length), dx = new(random, 1, length, length);
            PoisonedMatrix<T> gain = new(random, 1, n, n), bias = new(random, 1, n, n);
            PoisonedMatrix<T> dGain = new(random, 1, n, n), dBias = new(random, 1, n, n);
            double[] xs = Gradients.Doubles<T>(x.Span), dys = Gradients.Doubles<T>(dy.Span);
            double[] gains = Gradients.Doubles<T>(gain.Span), biases = Gradients.Doubles<T>(bias.Span);
            double tolerance = Roundings * NumericAssert.UnitRounding<T>();
            var y = new T[length];
            string shape = $"{rows} x {n}";

            int[] targets = [.. Enumerable.Range(0, rows).Select(i => random.Next(n))];
            double Entropy(double[] at) => Enumerable.Range(0, rows).Average(i => -Math.Log(NaiveSoftmax(at, n)[(i * n) + targets[i]]));
            T entropy = T.CreateTruncating(CrossEntropy.Forward<T>(n, x.Span, targets, y));
            NumericAssert.Near("cross-entropy " + shape, Entropy(xs), entropy, tolerance, 1);
            CrossEntropy.Backward<T>(n, y, targets, T.One, dx.Span);
            Gradients.Agree<T>("cross-entropy " + shape, Entropy, xs, dx.Span);

            const double ε = 0.3; // large, so that a row of one column has a gradient to test
            T[] mean = new T[rows], inverse = new T[rows];
            LayerNorm.Forward<T>(n, x.Span, gain.Span, bias.Span, T.CreateTruncating(ε), y, mean, inverse);
            double[] normal = NaiveLayerNorm(xs, gains, biases, ε);
            for (int i = 0; i < length; i++)
                NumericAssert.Near($"layer norm {shape}, entry {i}", normal[i], y[i], tolerance, 3);
            dGain.Span.Clear();
            dBias.Span.Clear();
            LayerNorm.Backward<T>(n, dy.Span, x.Span, gain.Span, mean, inverse, dx.Span, dGain.Span, dBias.Span);
            Gradients.Agree<T>("layer norm " + shape, at => Weighted(NaiveLayerNorm(at, gains, biases, ε), dys), xs, dx.Span);
            Gradients.Agree<T>("gain of layer norm " + shape, at => Weighted(NaiveLayerNorm(xs, at, biases, ε), dys), gains, dGain.Span);
            Gradients.Agree<T>("bias of layer norm " + shape, at => Weighted(NaiveLayerNorm(xs, gains, at, ε), dys), biases, dBias.Span);

            foreach (PoisonedMatrix<T> input in (PoisonedMatrix<T>[])[x, dy, gain, bias])
                input.AssertUnchanged("an input of a layer of " + shape);
            dGain.AssertUnchangedExcept("dGain", (_, _) => true);
            dBias.AssertUnchangedExcept("dBias", (_, _) => true);
        }
    }

    [Fact]
    public void Layer_norm_of_any_width_is_the_naive_one()
    {
        foreach (int n in Every.Width)
        {
            var random = new Random(n);
            PoisonedMatrix<float> x = new(random, 1, 2 * n, 2 * n), y = new(random, 1, 2 * n, 2 * n);
            PoisonedMatrix<float> gain = new(random, 1, n, n), bias = new(random, 1, n, n);
            float[] mean = new float[2], inverse = new float[2];
            LayerNorm.Forward<float>(n, x.Span, gain.Span, bias.Span, 0.1f, y.Span, mean, inverse);
            double[] gains = Gradients.Doubles<float>(gain.Span), biases = Gradients.Doubles<float>(bias.Span);
            double[] expected = NaiveLayerNorm(Gradients.Doubles<float>(x.Span), gains, biases, 0.1f);
            double tolerance = Roundings * NumericAssert.UnitRounding<float>();
            for (int i = 0; i < expected.Length; i++)
                NumericAssert.Near($"layer norm of 2 x {n}, entry {i}", expected[i], y[0, i], tolerance, 3);
            foreach (PoisonedMatrix<float> input in (PoisonedMatrix<float>[])[x, gain, bias])
                input.AssertUnchanged($"an input of layer norm of 2 x {n}");
            y.AssertUnchangedExcept($"y of layer norm of 2 x {n}", (_, _) => true);
        }
    }

    [Fact]
    public void Bias_is_added_and_reduced()
    {
        foreach (int n in Every.Width)
        {
            const int rows = 3;
            var random = new Random(n);
            var x = new PoisonedMatrix<float>(random, 1, rows * n, rows * n);
            PoisonedMatrix<float> bias = new(random, 1, n, n), dBias = new(random, 1, n, n);
            Bias.Add<float>(bias.Span, x.Span);
            for (int i = 0; i < rows * n; i++)
                NumericAssert.SumsAgree($"Bias.Add of {n}, entry {i}", (double)x.Original(0, i) + bias[0, i % n], x[0, i], 1, 2);
            x.AssertUnchangedExcept($"x of Bias.Add of {n}", (_, _) => true);
            Bias.Reduce<float>(x.Span, dBias.Span);
            for (int j = 0; j < n; j++)
            {
                double sum = dBias.Original(0, j);
                for (int i = 0; i < rows; i++)
                    sum += x[0, (i * n) + j];
                NumericAssert.SumsAgree($"Bias.Reduce of {n}, column {j}", sum, dBias[0, j], 1, 6);
            }

            bias.AssertUnchanged($"bias of Bias.Add of {n}");
            dBias.AssertUnchangedExcept($"dBias of Bias.Reduce of {n}", (_, _) => true);
        }
    }

    [Fact]
    public void Long_columns_are_summed_in_double()
    {
        const int rows = 200_000;
        float[] dy = new float[rows], dBias = new float[1];
        Array.Fill(dy, 0.1f);
        Bias.Reduce<float>(dy, dBias);
        double oneRounding = NumericAssert.UnitRounding<float>(); // at the end
        NumericAssert.Near("Bias.Reduce of 200,000 times 0.1", rows * (double)0.1f, dBias[0], oneRounding, rows * 0.1);
    }

    [Fact]
    public void Embedding_gathers_and_scatters()
    {
        foreach (int n in Every.Width)
        {
            int[] indices = [2, 0, 2, 4, 2];
            var random = new Random(n);
            PoisonedMatrix<float> table = new(random, 1, 5 * n, 5 * n), y = new(random, 1, 5 * n, 5 * n);
            var dTable = new PoisonedMatrix<float>(random, 1, 5 * n, 5 * n);
            Embedding.Gather<float>(n, table.Span, indices, y.Span);
            for (int i = 0; i < 5 * n; i++)
                NumericAssert.SameBits($"Gather of {n} columns, entry {i}", table[0, (indices[i / n] * n) + (i % n)], y[0, i]);
            Embedding.ScatterAdd<float>(n, y.Span, indices, dTable.Span);
            for (int i = 0; i < 5 * n; i++)
            {
                double sum = dTable.Original(0, i);
                for (int k = 0; k < indices.Length; k++)
                    sum += indices[k] == i / n ? y[0, (k * n) + (i % n)] : 0;
                NumericAssert.SumsAgree($"ScatterAdd of {n} columns, entry {i}", sum, dTable[0, i], 4, 4);
            }

            table.AssertUnchanged($"table of Gather of {n} columns");
            y.AssertUnchangedExcept($"y of Gather of {n} columns", (_, _) => true);
            dTable.AssertUnchangedExcept($"dTable of ScatterAdd of {n} columns", (_, _) => true);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        float[] six = new float[6];
        Assert.Equal(
            "The matrix 'x' must be whole rows of 4 columns (at least 1), but it has 6 elements.",
            Message(() => Softmax.Forward<float>(4, six, six)));
        Assert.Equal("Indices must lie in [0, 3), but one is 3.", Message(() => CrossEntropy.Forward<float>(3, six, [0, 3], six)));
        Assert.Equal("Indices must lie in [0, 2), but one is -1.", Message(() => Embedding.Gather<float>(3, six, [-1], new float[3])));
        Assert.Equal(
            "The vector gain must have 3 elements, but it has 2.",
            Message(() => LayerNorm.Forward<float>(3, six, new float[2], new float[3], 0, six, new float[2], new float[2])));

        static string Message(Action action) => Assert.Throws<ArgumentException>(action).Message;
    }

    private static double Weighted(double[] y, double[] dy) => y.Zip(dy, (a, b) => a * b).Sum();

    private static double[] NaiveSoftmax(double[] x, int n)
    {
        double[] e = [.. x.Select(Math.Exp)];
        return [.. e.Select((v, i) => v / e.AsSpan(i / n * n, n).ToArray().Sum())];
    }

    private static double[] NaiveLayerNorm(double[] x, double[] gain, double[] bias, double ε)
    {
        int n = gain.Length;
        return [.. x.Select((v, i) =>
        {
            double[] row = x.AsSpan(i / n * n, n).ToArray();
            double mean = row.Average(), variance = row.Average(r => (r - mean) * (r - mean));
            return (gain[i % n] * (v - mean) / Math.Sqrt(variance + ε)) + bias[i % n];
        })];
    }
}
