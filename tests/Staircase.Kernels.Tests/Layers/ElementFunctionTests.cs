using System.Numerics;

namespace Staircase.Kernels.Tests;

public class ElementFunctionTests
{
    /// <summary>
    /// The gate's exponent is as large as 11, and its rounding is multiplied by a slope of up to 5; the naive derivative itself cancels in
    /// 1 − tanh².
    /// </summary>
    private const double Roundings = 50;

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void Relu_and_gelu_are_the_naive_functions(int bits)
    {
        foreach (int length in Every.Length)
        {
            if (bits == 32)
                Check<float>(length);
            else
                Check<double>(length);
        }

        static void Check<T>(int length)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random(length);
            foreach (T scale in (T[])[T.One, T.CreateTruncating(4)])
            {
                PoisonedMatrix<T> x = new(random, 1, length, length), dy = new(random, 1, length, length);
                VectorKernels.Scale(scale, x.Span, x.Span);
                double[] xs = Gradients.Doubles<T>(x.Span), dys = Gradients.Doubles<T>(dy.Span);
                Is<T>("relu", length, Relu.Forward, x, i => Math.Max(0, xs[i]));
                Is<T>("gelu", length, Gelu.Forward, x, i => NaiveGelu(xs[i]));
                Is<T>("relu backward", length, (v, z) => Relu.Backward(v, dy.Span, z), x, i => xs[i] > 0 ? dys[i] : 0);
                Is<T>("gelu backward", length, (v, z) => Gelu.Backward(v, dy.Span, z), x, i => NaiveGeluSlope(xs[i]) * dys[i]);
                dy.AssertUnchanged($"dy of relu and gelu of {length}, {typeof(T).Name}");
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

    [Fact]
    public void Wrong_lengths_and_precisions_are_refused()
    {
        string lengths = Assert.Throws<ArgumentException>(() => Relu.Forward<float>(new float[3], new float[4])).Message;
        string precision = Assert.Throws<NotSupportedException>(() => Relu.Forward<Half>(new Half[3], new Half[3])).Message;
        Assert.Equal("The vectors must have the same length, but x has 3 and y has 4 elements.", lengths);
        Assert.Equal("Kernels work on Single and Double, not on Half.", precision);
        Assert.Throws<ArgumentException>(() => Gelu.Backward<float>(new float[3], new float[2], new float[3]));
    }

    private delegate void Function<T>(ReadOnlySpan<T> x, Span<T> y);

    private static void Is<T>(string name, int length, Function<T> function, PoisonedMatrix<T> x, Func<int, double> expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string what = $"{name} of {length}, {typeof(T).Name}";
        double tolerance = Roundings * NumericAssert.UnitRounding<T>();
        T[] before = x.Span.ToArray();
        var y = new PoisonedMatrix<T>(new Random(1), 1, length, length);
        function(x.Span, y.Span);
        for (int i = 0; i < length; i++)
            NumericAssert.Near($"{what}, element {i}", expected(i), y[0, i], tolerance, 1 + Math.Abs(expected(i)));
        NumericAssert.SameBits<T>($"x of {what}", before, x.Span);
        y.AssertUnchangedExcept($"y of {what}", (_, _) => true);
        if (length > 0)
        {
            // An element has the same bits alone, in a partial vector, as inside a whole one.
            T[] place = [.. before], last = new T[1];
            if (!name.Contains("backward", StringComparison.Ordinal))
            {
                function(place.AsSpan(^1), last);
                NumericAssert.SameBits($"last element alone of {what}", y[0, length - 1], last[0]);
                function(place, place);
                NumericAssert.SameBits<T>($"{what} in place", y.Span, place);
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
