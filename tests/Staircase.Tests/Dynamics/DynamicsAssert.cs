namespace Staircase.Tests.Dynamics;

/// <summary>Comparisons whose messages say what was compared, what was expected, what was found and how far apart they are.</summary>
internal static class DynamicsAssert
{
    /// <summary>
    /// A fitted order may differ from the theoretical one by this much: the next term of the expansion still shows at the steps used.
    /// </summary>
    public const double SlopeTolerance = 0.15;

    public static void Near(string what, double expected, double actual, double tolerance)
    {
        double error = Math.Abs(actual - expected);
        if (!(error <= tolerance))
        {
            Assert.Fail(
                $"{what}: expected {expected:R}, actual {actual:R}, error {error:E2}, relative {error / Math.Abs(expected):E2}, "
                + $"allowed error {tolerance:E2}");
        }
    }

    public static void AtMost(string what, double bound, double actual)
    {
        if (!(actual <= bound))
            Assert.Fail($"{what}: expected at most {bound:G6}, actual {actual:G6}, ratio {actual / bound:G4}");
    }

    /// <summary>Every entry agrees, the error measured against the largest expected entry.</summary>
    public static void Near(string what, ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double relative)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = 0;
        foreach (double x in expected)
            largest = Math.Max(largest, Math.Abs(x));
        for (int i = 0; i < expected.Length; i++)
            Near($"{what}[{i}]", expected[i], actual[i], relative * largest);
    }

    public static void SameBits(string what, ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            SameBits($"{what}[{i}]", expected[i], actual[i]);
    }

    public static void SameBits(string what, double expected, double actual)
    {
        if (BitConverter.DoubleToInt64Bits(expected) != BitConverter.DoubleToInt64Bits(actual))
            Assert.Fail($"{what}: expected the bits of {expected:R}, actual {actual:R}, difference {actual - expected:E2}");
    }

    /// <summary>Every recorded number and the last weights agree.</summary>
    public static void SameBits(string what, Trajectory expected, Trajectory actual)
    {
        Assert.Equal(expected.Columns, actual.Columns);
        Assert.Equal(expected.Steps, actual.Steps);
        SameBits($"{what}: positions", expected.Positions, actual.Positions);
        foreach (Column column in expected.Columns)
            SameBits($"{what}: {column.Name}", [.. expected[column.Name]], [.. actual[column.Name]]);
        SameBits($"{what}: final weights", expected.FinalWeights, actual.FinalWeights);
    }

    /// <summary>The least-squares slope of log error against log step.</summary>
    public static void Slope(string what, double expected, IReadOnlyList<double> steps, IReadOnlyList<double> errors)
    {
        double slope = SlopeOf(steps, errors);
        if (!(Math.Abs(slope - expected) <= SlopeTolerance))
        {
            string list = string.Join(", ", errors.Select(e => e.ToString("E2")));
            Assert.Fail($"{what}: expected order {expected} ± {SlopeTolerance}, actual {slope:F3}; errors {list}");
        }
    }

    public static double SlopeOf(IReadOnlyList<double> steps, IReadOnlyList<double> errors)
    {
        double meanX = steps.Average(Math.Log), meanY = errors.Average(Math.Log), xx = 0, xy = 0;
        for (int i = 0; i < steps.Count; i++)
        {
            double x = Math.Log(steps[i]) - meanX;
            xx += x * x;
            xy += x * (Math.Log(errors[i]) - meanY);
        }

        return xy / xx;
    }
}
