namespace Staircase.Tests;

/// <summary>What tests of random numbers need. Seeds are fixed, so a test that passes once passes always.</summary>
internal static class Statistics
{
    /// <summary>
    /// √n times the Kolmogorov–Smirnov distance exceeds this in 1 of 10,000 samples (Kolmogorov's limit: 2 exp(−2·2.23²)).
    /// </summary>
    public const double LargestKolmogorovDistance = 2.23;

    /// <summary>Checks that numbers come from a continuous distribution with the given distribution function.</summary>
    public static void CheckDistribution(string what, double[] numbers, Func<double, double> distribution)
    {
        double[] sorted = [.. numbers.Order()];
        double distance = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            double F = distribution(sorted[i]);
            distance = Math.Max(distance, Math.Max(F - (double)i / sorted.Length, (i + 1.0) / sorted.Length - F));
        }

        Expect.Below(
            $"{what}: Kolmogorov–Smirnov distance × √{sorted.Length}", LargestKolmogorovDistance, distance * Math.Sqrt(sorted.Length));
    }

    /// <summary>The mean and its standard error.</summary>
    public static (double Mean, double Error) Mean(IEnumerable<double> numbers)
    {
        double[] all = [.. numbers];
        double mean = all.Average();
        return (mean, Math.Sqrt(all.Sum(x => (x - mean) * (x - mean)) / (all.Length - 1.0) / all.Length));
    }

    /// <summary>Checks the expected value of numbers against their mean.</summary>
    public static void CheckMean(string what, double expected, IEnumerable<double> numbers, double errors)
    {
        (double mean, double error) = Mean(numbers);
        Expect.WithinErrors(what, expected, mean, error, errors);
    }

    /// <summary>The correlation of two lists, times √n: standard normal for independent lists.</summary>
    public static double ScaledCorrelation(double[] x, double[] y)
    {
        double mx = x.Average(), my = y.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            xy += (x[i] - mx) * (y[i] - my);
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
        }

        return xy / Math.Sqrt(xx * yy) * Math.Sqrt(x.Length);
    }
}
