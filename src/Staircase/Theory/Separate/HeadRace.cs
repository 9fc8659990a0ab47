using Staircase.Kernels;

namespace Staircase;

/// <summary>The staircase of separate attention from its initial weights alone: which head learns which component, and when.</summary>
/// <remarks>
/// <para>Every head that is too small to be felt grows by itself in the drive that the others leave; from the moment that one is felt, it
/// moves together with them, until it rests (<see cref="Race"/>; docs/theory/separate.md derives all). Kicks of a decaying
/// off-diagonal, ties, equal drives, several pairs a head, and other blocks need no case of their own.</para>
/// <para>How far to trust a time is measured: races from weights that differ a little give an interval. Where they disagree about the head
/// or the component, or the interval is wide, the drop is in doubt, and with it whatever depends on it.</para>
/// </remarks>
public static class HeadRace
{
    /// <summary>Of the prediction: its times are then good to some 1e-5 or better.</summary>
    private static readonly RaceAccuracy Usual = new(2e-6, 1e-4);

    /// <summary>Of a prediction in doubt.</summary>
    private static readonly RaceAccuracy Fine = new(1e-9, 1e-7);

    /// <summary>Of the other races, which differ by more than that anyway.</summary>
    private static readonly RaceAccuracy Coarse = new(1e-4, 1e-3);

    /// <summary>Of a sketch.</summary>
    private static readonly RaceAccuracy Rough = new(1e-3, 1e-2);

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
    private const double OwnError = 0.07;

    /// <summary>How many other races, fewer where one costs more.</summary>
    private const int MostRaces = 4, FewestRaces = 3;

    /// <summary>Multiplications that the other races may cost together, about a tenth of a second.</summary>
    private const double Affordable = 7.5e8;

    /// <summary>Multiplications of a race that may be run finely, too: a few times as many.</summary>
    private const double FinelyAffordable = 5e8;

    /// <summary>
    /// Multiplications after which a race is given up: ten seconds, and for a data set, where heads may turn for ever, four.
    /// </summary>
    private const double MostOfTask = 4e10, MostOfData = 1.5e10;

    /// <summary>
    /// What each head does is looked at in turn as others grow, so that a race takes as the square of their number: seconds here.
    /// </summary>
    private const int MostHeads = 2048;

    /// <summary>Halvings of an entry of the curve until the time of a drop is known.</summary>
    private const int Bisections = 40;

    /// <summary>The same as a multiple of what a race of its sizes takes, and of the other races as one of what the first took.</summary>
    private const double MostTimes = 100, MostTimesOther = 2;

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
    /// <param name="cancellation">Stops it within a step.</param>
    /// <exception cref="UnfinishedTheoryException">The race takes too long before its first drop, or there are too many heads.</exception>
    public static Prediction Predict(
        SeparateAttention model, ReadOnlySpan<double> weights, ModeMoments moments, CancellationToken cancellation = default)
    {
        if (model.Heads > MostHeads)
            throw new UnfinishedTheoryException($"the race of {model.Heads} heads would take too long: at most {MostHeads} are followed");
        double[] start = weights.ToArray();
        (RaceCourse course, RaceCourse[] others) = Races(model, start, moments, cancellation);
        if (course is { GivenUp: { } reason, Drops.Count: 0 })
            throw new UnfinishedTheoryException(reason);
        List<PredictedPlateau> plateaus = PlateausOf(course, moments);
        PredictedDrop[] drops = DropsOf(course, plateaus, others, moments);
        if (course is { GivenUp: null, Work: <= FinelyAffordable } && drops.Any(drop => drop.NearTie is not null))
        {
            // What magnifies a difference of the weights magnifies errors of the integration, too.
            RaceCourse finer = Race.Run(model, start, moments, Fine, records: true, MostOfTask, cancellation);
            if (finer.GivenUp is null)
            {
                course = finer;
                plateaus = PlateausOf(course, moments);
                drops = DropsOf(course, plateaus, others, moments);
            }
        }

        return Of(model, course, plateaus, drops, moments);
    }

    /// <summary>The prediction roughly, while somebody moves a slider: one rough race, without intervals and without doubt.</summary>
    /// <inheritdoc cref="Predict"/>
    public static Prediction Sketch(
        SeparateAttention model, ReadOnlySpan<double> weights, ModeMoments moments, CancellationToken cancellation = default)
    {
        double[] start = weights.ToArray();
        RaceCourse course = Race.Run(model, start, moments, Rough, records: true, MostOfTask, cancellation);
        if (course is { GivenUp: { } reason, Drops.Count: 0 })
            throw new UnfinishedTheoryException(reason);
        List<PredictedPlateau> plateaus = PlateausOf(course, moments);
        return Of(model, course, plateaus, DropsOf(course, plateaus, [course], moments), moments);
    }

    private static Prediction Of(
        SeparateAttention model, RaceCourse course, List<PredictedPlateau> plateaus, PredictedDrop[] drops, ModeMoments moments)
    {
        RaceCourse curve = course.Refined();
        return new()
        {
            Plateaus = [.. plateaus.Select((plateau, i) => plateau with
            {
                Start = i == 0 ? 0 : drops[i - 1].Time,
                End = i < drops.Length ? drops[i].Time : double.PositiveInfinity,
            })],
            Drops = drops,
            Courses = [.. curve.Strengths.Select((values, d) => new StrengthCourse(d, curve.Times, values))],
            Losses = curve.Losses,
            Moments = moments,
            GivenUp = course.GivenUp,
            Results = model.Rank == 1
                ? [Result, HeadGrowth.Result, SeparateFixedPoints.Result]
                : [Result, HeadGrowth.Result, RankReduction.Result, SeparateFixedPoints.Result],
        };
    }

