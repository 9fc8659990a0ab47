using System.Collections.Concurrent;

namespace Staircase;

/// <summary>Finds the places where a series of any measure changes, and says how often chance alone would show as much.</summary>
/// <remarks>
/// Moving sums (MOSUM; Hušková, Slabý 2001; Eichinger, Kirch 2018): D_τ is the mean of the window after τ minus the mean of the window
/// before. A change point is a peak of D upwards (or downwards) where the level rises (falls), and faster than it mostly does (the median
/// of D). It must stand out in two ways, in standard errors of D under the series' own <see cref="SeriesNoise"/>: by its prominence (how
/// far D falls away on both sides before it rises higher) and by its distance from zero and from the median, whichever is nearer. Each
/// alone fails: distance takes noise on a long descent for a change, prominence a plateau between two drops.
/// <para>The false-alarm rate is the share of simulated null series (same length, first-order autoregressive noise of a φ at the upper end
/// of what the series allows; noise estimated anew on each) whose largest prominence is at least as large, or the share for distance if
/// that is larger: of the largest, so it holds for the whole series and not for each place. The asymptotic critical values of the
/// literature were not used: they assume a known long-run variance, which short series do not give.</para>
/// <para>Covered: noise from white to a random walk, a straight drift, a curved one whose slope has no peak, any scale. Not covered: noise
/// whose size changes along the series, heavy tails, oscillation, slow noise beneath fast noise; such series raise more alarms than
/// stated.</para>
/// <para>Deterministic: the null series come from fixed seeds. A detector serves any number of series of one length; it is
/// thread-safe.</para>
/// </remarks>
public sealed class ChangePointDetector
{
    private const int Grid = 20;           // φ to the nearest 1/20
    private const double Rounding = 1e-13; // relative to the values: smaller innovations are rounding
    private const int SmallestWindow = 5, WindowsPerLength = 8;

    private readonly ConcurrentDictionary<int, Lazy<NullMaxima>> _maxima = new();
    private readonly int _nulls;

    /// <summary>Of each simulated null series the largest value, ascending.</summary>
    private sealed record NullMaxima(double[] Prominence, double[] Distance);

    private readonly record struct Peak(int Index, double Prominence, double Distance);

    /// <summary>A detector for series of one length.</summary>
    /// <param name="length">Values a series.</param>
    /// <param name="window">
    /// Values on either side of a change, at least 5; two changes of one direction nearer than that are one. By default a twentieth of the
    /// length, at least 5.
    /// </param>
    /// <param name="nulls">How many null series are simulated; no false-alarm rate is below 1/(nulls + 1).</param>
    /// <exception cref="ArgumentException">The window does not fit eight times into the length.</exception>
    public ChangePointDetector(int length, int? window = null, int nulls = 999)
    {
        Length = length;
        Window = window ?? Max(SmallestWindow, length / 20);
        if (Window < SmallestWindow || WindowsPerLength * Window > length || nulls < 1)
        {
            throw new ArgumentException(
                $"A series of {length} values needs a window of {SmallestWindow} to {length / WindowsPerLength}, not {Window}, and one "
                    + $"null series or more, not {nulls}.");
        }

        _nulls = nulls;
    }

    /// <summary>Values a series.</summary>
    public int Length { get; }

    /// <summary>Values on either side of a change.</summary>
    public int Window { get; }

    /// <summary>The change points in order.</summary>
    /// <param name="series">Of this detector's length.</param>
    /// <param name="level">The largest false-alarm rate reported; 1 reports every peak.</param>
    /// <exception cref="ArgumentException">The length is another, or a value is not finite.</exception>
    public IReadOnlyList<ChangePoint> Detect(EvenSeries series, double level = 0.05)
    {
        double[] y = series.Values;
        if (y.Length != Length || !Array.TrueForAll(y, double.IsFinite))
        {
            throw new ArgumentException(
                $"This detector takes {Length} finite values; found {y.Length}, {y.Count(v => !double.IsFinite(v))} of them not finite.");
        }

        SeriesNoise noise = SeriesNoise.Of(y);
        double error = StandardError(noise, Rounding * y.Max(Abs));
        if (error == 0)
            return []; // all values are zero
        NullMaxima maxima = _maxima.GetOrAdd(NullGridPoint(noise), k => new(() => Simulate(k))).Value;

        double[] sizes = Sizes(y);
        var changes = new List<ChangePoint>();
        foreach ((int peak, double prominence, double distance) in Peaks(sizes))
        {
            double rate = Max(ShareAbove(maxima.Prominence, prominence / error), ShareAbove(maxima.Distance, distance / error));
            if (rate > level)
                continue;
            int first = peak, last = peak;
            while (first > 0 && AsStrong(first - 1))
                first--;
            while (last < sizes.Length - 1 && AsStrong(last + 1))
                last++;
            changes.Add(
                new(Position(peak), Position(first - 0.5), Position(last + 0.5), sizes[peak],
                Min(prominence, distance) / error, rate));

            bool AsStrong(int i) => Sign(sizes[i]) == Sign(sizes[peak]) && Abs(sizes[i]) >= Abs(sizes[peak]) - error;
        }

        return changes;

        // Size number i compares the windows that meet between values i + Window − 1 and i + Window.
        double Position(double i) => series.PositionAt(i + Window - 0.5);
    }

