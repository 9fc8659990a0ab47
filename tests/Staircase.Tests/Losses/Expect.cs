namespace Staircase.Tests;

/// <summary>Comparisons whose messages say what was compared, both values and the error.</summary>
internal static class Expect
{
    /// <summary>Asserts that two numbers agree relative to the expected one, or to <paramref name="scale"/> where that is larger.</summary>
    public static void Relative(string what, double expected, double actual, double tolerance, double scale = 0)
    {
        double size = Math.Max(Math.Abs(expected), scale);
        double error = Math.Abs(actual - expected);
        if (!(error <= tolerance * size))
            Assert.Fail($"{what}: expected {expected:R}, actual {actual:R}, relative error {error / size:E2}, allowed {tolerance:E2}");
    }

    /// <summary>Asserts that every number agrees relative to the largest expected one.</summary>
    public static void Relative(string what, ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: expected {expected.Length} numbers, actual {actual.Length}");
        double scale = 0;
        foreach (double value in expected)
            scale = Math.Max(scale, Math.Abs(value));
        for (int i = 0; i < expected.Length; i++)
            Relative($"{what}[{i}]", expected[i], actual[i], tolerance, scale);
    }

    /// <summary>Asserts that an estimate lies within a number of its own standard errors of the expected value.</summary>
    public static void WithinErrors(string what, double expected, double actual, double standardError, double errors)
    {
        double distance = Math.Abs(actual - expected) / standardError;
        if (!(distance <= errors))
        {
            Assert.Fail($"{what}: expected {expected:R}, actual {actual:R}, relative error {(actual - expected) / expected:E2}, "
                + $"{distance:F2} standard errors of {standardError:E2}, allowed {errors}");
        }
    }

    /// <summary>Asserts that a number is below a bound.</summary>
    public static void Below(string what, double bound, double actual)
    {
        if (!(actual < bound))
            Assert.Fail($"{what}: expected below {bound:R}, actual {actual:R}, ratio {actual / bound:E2}");
    }

    /// <summary>Asserts that two lists of numbers have the same bits.</summary>
    public static void SameBits(string what, ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: expected {expected.Length} numbers, actual {actual.Length}");
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.DoubleToInt64Bits(expected[i]) != BitConverter.DoubleToInt64Bits(actual[i]))
            {
                Assert.Fail($"{what}[{i}]: expected {expected[i]:R}, actual {actual[i]:R}, "
                    + $"relative error {Math.Abs((actual[i] - expected[i]) / expected[i]):E2}, allowed none");
            }
        }
    }
}
