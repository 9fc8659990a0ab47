using System.Numerics;

namespace Staircase.Kernels.Tests;

/// <summary>Gradients of kernels against differences of naive functions in double precision.</summary>
internal static class Gradients
{
    /// <summary>
    /// Fourth-order differences of step 1e-3 are good to 1e-10 for functions of order one; the kernels' own sums round a little more.
    /// </summary>
    public const double InDouble = 1e-7;

    /// <summary>Single precision: 2⁻²⁴ times sums of up to some hundred terms.</summary>
    public const double InSingle = 1e-4;

    /// <summary>The tolerance for the precision.</summary>
    public static double Tolerance<T>() => typeof(T) == typeof(float) ? InSingle : InDouble;

    /// <summary>∂f/∂x of a function of one vector.</summary>
    public static double[] Of(Func<double[], double> f, double[] x)
    {
        const double step = 1e-3;
        var gradient = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double At(double shift)
            {
                double[] moved = [.. x];
                moved[i] += shift;
                return f(moved);
            }

            gradient[i] = ((8 * (At(step) - At(-step))) - (At(2 * step) - At(-2 * step))) / (12 * step);
        }

        return gradient;
    }

    /// <summary>Asserts that a kernel's gradient is that of the naive function, relative to its largest entry.</summary>
    public static void Agree<T>(string what, Func<double[], double> naive, double[] x, ReadOnlySpan<T> actual)
        where T : IBinaryFloatingPointIeee754<T>
    {
        double[] expected = Of(naive, x);
        double size = Math.Max(1e-3, expected.Length == 0 ? 0 : expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
            NumericAssert.Near($"{what}, entry {i}, {typeof(T).Name}", expected[i], actual[i], Tolerance<T>(), size);
    }

    public static double[] Doubles<T>(ReadOnlySpan<T> x)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var values = new double[x.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = double.CreateTruncating(x[i]);
        return values;
    }
}