    private int NullGridPoint(SeriesNoise noise) => (int)Round(Grid * noise.LargestAutocorrelation(Length));

    private NullMaxima Simulate(int gridPoint)
    {
        double φ = (double)gridPoint / Grid, start = φ < 1 ? 1 / Sqrt(1 - φ * φ) : 0;
        double[] prominences = new double[_nulls], distances = new double[_nulls];
        var y = new double[Length];
        for (int k = 0; k < _nulls; k++) // in order: null series must not depend on the number of cores
        {
            var random = new RandomStream((ulong)gridPoint, RandomPurpose.NullSeries, k);
            random.FillNormal(y);
            y[0] *= start;
            for (int i = 1; i < y.Length; i++)
                y[i] += φ * y[i - 1];
            double error = StandardError(SeriesNoise.Of(y), smallestInnovation: 0);
            foreach (Peak peak in Peaks(Sizes(y)))
            {
                prominences[k] = Max(prominences[k], peak.Prominence / error);
                distances[k] = Max(distances[k], peak.Distance / error);
            }
        }

        Array.Sort(prominences);
        Array.Sort(distances);
        return new(prominences, distances);
    }

    /// <summary>D_τ for every τ that both windows reach.</summary>
    private double[] Sizes(double[] y)
    {
        int w = Window;
        var sizes = new double[Length - 2 * w + 1];
        double before = 0, after = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (i % w == 0)
            {
                // Summed anew once a window: sums carried along the series would gather the rounding of all of it.
                (before, after) = (y[i..(i + w)].Sum(), y[(i + w)..(i + 2 * w)].Sum());
            }
            else
            {
                before += y[i + w - 1] - y[i - 1];
                after += y[i + 2 * w - 1] - y[i + w - 1];
            }

            sizes[i] = (after - before) / w;
        }

        return sizes;
    }

    /// <summary>
    /// The standard deviation of D. Its weights c sum to zero, so Var D = −½ Σ c_i c_j V_|i−j|, finite for a random walk, too.
    /// </summary>
    private double StandardError(SeriesNoise noise, double smallestInnovation)
    {
        int w = Window;
        double sum = 0;
        for (int lag = 1; lag < 2 * w; lag++)
        {
            // Σ_i c_i c_{i+lag} w² for w times −1, then w times 1.
            int products = lag < w ? 2 * (w - lag) - lag : lag - 2 * w;
            sum -= products * noise.RelativeVariogram(lag);
        }

        return Max(noise.Innovation, smallestInnovation) * Sqrt(sum) / w;
    }

    /// <summary>The peaks in the direction of their sign, beyond the median.</summary>
    private static List<Peak> Peaks(double[] sizes)
    {
        double[] sorted = [.. sizes.Order()];
        double median = sorted[sorted.Length / 2];
        var peaks = new List<Peak>();
        foreach (int i in new EvenSeries(0, 1, sizes).Extrema())
        {
            int sign = Sign(sizes[i]);
            double distance = Min(sign * sizes[i], sign * (sizes[i] - median));
            if (distance > 0 && sign * (sizes[i] - sizes[i - 1]) > 0)
                peaks.Add(new(i, Min(Fall(i, -1, sign), Fall(i, 1, sign)), distance));
        }

        return peaks;

        double Fall(int peak, int step, int sign)
        {
            double height = sign * sizes[peak], lowest = height;
            for (int i = peak + step; i >= 0 && i < sizes.Length && sign * sizes[i] <= height; i += step)
                lowest = Min(lowest, sign * sizes[i]);
            return height - lowest;
        }
    }

    /// <summary>The share of the ascending numbers that reach a value, the value itself counted among them.</summary>
    private static double ShareAbove(double[] ascending, double value)
    {
        int low = 0, high = ascending.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ascending[middle] < value)
                low = middle + 1;
            else
                high = middle;
        }

        return (ascending.Length - low + 1.0) / (ascending.Length + 1);
    }
}
