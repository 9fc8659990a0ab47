namespace Staircase;

/// <summary>The staircase of separate attention from its initial weights alone: which head learns which component, and when.</summary>
public static class HeadRace
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "head-race",
        "Which head learns which principal component, and when, follows from the initial weights: before it escapes each head is one "
        + "scalar on its own clock.",
        Paper.Staircase, "extends Zhang et al. 2025, §4–5 (Eq. 21)",
        "small initial weights; Ω commuting with Λ; no near-tie (flagged)",
        "finite step size");

    /// <summary>The prediction.</summary>
    /// <param name="model">Separate attention of any rank.</param>
    /// <param name="weights">Initial weights in the token basis.</param>
    /// <param name="moments">The modes.</param>
    public static Prediction Predict(SeparateAttention model, ReadOnlySpan<double> weights, ModeMoments moments)
    {
        double[] start = weights.ToArray();
        RaceCourse course = Race.Run(model, start, moments, Tolerance, records: true);
        RaceCourse[] others = Jittered(model, start, moments);
        IReadOnlyList<PredictedPlateau> plateaus = PlateausOf(course, moments);
        List<PredictedDrop> drops = [];
        for (int i = 0; i < course.Drops.Count; i++)
            drops.Add(Doubted(i, course, plateaus, others, moments));
        return new Prediction
        {
            Plateaus = plateaus,
            Drops = drops,
            Courses = [.. course.Strengths.Select((values, d) => new StrengthCourse(d, course.Times, values))],
            Losses = course.Losses,
            Moments = moments,
            Results = model.Rank == 1
                ? [Result, HeadGrowth.Result, SeparateFixedPoints.Result]
                : [Result, HeadGrowth.Result, RankReduction.Result, SeparateFixedPoints.Result],
        };
    }

    internal static double Tolerance = 2e-5, JitterTolerance = 2e-4;
    private const int Members = 8;
    internal static double Jitter = 2e-4, Widen = 2, Doubtful = 0.025;

    private static RaceCourse[] Jittered(SeparateAttention model, double[] start, ModeMoments moments)
    {
        var courses = new RaceCourse[Members];
        Parallel.For(0, Members, i =>
        {
            var random = new RandomStream(0, RandomPurpose.Jitter, i);
            courses[i] = Race.Run(
                model, [.. start.Select(w => w * (1 + Jitter * random.NextNormal()))], moments, JitterTolerance, records: false);
        });
        return courses;
    }

    private static PredictedDrop Doubted(
        int number, RaceCourse course, IReadOnlyList<PredictedPlateau> plateaus, RaceCourse[] others, ModeMoments moments)
    {
        RaceDrop drop = course.Drops[number];
        double low = drop.Time, high = drop.Time;
        string? why = null;
        foreach (RaceCourse other in others)
        {
            RaceDrop? same = number < other.Drops.Count ? other.Drops[number] : null;
            low = Math.Min(low, same?.Time ?? drop.Time);
            high = Math.Max(high, same?.Time ?? double.PositiveInfinity);
            if (same is not null && same.Head != drop.Head)
                why = $"head {same.Head + 1} may learn it";
        }

        (low, high) = (drop.Time - Widen * (drop.Time - low), drop.Time + Widen * (high - drop.Time));
        double doubt = (high - low) / 2 / drop.Time;
        if (why is null && doubt > Doubtful)
            why = $"weights that differ by {Jitter:P1} end it between {low:G4} and {high:G4}";
        return new(drop.Time, [NewMode(drop, plateaus[number].Learned, plateaus[number + 1].Learned)], drop.Head, why) { Low = low, High = high };
    }

    /// <summary>The mode that is learned after a drop and was not before; where there is no one such, the one its direction is nearest to.</summary>
    private static int NewMode(RaceDrop drop, IReadOnlyList<int> before, IReadOnlyList<int> after)
    {
        int[] added = [.. after.Except(before)];
        return (added.Length > 0 ? added : Enumerable.Range(0, drop.Direction.Length)).MaxBy(d => Math.Abs(drop.Direction[d]));
    }

    private static List<PredictedPlateau> PlateausOf(RaceCourse course, ModeMoments moments)
    {
        List<PredictedPlateau> plateaus = [];
        double start = 0;
        IReadOnlyList<int> learned = [];
        for (int i = 0; i <= course.Drops.Count; i++)
        {
            double end = i < course.Drops.Count ? course.Drops[i].Time : double.PositiveInfinity;
            double middle = double.IsFinite(end) ? (start + end) / 2 : 1.25 * start;
            learned = Grown(learned, course.StrengthsAt(middle), i > 0 ? course.Drops[i - 1].Direction : null, moments);
            bool isExact = moments.AreExact && moments.Spaces.All(
                space => space.Count == 1 || space.All(learned.Contains) || !space.Any(learned.Contains));
            plateaus.Add(new(isExact ? moments.PlateauHeight([.. learned]) : course.LossAt(middle), start, end, learned));
            start = end;
        }

        return plateaus;
    }

    /// <summary>
    /// What is learned on the next plateau, in the order of learning: as many modes of each space as directions, first those that were.
    /// </summary>
    private static List<int> Grown(IReadOnlyList<int> before, double[] strengths, double[]? direction, ModeMoments moments)
    {
        int[] now = moments.Learned(strengths);
        List<int> grown = [.. before];
        foreach (IReadOnlyList<int> space in moments.Spaces)
        {
            int count = space.Count(now.Contains), had = space.Count(grown.Contains);
            for (; had > count; had--)
                grown.RemoveAt(grown.FindLastIndex(space.Contains));
            for (; had < count; had++)
                grown.Add(space.Except(grown).MaxBy(d => direction is null ? strengths[d] : Math.Abs(direction[d])));
        }

        return grown;
    }
}
