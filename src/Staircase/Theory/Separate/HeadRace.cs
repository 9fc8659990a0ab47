using Staircase.Kernels;

namespace Staircase;

/// <summary>The staircase of separate attention from its initial weights alone: which head learns which component, and when.</summary>
/// <remarks>
/// <para>While the heads that have learned rest, every other head grows by itself in the drive that they leave; from the moment that one is
/// felt, all move together until they rest again (<see cref="Race"/>; docs/theory/separate.md derives both). Kicks of a decaying
/// off-diagonal, ties, equal drives, several pairs a head, and other blocks need no case of their own.</para>
/// <para>How far to trust a time is measured: races from weights that differ a little give an interval. Where they disagree about the head
/// or the component, or the interval is wide, the drop is in doubt, and with it whatever depends on it.</para>
/// </remarks>
public static class HeadRace
{
    /// <summary>Of the prediction: its times are then good to some 1e-5.</summary>
    private static readonly RaceAccuracy Usual = new(2e-5, 1e-3);

    /// <summary>Of a prediction in doubt.</summary>
    private static readonly RaceAccuracy Fine = new(1e-7, 1e-5);

    /// <summary>Of the other races, which differ by more than that anyway.</summary>
    private static readonly RaceAccuracy Coarse = new(2e-4, 1e-3);

    /// <summary>By how much the weights of the other races differ, relative to each: by more than what a coarse integration errs.</summary>
    private const double Jitter = 2e-4;

    /// <summary>Half the spread of the races' times, in their standard deviations.</summary>
    private const double Width = 3.7;

    /// <summary>A drop whose spread is wider than that, half of it relative to the time, is in doubt.</summary>
    private const double Doubtful = 0.025;

    /// <summary>
    /// The share of the spread that the prediction itself errs by: about 95 % of the times of flows at their default tolerance lie inside.
    /// Calibrated at settings of its own (docs/theory/separate.md).
    /// </summary>
    private const double OwnError = 0.075;

    /// <summary>How many other races: fewer where one costs more.</summary>
    private const int MostRaces = 8, FewestRaces = 3;

    /// <summary>Multiplications that the other races may cost together, about a tenth of a second.</summary>
    private const double Affordable = 2e8;

    /// <summary>Multiplications after which a race is given up: some seconds.</summary>
    private const double MostMultiplications = 3e10;

