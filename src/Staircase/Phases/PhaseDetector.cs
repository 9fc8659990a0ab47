namespace Staircase;

/// <summary>Finds the plateaus and drops of a loss curve, without being told how many there are.</summary>
/// <remarks>
/// The fitted non-increasing curve is read sideways: how long does the loss dwell at each of 500 levels (fewer through noise) between its
/// first and its last value? Plateaus are the peaks of the logarithm of that dwelling time, drops the valleys between them, kept if a peak
/// stands out by a factor (persistence), so that a plateau counts for what it is against its own neighbours, however long the others are.
/// </remarks>
public static class PhaseDetector
{
    /// <summary>A plateau must be dwelt at this many times longer than the levels around it.</summary>
    public const double Prominence = 4;

    private const int MostLevels = 500;

    // a level is at least so many standard deviations of the noise high, else it would tell nothing
    private const double NoisePerLevel = 2;

    // the extremes of the noise lie closer than so many of these to a plateau; a drop through noise is higher
    private const int NoisyLevels = 3;
    private const int FewestPoints = 12;       // through noise, a level as high as that lasts as long as so many points, at least
    private const double MuchNoise = 0.01;     // of the fall: through less, levels are higher and need fewer points
    private const double SmallestDrop = 0.01;  // of the whole fall
    private const double FlatCurve = 1e-6;     // a fall smaller than this, relative to the loss, is no fall

    /// <summary>The plateaus in order; a curve that never falls is one plateau.</summary>
    /// <param name="positions">Ascending times or steps.</param>
    /// <param name="losses">The loss at each.</param>
    /// <exception cref="ArgumentException">There are fewer than two points, or positions do not ascend.</exception>
    public static IReadOnlyList<MeasuredPlateau> Plateaus(IReadOnlyList<double> positions, IReadOnlyList<double> losses)
    {
        if (positions.Count < 2 || positions.Count != losses.Count)
        {
            throw new ArgumentException(
                $"A curve needs at least two points and one loss a position; found {positions.Count} positions and {losses.Count} losses.");
        }

        for (int i = 1; i < positions.Count; i++)
        {
            if (!(positions[i] > positions[i - 1]))
                throw new ArgumentException($"Positions must ascend; number {i} is {positions[i]:R} after {positions[i - 1]:R}.");
        }

        (double[] x, double[] y) = Isotonic.NonIncreasing(positions, losses);
        double top = y[0], fall = y[0] - y[^1];
        if (fall <= FlatCurve * Abs(top))
            return [new(ValueAt(x, y, (x[0] + x[^1]) / 2), x[0], x[^1])];

        // Within the noise the fit wanders in small steps of its own; levels finer than that would take each of them for a plateau. How
        // long a level seems to last that few points cross is a matter of their noise, too: as long as so many, at least. A pool of the
        // fit through noise σ on a slope s has (σ/s)^⅔ points, so that levels q times as high need q² times fewer.
        (double noise, double alike) = Noise(positions, losses, x, y);
        double least = fall * SmallestDrop;
        int levels = MostLevels, fewest = 0;
        if (noise > 0)
        {
            double σ = NoisePerLevel * noise, higher = Cbrt(Max(1, MuchNoise * fall / noise)) * Pow(alike, 0.25);
            levels = (int)Clamp(fall / (higher * σ), 3, MostLevels);
            fewest = (int)Min(FewestPoints * alike * Pow(σ * levels / fall, 2), losses.Count / 3.0);
            least = Max(least, NoisyLevels * σ);
        }

        double[] crossing = [.. Range(0, levels + 1).Select(k => Crossing(x, y, top - fall * k / levels))];
        crossing[0] = x[0];
        crossing[levels] = x[^1];
        double[] sorted = [.. positions];
        double[] dwell = [.. Range(0, levels).Select(k => Log(Max(crossing[k + 1] - crossing[k], Shortest(k))))];
        int[] valleys = Valleys(dwell, least / fall * levels);

        // A plateau's height is the loss half-way between the fastest moments around it; a drop is half done half-way between two heights.
        double[] fastest = [x[0], .. valleys.Select(k => (crossing[k] + crossing[k + 1]) / 2), x[^1]];
        double[] heights = [.. Range(0, fastest.Length - 1).Select(i => ValueAt(x, y, (fastest[i] + fastest[i + 1]) / 2))];
        double[] bounds = [x[0],
            .. Range(0, heights.Length - 1).Select(i => Crossing(x, y, (heights[i] + heights[i + 1]) / 2)), x[^1]];
        return [.. heights.Select((height, i) => new MeasuredPlateau(height, bounds[i], bounds[i + 1]))];

        double Shortest(int k)
        {
            if (fewest == 0)
                return 1e-12 * (x[^1] - x[0]);
            int middle = Array.BinarySearch(sorted, (crossing[k] + crossing[k + 1]) / 2);
            int first = Clamp((middle < 0 ? ~middle : middle) - fewest / 2, 0, sorted.Length - 1 - fewest);
            return sorted[first + fewest] - sorted[first];
        }
    }