    /// <summary>
    /// The race, and others from weights that differ a little: the same ones every time, in the same order on any number of cores. They
    /// need not go on after the last drop of a race that was given up.
    /// </summary>
    private static (RaceCourse Course, RaceCourse[] Others) Races(
        SeparateAttention model, double[] start, ModeMoments moments, CancellationToken cancellation)
    {
        double work = Race.WorkOf(model, start, moments);
        double budget = Math.Min(moments.AreExact ? MostOfTask : MostOfData, MostTimes * work);
        RaceCourse course = Race.Run(model, start, moments, Usual, records: true, budget, cancellation);
        if (course is { GivenUp: not null, Drops.Count: 0 })
            return (course, []);
        double most = MostTimesOther * (course.GivenUp is null ? course.Work : course.WorkToLastDrop);
        var others = new RaceCourse[(int)Math.Clamp(Affordable / work, FewestRaces, MostRaces)];
        ParallelOptions shared = ThreadTeam.Limit;
        shared.CancellationToken = cancellation;
        Parallel.For(0, others.Length, shared, i =>
            others[i] = Race.Run(model, Differing(start, i), moments, Coarse, records: false, most, cancellation));
        return (course, others);
    }

    private static double[] Differing(double[] weights, int number)
    {
        var random = new RandomStream(0, RandomPurpose.Jitter, number);
        return Array.ConvertAll(weights, w => w * (1 + Jitter * random.NextNormal()));
    }

    private static PredictedDrop[] DropsOf(
        RaceCourse course, List<PredictedPlateau> plateaus, RaceCourse[] others, ModeMoments moments)
    {
        double[] learned = [.. course.Drops.Select(drop => drop.Time)];
        double[] times = [.. learned.Select((_, i) => HalfDone(course, i, plateaus))];
        if (times.Zip(times.Skip(1)).Any(pair => pair.First >= pair.Second))
            times = learned;
        return [.. times.Select((time, i) => DropOf(i, time, course, plateaus, others, moments))];
    }

    private static PredictedDrop DropOf(
        int number, double time, RaceCourse course, List<PredictedPlateau> plateaus, RaceCourse[] others, ModeMoments moments)
    {
        RaceDrop drop = course.Drops[number];
        RaceDrop?[] same =
        [
            .. others.Where(other => number < other.Drops.Count || other.GivenUp is null)
                .Select(other => number < other.Drops.Count ? other.Drops[number] : null),
        ];
        double deviation = same.Select(other => other is null ? 0 : Math.Abs(other.Time - drop.Time)).DefaultIfEmpty().Max();
        double spread = same.Length == 0 || same.Contains(null) ? double.PositiveInfinity
            : Width / LargestDeviation(same.Length) * deviation;
        int mode = NewMode(drop, plateaus[number].Learned, plateaus[number + 1].Learned);
        string? reason = Reason(drop, same, mode, spread, moments);
        double half = reason is null ? OwnError * spread : spread;
        return new(time, [mode], drop.Head, reason) { Low = Math.Max(0, time - half), High = time + half };
    }

    /// <summary>
    /// When half of the loss of a drop is gone, between the middles of the plateaus beside it. Where other components grow or decay at
    /// the same time, that is not the moment at which half of its own direction is learned.
    /// </summary>
    private static double HalfDone(RaceCourse course, int number, List<PredictedPlateau> plateaus)
    {
        double level = (plateaus[number].Height + plateaus[number + 1].Height) / 2;
        double from = Middle(plateaus[number]), to = Middle(plateaus[number + 1]);
        for (int i = 1; i < course.Times.Length; i++)
        {
            (double t0, double loss0, double t1, double loss1) =
                (course.Times[i - 1], course.Losses[i - 1], course.Times[i], course.Losses[i]);
            if (t1 >= from && t0 <= to && loss0 >= level && loss1 < level)
                return Crossing(course, i, level);
        }

        return course.Drops[number].Time;
    }

    /// <summary>When the loss passes a level between an entry of the curve and the one before, on the cubic through four.</summary>
    private static double Crossing(RaceCourse course, int entry, double level)
    {
        int first = Math.Clamp(entry - 2, 0, Math.Max(0, course.Times.Length - 4)), end = Math.Min(first + 4, course.Times.Length);
        double low = course.Times[entry - 1], high = course.Times[entry];
        for (int i = 0; i < Bisections; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = LossAt(middle) >= level ? (middle, high) : (low, middle);
        }

        return high;

        double LossAt(double time)
        {
            double loss = 0;
            for (int i = first; i < end; i++)
            {
                double weight = course.Losses[i];
                for (int k = first; k < end; k++)
                    weight *= k == i ? 1 : (time - course.Times[k]) / (course.Times[i] - course.Times[k]);
                loss += weight;
            }

            return loss;
        }
    }

    /// <summary>Half-way through a plateau; the last one is as long as trainings make it.</summary>
    private static double Middle(PredictedPlateau plateau) =>
        (plateau.Start + (double.IsFinite(plateau.End) ? plateau.End : Race.Ending * plateau.Start)) / 2;

    /// <summary>Why a drop is in doubt; null if it is not.</summary>
    private static string? Reason(RaceDrop drop, RaceDrop?[] same, int mode, double spread, ModeMoments moments)
    {
        IReadOnlyList<int> space = moments.Spaces.First(space => space.Contains(drop.Mode));
        if (same.Length == 0)
            return "races from other weights take too long, so that how much little decides it is not known";
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
        1 => 0.80,
        2 => 1.13,
        3 => 1.33,
        _ => 1.46, // of MostRaces
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
            double middle = Middle(new(0, start, end, learned));
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
