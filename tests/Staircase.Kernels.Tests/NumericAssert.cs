namespace Staircase.Kernels.Tests;

/// <summary>Comparisons whose messages say what was compared, both values and the relative error.</summary>
internal static class NumericAssert
{
    /// <summary>
    /// Rounding of a sum of n products, relative to the sum of the products' absolute values: the classical bound is
    /// n * 2^-53 for either side; the factor 4 leaves room for both sides, alpha and beta.
    /// </summary>
    private const double RoundingPerTerm = 4 * 1.1102230246251565e-16;

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
            Assert.Fail($"{what}: expected {expected:R}, actual {actual:R}, relative error {Math.Abs(expected - actual) / Math.Abs(expected):E2}, allowed absolute error {tolerance:E2}");
    }

    /// <summary>Asserts that two numbers have the same bits, NaN included.</summary>
    public static void SameBits(string what, double expected, double actual)
    {
        if (BitConverter.DoubleToInt64Bits(expected) != BitConverter.DoubleToInt64Bits(actual))
            Assert.Fail($"{what}: expected {expected:R}, actual {actual:R}, relative error {Math.Abs(expected - actual) / Math.Abs(expected):E2}, allowed none");
    }
}
