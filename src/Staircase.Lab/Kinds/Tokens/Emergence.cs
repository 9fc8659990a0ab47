namespace Staircase.Lab;

/// <summary>
/// When in-context learning emerges: where the in-context score makes 10 to 90 % of its way from what the simpler predictor of the task has
/// to where it ends.
/// </summary>
/// <param name="Start">The step of 10 %: the last crossing before half of the way.</param>
/// <param name="Half">
/// The step of half of the way: its last crossing, for the first steps of a training can throw the score anywhere.
/// </param>
/// <param name="End">The step of 90 %: the first crossing after it.</param>
/// <remarks>
/// The simpler predictor is the one before the best: frequencies alone for a Markov chain, so that the unigram plateau lies before the
/// window; for other tasks it has no score. Steps between records are read off straight lines.
/// </remarks>
internal sealed record Emergence(double Start, double Half, double End)
{
    /// <summary>
    /// A model whose score stays nearer to the simpler predictor than to the best has not learned what makes it the best.
    /// </summary>
    private const double LeastGain = 0.5;

    private const int LastRecords = 5; // records at the end whose mean is where the score ends

    private const double From = 0.1, To = 0.9;

    /// <summary>The steps from 10 to 90 %.</summary>
    public double Width => End - Start;

    /// <summary>Finds the window.</summary>
    /// <param name="steps">The recorded steps.</param>
    /// <param name="scores">The in-context score at each.</param>
    /// <param name="simple">The score of the predictor before the best.</param>
    /// <param name="best">The score of the best one.</param>
    /// <returns>Null where the model gains less than half of the difference.</returns>
    public static Emergence? Of(IReadOnlyList<double> steps, IReadOnlyList<double> scores, double simple, double best)
    {
        if (steps.Count <= LastRecords)
            return null;
        double end = scores.TakeLast(LastRecords).Average(), rise = end - simple;
        if (!(rise / (best - simple) >= LeastGain))
            return null;
        double[] part = [.. scores.Select(score => (score - simple) / rise)];
        int half = Array.FindLastIndex(part, p => p < 0.5) + 1;
        if (half == 0 || half == part.Length)
            return null;
        int start = half, last = half;
        while (start > 0 && part[start - 1] >= From)
            start--;
        while (last < part.Length - 1 && part[last] < To)
            last++;
        return new(At(start, From), At(half, 0.5), At(last, To));

        double At(int i, double level) => i == 0 ? steps[0]
            : steps[i - 1] + (steps[i] - steps[i - 1]) * Clamp((level - part[i - 1]) / (part[i] - part[i - 1]), 0, 1);
    }

    /// <summary>
    /// By how many steps the slope of a measure runs ahead of the score's, from two widths before the window to two after; null where too
    /// little is recorded, or where the measure does not move with it.
    /// </summary>
    public double? Lead(IReadOnlyList<double> steps, IReadOnlyList<double> scores, IReadOnlyList<double> measure)
    {
        const int points = 200, around = 2;
        const double leastCorrelation = 0.5;
        double from = Start - around * Width, to = End + around * Width;
        int[] near = [.. Range(0, steps.Count).Where(i => steps[i] >= from && steps[i] <= to && double.IsFinite(measure[i]))];
        if (near.Length < 8)
            return null;
        var lead = SlopeLead.Of(Even(measure), Even(scores), points / 4);
        return Abs(lead.Correlation) < leastCorrelation || !lead.IsPeak ? null : lead.Lead;

        EvenSeries Even(IReadOnlyList<double> values) =>
            EvenSeries.Read([.. near.Select(i => steps[i])], [.. near.Select(i => values[i])], points);
    }
}
