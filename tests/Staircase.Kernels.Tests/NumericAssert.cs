using System.Numerics;

namespace Staircase.Kernels.Tests;

/// <summary>Comparisons whose messages say what was compared, both values and the relative error.</summary>
internal static class NumericAssert
{
    /// <summary>
    /// Rounding of a sum of n products, relative to the sum of the products' absolute values: the classical bound is
    /// n * 2^-53 for either side; the factor 4 leaves room for both sides, alpha and beta.
    /// </summary>
    private const double RoundingPerTerm = 4 * 1.1102230246251565e-16;

    /// <summary>2⁻²⁴ instead of 2⁻⁵³.</summary>
    private const double SinglePerDouble = 1 << 29;

    /// <summary>Half a unit in the last place of 1: the rounding of one operation.</summary>
    public static double UnitRounding<T>()
        where T : IBinaryFloatingPointIeee754<T> => typeof(T) == typeof(float) ? 5.9604644775390625e-8 : 1.1102230246251565e-16;

    /// <summary>Asserts that a sum agrees with its naive twin within rounding.</summary>
    /// <param name="what">What the number is, for the message.</param>
    /// <param name="expected">The naive value.</param>
    /// <param name="actual">The kernel's value.</param>
    /// <param name="terms">Number of summed products.</param>
    /// <param name="magnitude">Sum of the products' absolute values.</param>
    public static void SumsAgree(string what, double expected, double actual, int terms, double magnitude)
    {
        double tolerance = RoundingPerTerm * (terms + 2) * magnitude;
        if (!(Math.Abs(expected - actual) <= tolerance))
        {
            double error = Math.Abs(expected - actual);
            Assert.Fail($"{what}: expected {expected:R}, actual {actual:R}, error {error:E2} "
                + $"({error / Math.Abs(expected):E2} of it), allowed {tolerance:E2}");
        }
    }

    /// <summary>The same for a kernel of the given precision; the naive value is in double.</summary>
    public static void SumsAgree<T>(string what, double expected, T actual, int terms, double magnitude)
        where T : IBinaryFloatingPointIeee754<T> =>
        SumsAgree(what, expected, double.CreateTruncating(actual), terms, magnitude * (typeof(T) == typeof(float) ? SinglePerDouble : 1));

    /// <summary>Asserts that two numbers agree within a relative tolerance of a scale.</summary>
    public static void Near<T>(string what, double expected, T actual, double relative, double scale)
        where T : IBinaryFloatingPointIeee754<T>
    {
        double difference = Math.Abs(expected - double.CreateTruncating(actual));
        if (!(difference <= relative * scale))
        {
            string allowed = $"allowed {relative * scale:E2} ({relative:E1} of {scale:G4})";
            Assert.Fail($"{what}: expected {expected:R}, actual {actual}, difference {difference:E2}, {allowed}");
        }
    }

    /// <summary>Asserts that two numbers have the same bits, NaN included.</summary>
    public static void SameBits<T>(string what, T expected, T actual)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // A conversion to double keeps every single-precision number, and NaN apart from its payload.
        SameBits(what, double.CreateTruncating(expected), double.CreateTruncating(actual));
    }

    /// <summary>The same for all numbers of two vectors.</summary>
    public static void SameBits<T>(string what, ReadOnlySpan<T> expected, ReadOnlySpan<T> actual)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            SameBits($"{what}, element {i}", expected[i], actual[i]);
    }

    /// <summary>Asserts that two numbers have the same bits, NaN included.</summary>
    public static void SameBits(string what, double expected, double actual)
    {
        if (BitConverter.DoubleToInt64Bits(expected) != BitConverter.DoubleToInt64Bits(actual))
        {
            double relative = Math.Abs(expected - actual) / Math.Abs(expected);
            Assert.Fail($"{what}: expected {expected:R}, actual {actual:R}, relative error {relative:E2}, allowed none");
        }
    }
}
