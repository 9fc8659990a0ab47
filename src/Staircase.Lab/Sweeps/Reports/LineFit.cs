using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Staircase.Lab;

/// <summary>Straight lines of one slope through groups of points, each with an intercept of its own, by least squares.</summary>
/// <param name="Slope">The slope that all have in common.</param>
/// <param name="HalfWidth">Half of the slope's 95 % confidence interval, from Student's distribution; NaN of too few points.</param>
/// <param name="Points">The points.</param>
public sealed record LineFit(double Slope, double HalfWidth, int Points)
{
    /// <summary>What a confidence interval leaves to each side.</summary>
    private const double Tail = 0.025;

    /// <summary>The fit; null where no group has two places.</summary>
    /// <param name="points">Places, heights and the group of each; what is not finite is left out.</param>
    public static LineFit? Of(IEnumerable<(double X, double Y, string Group)> points)
    {
        (double X, double Y)[][] groups =
        [
            .. points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))
                .GroupBy(point => point.Group, point => (point.X, point.Y)).Select(group => group.ToArray()),
        ];
        (double X, double Y)[] centred = [.. groups.SelectMany(Centred)];
        double xx = centred.Sum(point => point.X * point.X);
        if (xx == 0)
            return null;
        double slope = centred.Sum(point => point.X * point.Y) / xx;
        int freedom = centred.Length - groups.Length - 1;
        double left = centred.Sum(point => Pow(point.Y - slope * point.X, 2));
        double error = freedom > 0 ? Sqrt(left / freedom / xx) * StudentT.InvCDF(0, 1, freedom, 1 - Tail) : double.NaN;
        return new(slope, error, centred.Length);
    }

    /// <summary>
    /// The median of the slopes between any two points of a group (Theil 1950, Sen 1968), which a few points that stand apart do not move.
    /// </summary>
    /// <param name="points">Places, heights and the group of each; what is not finite is left out.</param>
    public static double MedianSlope(IEnumerable<(double X, double Y, string Group)> points) =>
    (
        from @group in points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))
            .GroupBy(point => point.Group)
        from a in @group
        from b in @group
        where a.X < b.X
        select (b.Y - a.Y) / (b.X - a.X)).Median();

    /// <summary>The mean of numbers and half of its 95 % confidence interval; NaN of a single one.</summary>
    public static (double Mean, double HalfWidth) MeanOf(IReadOnlyList<double> numbers)
    {
        double mean = numbers.Average();
        if (numbers.Count < 2)
            return (mean, double.NaN);
        double spread = Sqrt(numbers.Sum(number => (number - mean) * (number - mean)) / (numbers.Count - 1) / numbers.Count);
        return (mean, spread * StudentT.InvCDF(0, 1, numbers.Count - 1, 1 - Tail));
    }

    /// <summary>The slope with its interval.</summary>
    public override string ToString() => $"{Number(Slope)} ± {Number(HalfWidth, digits: 2)}";

    private static IEnumerable<(double X, double Y)> Centred((double X, double Y)[] group)
    {
        double x = group.Average(point => point.X), y = group.Average(point => point.Y);
        return group.Select(point => (point.X - x, point.Y - y));
    }
}
