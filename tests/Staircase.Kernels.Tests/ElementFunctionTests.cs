using System.Numerics;

namespace Staircase.Kernels.Tests;

public class ElementFunctionTests
{
    /// <summary>The gate's exponent is as large as 11, and its rounding is multiplied by a slope of up to 5; the naive derivative itself cancels in 1 − tanh².</summary>
    private const double Roundings = 50;

    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 258)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Relu_and_gelu_are_the_naive_functions(int length)
    {
        Check<float>(length);
        Check<double>(length);

        static void Check<T>(int length)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random(length);
            foreach (T scale in (T[])[T.One, T.CreateTruncating(4)])
            {
                PoisonedMatrix<T> x = new(random, 1, length, length), dy = new(random, 1, length, length);
                Scaling.Multiply(scale, x.Span, x.Span);
                double[] xs = Gradients.Doubles<T>(x.Span), dys = Gradients.Doubles<T>(dy.Span);
                Is<T>("relu", length, Relu.Forward, x, i => Math.Max(0, xs[i]));
                Is<T>("gelu", length, Gelu.Forward, x, i => NaiveGelu(xs[i]));
                Is<T>("relu backward", length, (v, z) => Relu.Backward(v, dy.Span, z), x, i => xs[i] > 0 ? dys[i] : 0);
                Is<T>("gelu backward", length, (v, z) => Gelu.Backward(v, dy.Span, z), x, i => NaiveGeluSlope(xs[i]) * dys[i]);
                dy.AssertUnchanged("dy");
            }
        }
    }

    [Fact]
    public void Gelu_slope_is_the_derivative()
    {
        double[] x = [.. Enumerable.Range(-60, 121).Select(i => i / 10.0)];
        double[] ones = [.. x.Select(_ => 1.0)], dx = new double[x.Length];
        Gelu.Backward<double>(x, ones, dx);
        Gradients.Agree<double>("gelu", at => at.Sum(NaiveGelu), x, dx);
    }

    [Fact]
    public void Special_values_keep_their_meaning()
    {
        float[] x = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f, -1e30f, 0, -0f, 100, -100], y = new float[9];
        Relu.Forward<float>(x, y);
        Assert.Equal([float.NaN, float.PositiveInfinity, 0, 1e30f, 0, 0, 0, 100, 0], y);
        Gelu.Forward<float>(x.AsSpan(5), y.AsSpan(5));
        Assert.Equal([0, 0, 100], y[5..8].Select(Math.Abs));
        Assert.InRange(y[8], -1e-30f, 0); // below every weight's rounding
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Scaling_is_the_naive_one(int length)
    {
        Check<float>(length);
        Check<double>(length);

        static void Check<T>(int length)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T scale = T.CreateTruncating(-0.75); // a power of two away from exact
            var random = new Random(length);
            PoisonedMatrix<T> x = new(random, 1, length, length), y = new(random, 1, length, length), z = new(random, 1, length, length);
            Scaling.Multiply(scale, x.Span, y.Span);
            Scaling.Add(scale, x.Span, z.Span);
            for (int i = 0; i < length; i++)
            {
                double xi = double.CreateTruncating(x[0, i]), zi = double.CreateTruncating(z.Original(0, i));
                NumericAssert.SumsAgree($"product {i} of {length}", -0.75 * xi, y[0, i], 1, Math.Abs(xi));
                NumericAssert.SumsAgree($"sum {i} of {length}", zi - (0.75 * xi), z[0, i], 2, Math.Abs(xi) + Math.Abs(zi));
            }

            x.AssertUnchanged("x");
            y.AssertUnchangedExcept("y", (_, _) => true);
            z.AssertUnchangedExcept("z", (_, _) => true);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Reductions_sum_in_double(int length)
    {
        var random = new Random(length);
        PoisonedMatrix<float> x = new(random, 1, length, length), y = new(random, 1, length, length);
        double sum = 0, dot = 0, squares = 0, magnitude = 0;
        for (int i = 0; i < length; i++)
        {
            sum += x[0, i];
            dot += (double)x[0, i] * y[0, i];
            squares += (double)x[0, i] * x[0, i];
            magnitude += Math.Abs(x[0, i]);
        }

        NumericAssert.SumsAgree($"sum of {length}", sum, Reductions.Sum(x.Span), length, magnitude);
        NumericAssert.SumsAgree($"dot of {length}", dot, Reductions.Dot(x.Span, y.Span), length, magnitude);
        NumericAssert.SumsAgree($"squares of {length}", squares, Reductions.SumOfSquares(x.Span), length, magnitude);
        x.AssertUnchanged("x");
        y.AssertUnchanged("y");
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AdamW_is_the_naive_update(int length)
    {
        Check<float>(length);
        Check<double>(length);

        static void Check<T>(int length)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            const double η = 0.1, β1 = 0.9, β2 = 0.98, ε = 1e-8, λ = 0.5;
            var random = new Random(length);
            PoisonedMatrix<T> w = new(random, 1, length, length), m = new(random, 1, length, length), v = new(random, 1, length, length);
            m.Span.Clear();
            v.Span.Clear();
            double[] weights = Gradients.Doubles<T>(w.Span), first = new double[length], second = new double[length];
            for (int step = 0; step < 3; step++)
            {
                var g = new PoisonedMatrix<T>(random, 1, length, length);
                AdamW.Update(w.Span, g.Span, m.Span, v.Span, step, η, β1, β2, ε, λ);
                for (int i = 0; i < length; i++)
                {
                    double gradient = double.CreateTruncating(g[0, i]);
                    first[i] = (β1 * first[i]) + ((1 - β1) * gradient);
                    second[i] = (β2 * second[i]) + ((1 - β2) * gradient * gradient);
                    weights[i] -= η * ((first[i] / (1 - Math.Pow(β1, step + 1)) / (Math.Sqrt(second[i] / (1 - Math.Pow(β2, step + 1))) + ε)) + (λ * weights[i]));
                }

                g.AssertUnchanged("gradient");
            }

            for (int i = 0; i < length; i++)
                NumericAssert.Near($"weight {i} of {length}, {typeof(T).Name}", weights[i], w[0, i], 40 * NumericAssert.UnitRounding<T>(), 1); // three steps of some ten roundings
            w.AssertUnchangedExcept("w", (_, _) => true);
            m.AssertUnchangedExcept("m", (_, _) => true);
            v.AssertUnchangedExcept("v", (_, _) => true);
        }
    }

    [Fact]
    public void Wrong_lengths_and_precisions_are_refused()
    {
        Assert.Equal("The vectors must have the same length, but x has 3 and y has 4 elements.", Assert.Throws<ArgumentException>(() => Relu.Forward<float>(new float[3], new float[4])).Message);
        Assert.Equal("Kernels work on Single and Double, not on Half.", Assert.Throws<NotSupportedException>(() => Relu.Forward<Half>(new Half[3], new Half[3])).Message);
        Assert.Throws<ArgumentException>(() => Gelu.Backward<float>(new float[3], new float[2], new float[3]));
        Assert.Throws<ArgumentException>(() => AdamW.Update<float>(new float[3], new float[3], new float[3], new float[2], 0, 0.1));
        Assert.Throws<ArgumentException>(() => Reductions.Dot(new float[3], new float[2]));
    }

    private delegate void Function<T>(ReadOnlySpan<T> x, Span<T> y);

    private static void Is<T>(string name, int length, Function<T> function, PoisonedMatrix<T> x, Func<int, double> expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] before = x.Span.ToArray();
        var y = new PoisonedMatrix<T>(new Random(1), 1, length, length);
        function(x.Span, y.Span);
        for (int i = 0; i < length; i++)
            NumericAssert.Near($"{name}[{i}] of {length}, {typeof(T).Name}", expected(i), y[0, i], Roundings * NumericAssert.UnitRounding<T>(), 1 + Math.Abs(expected(i)));
        Assert.Equal(before, x.Span.ToArray());
        y.AssertUnchangedExcept(name, (_, _) => true);
        if (length > 0)
        {
            // An element has the same bits alone, in a partial vector, as inside a whole one.
            T[] place = [.. before], last = new T[1];
            if (!name.Contains("backward", StringComparison.Ordinal))
            {
                function(place.AsSpan(^1), last);
                NumericAssert.SameBits($"{name}, last of {length} alone", y[0, length - 1], last[0]);
                function(place, place);
                Assert.Equal(y.Span.ToArray(), place);
            }
        }
    }

    private static double NaiveGelu(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private static double NaiveGeluSlope(double x)
    {
        double tanh = Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)));
        return (0.5 * (1 + tanh)) + (0.5 * x * (1 - (tanh * tanh)) * Math.Sqrt(2 / Math.PI) * (1 + (3 * 0.044715 * x * x)));
    }
}