    /// <summary>What an evaluation costs besides its multiplications, in these.</summary>
    private const double Overhead = 30_000;

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "head-race",
        "Which head learns which principal component, and when, follows from the initial weights: idle heads do not see each other, and "
        + "only those that have grown move together through a drop.",
        Paper.Staircase, "extends Zhang et al. 2025, §4–5 (Eq. 21)",
        "Ω commuting with Λ, or a data set; no doubt (given as an interval for each drop)",
        "finite step size; noise of finite batches");

    /// <summary>The prediction.</summary>
    /// <param name="model">Separate attention of any rank.</param>
    /// <param name="weights">Initial weights in the token basis.</param>
    /// <param name="moments">The modes.</param>
    /// <exception cref="UnfinishedTheoryException">Heads turn so slowly that the race takes too long.</exception>
    public static Prediction Predict(SeparateAttention model, ReadOnlySpan<double> weights, ModeMoments moments)
    {
        double[] start = weights.ToArray();
        double evaluation = CostOf(model, start, moments);
        long most = (long)(MostMultiplications / (evaluation + Overhead));
        RaceCourse course = Race.Run(model, start, moments, Usual, records: true, most);
        RaceCourse[] others = OthersOf(model, start, moments, course, evaluation, most);
        List<PredictedPlateau> plateaus = PlateausOf(course, moments);
        PredictedDrop[] drops = DropsOf(course, plateaus, others, moments);
        if (drops.Any(drop => drop.NearTie is not null))
        {
            // What magnifies a difference of the weights magnifies errors of the integration, too.
            course = Finer(model, start, moments, course, most);
            plateaus = PlateausOf(course, moments);
            drops = DropsOf(course, plateaus, others, moments);
        }

        return Of(model, course, plateaus, drops, moments);
    }

    /// <summary>The prediction roughly, while somebody moves a slider: one race, to some 1e-3, without intervals and without doubt.</summary>
    /// <inheritdoc cref="Predict"/>
    public static Prediction Sketch(SeparateAttention model, ReadOnlySpan<double> weights, ModeMoments moments)
    {
        double[] start = weights.ToArray();
        long most = (long)(MostMultiplications / (CostOf(model, start, moments) + Overhead));
        RaceCourse course = Race.Run(model, start, moments, Coarse, records: true, most);
        List<PredictedPlateau> plateaus = PlateausOf(course, moments);
        PredictedDrop[] drops =
        [
            .. course.Drops.Select((drop, i) => new PredictedDrop(
                drop.Time, [NewMode(drop, plateaus[i].Learned, plateaus[i + 1].Learned)], drop.Head, NearTie: null)),
        ];
        return Of(model, course, plateaus, drops, moments);
    }

    private static Prediction Of(
        SeparateAttention model, RaceCourse course, List<PredictedPlateau> plateaus, PredictedDrop[] drops, ModeMoments moments) => new()
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

    /// <summary>Races from weights that differ a little: the same ones every time, in the same order on any number of cores.</summary>
    private static RaceCourse[] OthersOf(
        SeparateAttention model, double[] start, ModeMoments moments, RaceCourse course, double evaluation, long most)
    {
        int count = (int)Math.Clamp(Affordable / (evaluation * Math.Max(1, course.Evaluations)), FewestRaces, MostRaces);
        var others = new RaceCourse[count];
        Parallel.For(0, count, ThreadTeam.Limit, i =>
        {
            var random = new RandomStream(0, RandomPurpose.Jitter, i);
            double[] differing = Array.ConvertAll(start, w => w * (1 + Jitter * random.NextNormal()));
            others[i] = Race.Run(model, differing, moments, Coarse, records: false, most);
        });
        return others;
    }

    /// <summary>The same race run finely; or as it was, where that takes too long.</summary>
    private static RaceCourse Finer(SeparateAttention model, double[] start, ModeMoments moments, RaceCourse course, long most)
    {
        try
        {
            return Race.Run(model, start, moments, Fine, records: true, most);
        }
        catch (UnfinishedTheoryException)
        {
            return course;
        }
    }

    /// <summary>Multiplications of an evaluation of all heads together.</summary>
    private static double CostOf(SeparateAttention model, double[] start, ModeMoments moments)
    {
        double D = model.InputDimension, n = AttentionMap.Length(model.InputDimension);
        return moments.AreExact && model.Layout.HasZeroBlocks(start) ? 4 * model.Heads * model.Rank * D * D
            : moments.AreExact ? 20 * model.Heads * D * D * D
            : n * n;
    }

    private static PredictedDrop[] DropsOf(
        RaceCourse course, List<PredictedPlateau> plateaus, RaceCourse[] others, ModeMoments moments) =>
        [.. course.Drops.Select((_, i) => DropOf(i, course, plateaus, others, moments))];

    private static PredictedDrop DropOf(
        int number, RaceCourse course, List<PredictedPlateau> plateaus, RaceCourse[] others, ModeMoments moments)
    {
        RaceDrop drop = course.Drops[number];
        RaceDrop?[] same = [.. others.Select(other => number < other.Drops.Count ? other.Drops[number] : null)];
        double deviation = same.Max(other => other is null ? 0 : Math.Abs(other.Time - drop.Time));
        double spread = same.Contains(null) ? double.PositiveInfinity : Width / LargestDeviation(same.Length) * deviation;
        int mode = NewMode(drop, plateaus[number].Learned, plateaus[number + 1].Learned);
        string? reason = Reason(drop, same, mode, spread, moments);
        double half = reason is null ? OwnError * spread : spread;
        return new(drop.Time, [mode], drop.Head, reason) { Low = Math.Max(0, drop.Time - half), High = drop.Time + half };
    }

    /// <summary>Why a drop is in doubt; null if it is not.</summary>
    private static string? Reason(RaceDrop drop, RaceDrop?[] same, int mode, double spread, ModeMoments moments)
    {
        IReadOnlyList<int> space = moments.Spaces.First(space => space.Contains(drop.Mode));
        if (same.Contains(null))
            return "it may not come, as little decides it";
        string between = $"at {Math.Max(0, drop.Time - spread):G4} to {drop.Time + spread:G4}, as little decides it";
        if (same.FirstOrDefault(other => other!.Head != drop.Head) is { } head)
            return $"head {head.Head + 1} may learn component {head.Mode + 1} instead, {between}";
        if (same.FirstOrDefault(other => !space.Contains(other!.Mode)) is { } component)
            return $"head {drop.Head + 1} may learn component {component.Mode + 1} instead, {between}";
        if (!space.Contains(mode))
            return $"head {drop.Head + 1} turns to it from component {drop.Mode + 1}";
        return spread > Doubtful * drop.Time ? between : null;
    }

    /// <summary>What the largest of so many normal deviations comes to on average.</summary>
    private static double LargestDeviation(int count) => count switch
    {
        <= 3 => 1.33,
        4 => 1.46,
        5 => 1.57,
        6 => 1.66,
        7 => 1.74,
        _ => 1.80,
    };

    /// <summary>
    /// The mode that is learned after a drop and was not before; where there is no one such, the one its direction is nearest to.
    /// </summary>
    private static int NewMode(RaceDrop drop, IReadOnlyList<int> before, IReadOnlyList<int> after)
    {
        int[] added = [.. after.Except(before)];
        return added.Length > 0 ? added.MaxBy(d => Math.Abs(drop.Direction[d])) : drop.Mode;
    }

    private static List<PredictedPlateau> PlateausOf(RaceCourse course, ModeMoments moments)
    {
        List<PredictedPlateau> plateaus = [];
        double start = 0;
        IReadOnlyList<int> learned = [];
        for (int i = 0; i <= course.Drops.Count; i++)
        {
            double end = i < course.Drops.Count ? course.Drops[i].Time : double.PositiveInfinity;
            double middle = (start + (double.IsFinite(end) ? end : Race.Ending * start)) / 2;
            learned = Grown(learned, course.StrengthsAt(middle), i > 0 ? course.Drops[i - 1].Direction : null, moments);
            bool isExact = moments.AreExact && moments.Spaces.All(
                space => moments.AreAlike(space) || space.All(learned.Contains) || !space.Any(learned.Contains));
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
