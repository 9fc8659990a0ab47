namespace Staircase;

/// <summary>A drop of a loss curve between two plateaus.</summary>
/// <param name="Position">Where half of it is done.</param>
/// <param name="From">The height of the plateau before.</param>
/// <param name="To">The height of the plateau after.</param>
/// <param name="Width">The distance over which its middle four fifths are done, from a tenth to nine tenths.</param>
/// <param name="Sharpness">The shorter of the two plateaus, in widths of the drop: below about 1 it is a part of a gradual fall.</param>
/// <param name="FalseAlarmRate">
/// How often a curve without drops, with the noise of this one, shows a drop as sharp; null where the curve is too short to tell its noise.
/// </param>
public sealed record MeasuredDrop(double Position, double From, double To, double Width, double Sharpness, double? FalseAlarmRate)
{
    /// <summary>How far the loss falls.</summary>
    public double Size => From - To;

    /// <summary>The drops of a curve, with how often chance would show each.</summary>
    /// <remarks>
    /// The null curves fall as one exponential does, the one nearest to the measured curve (least squares over time constants from a
    /// thousandth of its length to ten lengths), under autoregressive noise of order one as it is measured on the curve
    /// (<see cref="SeriesNoise"/>). <see cref="PhaseDetector"/> looks at each as it looks at the curve; a rate is the share, the curve
    /// itself counted, whose sharpest drop is as sharp. It holds for the whole curve, and not for noise that changes its size along it.
    /// Deterministic: the noise comes from fixed seeds.
    /// </remarks>
    /// <param name="positions">Ascending times or steps.</param>
    /// <param name="losses">The loss at each.</param>
    /// <param name="nulls">How many null curves; no rate is below 1/(nulls + 1).</param>
    /// <exception cref="ArgumentException">There are fewer than two points, or positions do not ascend.</exception>
    public static IReadOnlyList<MeasuredDrop> Of(IReadOnlyList<double> positions, IReadOnlyList<double> losses, int nulls = 199)
    {
        MeasuredDrop[] drops = Found(positions, losses);
        if (drops.Length == 0 || losses.Count < SeriesNoise.FewestValues)
            return drops;
        double[] sharpest = SharpestByChance([.. positions], [.. losses], nulls);
        return [.. drops.Select(drop => drop with { FalseAlarmRate = (1.0 + sharpest.Count(s => s >= drop.Sharpness)) / (nulls + 1) })];
    }

    private static MeasuredDrop[] Found(IReadOnlyList<double> positions, IReadOnlyList<double> losses)
    {
        IReadOnlyList<MeasuredPlateau> plateaus = PhaseDetector.Plateaus(positions, losses);
        if (plateaus.Count < 2)
            return [];
        (double[] x, double[] y) = Isotonic.NonIncreasing(positions, losses);
        double narrowest = (x[^1] - x[0]) / positions.Count; // nothing is seen between two points
        return
        [
            .. plateaus.Zip(plateaus.Skip(1), (before, after) =>
            {
                double tenth = 0.1 * (before.Height - after.Height);
                double width = PhaseDetector.Crossing(x, y, after.Height + tenth) - PhaseDetector.Crossing(x, y, before.Height - tenth);
                double sharpness = Min(before.Duration, after.Duration) / Max(width, narrowest);
                return new MeasuredDrop(before.End, before.Height, after.Height, width, sharpness, FalseAlarmRate: null);
            }),
        ];
    }

    /// <summary>Of each null curve the sharpest drop, 0 where it has none.</summary>
    private static double[] SharpestByChance(double[] positions, double[] losses, int nulls)
    {
        double[] fall = Exponential(positions, losses);
        SeriesNoise noise = SeriesNoise.Of(losses);
        double φ = noise.Autocorrelation, first = φ < 1 ? 1 / Sqrt(1 - φ * φ) : 0;
        var sharpest = new double[nulls];
        Parallel.For(0, nulls, ThreadTeam.Limit, k =>
        {
            var random = new RandomStream(0, RandomPurpose.NullSeries, k);
            var curve = new double[losses.Length];
            random.FillNormal(curve);
            curve[0] *= first;
            for (int i = 1; i < curve.Length; i++)
                curve[i] += φ * curve[i - 1];
            for (int i = 0; i < curve.Length; i++)
                curve[i] = fall[i] + noise.Innovation * curve[i];
            sharpest[k] = Found(positions, curve).Select(drop => drop.Sharpness).DefaultIfEmpty(0).Max();
        });
        return sharpest;
    }

    /// <summary>a + b exp(−t/τ), nearest to a curve.</summary>
    private static double[] Exponential(double[] positions, double[] losses)
    {
        const int Tried = 60;
        double length = positions[^1] - positions[0], least = double.PositiveInfinity;
        double[] best = losses;
        for (int k = 0; k < Tried; k++)
        {
            double τ = length * Pow(10, -3 + 4.0 * k / (Tried - 1));
            double[] e = Array.ConvertAll(positions, t => Exp(-(t - positions[0]) / τ));
            double meanE = e.Average(), meanL = losses.Average(), ee = 0, el = 0;
            for (int i = 0; i < e.Length; i++)
            {
                ee += (e[i] - meanE) * (e[i] - meanE);
                el += (e[i] - meanE) * (losses[i] - meanL);
            }

            double b = ee > 0 ? el / ee : 0, squares = 0;
            double[] fit = Array.ConvertAll(e, value => meanL + b * (value - meanE));
            for (int i = 0; i < fit.Length; i++)
                squares += (losses[i] - fit[i]) * (losses[i] - fit[i]);
            if (squares < least)
                (least, best) = (squares, fit);
        }

        return best;
    }
}
