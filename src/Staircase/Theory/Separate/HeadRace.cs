using Staircase.Kernels;

namespace Staircase;

/// <summary>The staircase of separate attention from its initial weights alone: which head learns which component, and when.</summary>
/// <remarks>
/// <para>Until a head escapes, heads do not see each other (<see cref="EscapeClock"/>). The first to escape learns the component whose
/// key–query product dominates in it; its drop follows <see cref="HeadGrowth"/>, matched to the race where v is large against its start and
/// small against its end. From the moment at which the component's drive is used up, ∫ g dt = b (t_off − t), the race of the others goes on
/// without it.</para>
/// <para>A head of rank R &gt; 1 that has escaped goes on racing with its remaining R − 1 directions and with v held at its plateau
/// value.</para>
/// <para>No network is integrated: everything is a quadrature or a root, save for heads whose other blocks are not zero (<see
/// cref="BlockForecast"/>).</para>
/// </remarks>
public static class HeadRace
{
    /// <summary>A head whose v² falls below this fraction of its start is close to the border between recovering and turning.</summary>
    private const double SmallestMargin = 0.1;

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "head-race",
        "Which head learns which principal component, and when, follows from the initial weights: before it escapes each head is one "
        + "scalar on its own clock.",
        Paper.Staircase, "extends Zhang et al. 2025, §4–5 (Eq. 21)",
        "small initial weights; Ω commuting with Λ; no near-tie (flagged)",
        "two heads that escape together; overlap of a drop with the next one; saturation while other blocks are not yet zero; finite "
        + "step size");

    /// <summary>The prediction.</summary>
    /// <param name="model">Separate attention of any rank.</param>
    /// <param name="weights">Initial weights in the token basis.</param>
    /// <param name="moments">The modes.</param>
    public static Prediction Predict(SeparateAttention model, ReadOnlySpan<double> weights, ModeMoments moments)
    {
        double[] rotated = model.Layout.ToEigenbasis(weights, moments.Basis);
        HeadForecast[] forecasts = [.. Enumerable.Range(0, model.Heads).Select(h => HeadForecast.Of(h, model, rotated, moments))];
        var unlearned = new List<int>(moments.Order.Where(d => moments.Drive[d] > 0));
        double now = 0;
        HeadEscape? rival = null;
        List<int> learned = [];
        List<PredictedPlateau> plateaus = [];
        List<PredictedDrop> drops = [];
        List<StrengthCourse> courses = [];
        while (unlearned.Count > 0)
        {
            HeadEscape[] order = NextEscapes(forecasts, unlearned);
            if (order.Length == 0)
                break;
            HeadEscape first = order[0];
            double half = now + first.HalfDrop;
            drops.Add(new(half, [first.Mode], first.Head, NearTie(first, order, now, drops.LastOrDefault(), rival, unlearned, moments)));
            rival = Rival(first, order);
            AddPlateau(until: half);
            courses.Add(new(first.Mode, [.. first.Times.Select(t => now + t)], first.Strengths));
            double off = Math.Max(0, first.SwitchOff);
            Parallel.For(0, forecasts.Length, ThreadTeam.Limit, i => forecasts[i].Advance(off, unlearned, first));
            now += off;
            learned.Add(first.Mode);
            unlearned.Remove(first.Mode);
        }

        AddPlateau(until: double.PositiveInfinity);
        return new Prediction
        {
            Plateaus = plateaus,
            Drops = drops,
            Courses = courses,
            Moments = moments,
            Results = model.Rank == 1
                ? [Result, HeadGrowth.Result, SeparateFixedPoints.Result]
                : [Result, HeadGrowth.Result, RankReduction.Result, SeparateFixedPoints.Result],
        };

        void AddPlateau(double until) =>
            plateaus.Add(new(moments.PlateauHeight(learned), plateaus.Count == 0 ? 0 : plateaus[^1].End, until, [.. learned]));
    }

    /// <summary>
    /// The result of a drop is in doubt (1) if a rival on another head comes within six times the width of the drop, or within 5 % of the
    /// time the race has taken; (2) if that rival was in the drop before; (3) if the head's value passes so close to zero that a small push
    /// decides when it recovers; (4) while a stronger component is unlearned, because a head that has learned a weaker one turns to it.
    /// </summary>
    private static string? NearTie(
        HeadEscape first, HeadEscape[] order, double now, PredictedDrop? before, HeadEscape? rivalBefore, IReadOnlyList<int> unlearned,
        ModeMoments moments)
    {
        if (Rival(first, order) is { } rival)
            return $"head {rival.Head + 1} would learn component {rival.Mode + 1} at {now + rival.HalfDrop:G5}";
        if (rivalBefore is not null && before is not null && (rivalBefore.Head == first.Head || rivalBefore.Mode == first.Mode))
            return $"follows the near-tie at {before.Time:G5}";
        if (Math.Abs(first.Margin) < SmallestMargin)
            return $"the value of head {first.Head + 1} passes close to zero";
        int strongest = unlearned.MaxBy(moments.Gain);
        return strongest == first.Mode ? null : $"component {strongest + 1} is stronger and still unlearned: the head may turn to it";
    }

    private static HeadEscape? Rival(HeadEscape first, HeadEscape[] order) =>
        order.Skip(1).FirstOrDefault(escape => escape.Head != first.Head && escape.HalfDrop < RivalsUntil(first));

    private static double RivalsUntil(HeadEscape first) => first.HalfDrop + Math.Max(6 * first.Width, 0.05 * first.HalfDrop);

    /// <summary>
    /// How the heads would escape next, first ones first. A head that races longer than the best so far, rivals' window included, is given
    /// up:
    /// which slow heads are depends on the threads' timing, but none of them can win or be a rival.
    /// </summary>
    private static HeadEscape[] NextEscapes(HeadForecast[] forecasts, IReadOnlyList<int> unlearned)
    {
        var escapes = new HeadEscape?[forecasts.Length];
        var gate = new Lock();
        double limit = double.PositiveInfinity;
        Parallel.For(0, forecasts.Length, ThreadTeam.Limit, i =>
        {
            HeadEscape? escape = forecasts[i].NextEscape(unlearned, Volatile.Read(ref limit));
            escapes[i] = escape;
            if (escape is null)
                return;
            lock (gate)
                limit = Math.Min(limit, RivalsUntil(escape));
        });
        return [.. escapes.OfType<HeadEscape>().OrderBy(escape => escape.HalfDrop)];
    }
}
