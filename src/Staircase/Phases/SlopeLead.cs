namespace Staircase;

/// <summary>By how much the slope of a measure runs ahead of the slope of the loss, over the whole series.</summary>
/// <param name="Lead">The shift at which the slopes correlate most, in size: positive where the measure comes first.</param>
/// <param name="Uncertainty">
/// Half the range of shifts at which they correlate as much within one standard error, (1 − r²)/√m with m = n/(2√π·width) independent
/// stretches.
/// </param>
/// <param name="Correlation">Pearson's r at that shift; negative for a measure that rises where the loss falls.</param>
/// <param name="IsPeak">Whether the correlation falls off on both sides; else the largest shift that was tried bounds the answer.</param>
/// <remarks>
/// One shift for all transitions: where a measure leads at one drop and lags at another, see <see cref="MatchedTransition"/>.
/// </remarks>
public sealed record SlopeLead(double Lead, double Uncertainty, double Correlation, bool IsPeak)
{
    /// <summary>Of a measure against the loss at the same positions.</summary>
    /// <param name="largestShift">In samples; at most half of the series.</param>
    /// <param name="width">
    /// Of the smoothing before the slopes are taken, in samples. Smoothing looks ahead and back alike: it widens the answer and does not
    /// shift it.
    /// </param>
    /// <exception cref="ArgumentException">Positions differ, or the shift does not fit.</exception>
    public static SlopeLead Of(EvenSeries measure, EvenSeries loss, int largestShift, double width = GaussianSmoothing.UsualWidth)
    {
        int n = loss.Count;
        if (measure.Count != n || measure.Start != loss.Start || measure.Spacing != loss.Spacing)
            throw new ArgumentException("The measure and the loss must have the same positions.");
        if (largestShift < 1 || largestShift > n / 2)
            throw new ArgumentException($"The largest shift must be 1 to {n / 2} samples, not {largestShift}.");
        double[] a = GaussianSmoothing.Of(measure, width).Slope().Values, b = GaussianSmoothing.Of(loss, width).Slope().Values;
        double[] r = [.. Range(-largestShift, 2 * largestShift + 1).Select(shift => Correlated(a, b, shift))];
        int best = 0;
        for (int i = 1; i < r.Length; i++)
        {
            if (!(Abs(r[i]) <= Abs(r[best])))
                best = i;
        }

        double stretches = Max(1, n / Max(1, 2 * Sqrt(PI) * width));
        double allowed = Abs(r[best]) - (1 - r[best] * r[best]) / Sqrt(stretches);
        int first = best, last = best;
        while (first > 0 && AsMuch(first - 1))
            first--;
        while (last < r.Length - 1 && AsMuch(last + 1))
            last++;
        return new(
            (best - largestShift) * loss.Spacing, (last - first + 1) / 2.0 * loss.Spacing, r[best], first > 0 && last < r.Length - 1);

        bool AsMuch(int i) => Sign(r[i]) == Sign(r[best]) && Abs(r[i]) >= allowed;
    }

    /// <summary>Pearson's correlation of a_t with b_{t+shift} where both exist; zero if one is constant.</summary>
    private static double Correlated(double[] a, double[] b, int shift)
    {
        int start = Max(0, -shift), count = a.Length - Abs(shift);
        double[] x = a[start..(start + count)], y = b[(start + shift)..(start + shift + count)];
        double mx = x.Average(), my = y.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < count; i++)
        {
            xy += (x[i] - mx) * (y[i] - my);
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
        }

        return xx > 0 && yy > 0 ? Clamp(xy / Sqrt(xx * yy), -1, 1) : 0;
    }
}