    /// <summary>
    /// The noise of the losses: its standard deviation from the median distance to the fit (spikes do not count), or from second
    /// differences, as of a curve that falls too steeply for its noise to leave the fit often; and over how many points neighbours are
    /// alike. None for a curve that never rises.
    /// </summary>
    private static (double Size, double Alike) Noise(IReadOnlyList<double> positions, IReadOnlyList<double> losses, double[] x, double[] y)
    {
        const double normal = 1.4826; // standard deviation over median size
        const double nowAndThen = 0.02, beside = 0.25, mostAlike = 100;
        var sizes = new double[losses.Count];
        for (int i = 0, after = 1; i < sizes.Length; i++)
        {
            while (after < x.Length - 1 && x[after] < positions[i])
                after++;
            double θ = (positions[i] - x[after - 1]) / (x[after] - x[after - 1]);
            sizes[i] = Abs(losses[i] - (y[after - 1] + θ * (y[after] - y[after - 1])));
        }

        double median = Median(sizes), size = median > 1e-12 * Abs(y[0]) ? normal * median : 0;
        double[] rises = [.. losses.Zip(losses.Skip(1), (before, after) => after - before).Where(rise => rise > 0)];
        if (losses.Count < SeriesNoise.FewestValues || (size == 0 && rises.Length <= nowAndThen * losses.Count))
            return (size, 1);
        SeriesNoise noise = SeriesNoise.Of([.. losses]);
        if (rises.Length > nowAndThen * losses.Count && Median(rises) > beside * noise.Innovation) // else it is the curve that bends
            size = Max(size, noise.Innovation);
        return (size, Min((1 + noise.Autocorrelation) / (1 - noise.Autocorrelation), mostAlike));

        static double Median(double[] values)
        {
            Array.Sort(values);
            return values[values.Length / 2];
        }
    }

    /// <summary>The lowest level between each pair of neighbouring peaks that stand out.</summary>
    private static int[] Valleys(double[] dwell, double smallestDrop)
    {
        // Alternate peaks and valleys, then repeatedly remove the least prominent pair.
        List<int> peaks = [], valleys = [];
        for (int k = 0; k < dwell.Length; k++)
        {
            bool risesBefore = k == 0 || dwell[k - 1] < dwell[k], fallsAfter = k == dwell.Length - 1 || dwell[k + 1] <= dwell[k];
            if (!risesBefore || !fallsAfter)
                continue;
            if (peaks.Count > 0)
                valleys.Add(Range(peaks[^1], k - peaks[^1]).MinBy(i => dwell[i]));
            peaks.Add(k);
        }

        while (valleys.Count > 0)
        {
            int weakest = -1, lower = 0;
            double depth = Log(Prominence);
            for (int i = 0; i < valleys.Count; i++)
            {
                double left = dwell[peaks[i]] - dwell[valleys[i]], right = dwell[peaks[i + 1]] - dwell[valleys[i]];
                double here = Min(left, right);
                if (peaks[i + 1] - peaks[i] < smallestDrop)
                    here = 0;
                if (here < depth)
                    (weakest, lower, depth) = (i, left < right ? i : i + 1, here);
            }

            if (weakest < 0)
                break;
            valleys.RemoveAt(weakest);
            peaks.RemoveAt(lower);
        }

        return [.. valleys];
    }

    internal static double Crossing(double[] x, double[] y, double level)
    {
        int low = 0, high = y.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (y[middle] > level)
                low = middle;
            else
                high = middle;
        }

        double rise = y[low] - y[high];
        return rise > 0 ? x[low] + (x[high] - x[low]) * Clamp((y[low] - level) / rise, 0, 1) : x[high];
    }

    private static double ValueAt(double[] x, double[] y, double position)
    {
        int after = Clamp(Array.FindIndex(x, p => p >= position), 1, x.Length - 1);
        double θ = (position - x[after - 1]) / (x[after] - x[after - 1]);
        return y[after - 1] + θ * (y[after] - y[after - 1]);
    }
}
