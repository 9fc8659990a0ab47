namespace Staircase;

/// <summary>How much later the staircase comes in steps, of momentum or of plain gradient descent (μ = 0), than in the flow.</summary>
/// <remarks>
/// m ← μm + ∂L/∂W, W ← W − ηm makes (1−μ)m + μΔm = ∂L/∂W. In time of the flow, h = 2η/(1−μ) a step, that is τ_m Ẅ + Ẇ = −½ ∂L/∂W with
/// τ_m = 2ημ/(1−μ)² + h/2 = η(1+μ)/(1−μ)², the half step being that of every explicit rule. A head that escapes as v̇ = b v² in the
/// flow then has v̇ = b v²(1 − 2τ_m b v) to first order: s = 1/(b v), the time it has left, shrinks as ṡ = −1 + 2τ_m/s, so that the
/// escape is late by 2τ_m ∫ds/s = 2τ_m ln(T/s_min). The expansion ends where s falls to τ_m, the escape where it falls to the width
/// of the drop. Merged attention grows exponentially, at the rate ‖b‖ in the flow; under momentum r with r + τ_m r² = ‖b‖, to which a
/// start from rest adds −ln((1 + ρ)/2ρ)/r, ρ = √(1 + 4τ_m‖b‖). docs/theory/gradient-flow.md derives both.
/// </remarks>
public static class MomentumDelay
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "momentum-delay",
        "Under momentum the drop of a head that the flow has at T comes late by 2τ_m ln(T/max(τ_m, width)), τ_m = η(1+μ)/(1−μ)²; the "
        + "drop of merged attention at T‖b‖/r or a little later, r + τ_m r² = ‖b‖.",
        Paper.Staircase, "extends Zhang et al. 2025, Eq. 21, to heavy-ball momentum",
        "τ_m below the time of the first drop, a learning rate at which training is stable",
        "that a later drop's head has grown under another drive before; oscillations within a drop where τ_m exceeds its width");

    /// <summary>τ_m = η(1+μ)/(1−μ)², in time of the flow.</summary>
    /// <param name="learningRate">η.</param>
    /// <param name="decay">μ, below 1.</param>
    public static double TimeConstant(double learningRate, double decay) =>
        learningRate * (1 + decay) / ((1 - decay) * (1 - decay));

    /// <summary>By how much a drop is late.</summary>
    /// <param name="drop">The drop in the flow.</param>
    /// <param name="moments">The modes.</param>
    /// <param name="timeConstant">τ_m.</param>
    /// <param name="fromRest">Whether there is a memory that is empty at the start; gradient descent has none.</param>
    public static double Of(PredictedDrop drop, ModeMoments moments, double timeConstant, bool fromRest = true)
    {
        if (timeConstant == 0)
            return 0;
        if (drop.Head is null)
        {
            // From rest, as momentum starts, the growing root of r + τr² = B has the share (1 + √)/(2√) of the weights.
            double rate = Sqrt(moments.Drive.Sum(b => b * b)), root = Sqrt(1 + 4 * timeConstant * rate);
            double r = (root - 1) / (2 * timeConstant), share = fromRest ? (1 + root) / (2 * root) : 1;
            return (drop.Time * rate - Log(share)) / r - drop.Time;
        }

        return 2 * timeConstant * Max(0, Log(drop.Time / Max(timeConstant, Width(drop, moments))));
    }

    /// <summary>
    /// Whether momentum oscillates at the end of a drop: v relaxes as v̇ = −3x/width, and τ_m ẍ + ẋ + 3x/width = 0
    /// swings for 12τ_m > width.
    /// </summary>
    private static bool Swings(PredictedDrop drop, ModeMoments moments, double timeConstant) =>
        drop.Head is not null && 12 * timeConstant > Width(drop, moments);

    /// <summary>How long a drop takes, 1/(b v) at the full value.</summary>
    private static double Width(PredictedDrop drop, ModeMoments moments) =>
        1 / (moments.Drive[drop.Modes[0]] * Cbrt(moments.FullStrength(drop.Modes[0])));

    /// <summary>
    /// A prediction of the flow with every drop as late as momentum makes it; in doubt behind drops that are faster than momentum, whose
    /// swings push the heads that are still to learn.
    /// </summary>
    /// <param name="flow">The prediction of the flow.</param>
    /// <param name="timeConstant">τ_m.</param>
    /// <param name="fromRest">Whether there is a memory that is empty at the start; gradient descent has none.</param>
    public static Prediction Apply(Prediction flow, double timeConstant, bool fromRest = true)
    {
        double[] delays = [.. flow.Drops.Select(drop => Of(drop, flow.Moments, timeConstant, fromRest))];
        PredictedDrop[] drops =
        [
            .. flow.Drops.Select((drop, i) => drop with
            {
                Time = drop.Time + delays[i],
                Low = drop.Low + delays[i],
                High = drop.High + delays[i],
                NearTie = drop.NearTie ?? (flow.Drops.Take(i).Any(before => Swings(before, flow.Moments, timeConstant))
                    ? $"{(fromRest ? "momentum swings" : "steps swing")} beyond the drops before it, which moves the other heads"
                    : null),
            }),
        ];
        return flow with
        {
            Drops = drops,
            Plateaus =
            [
                .. flow.Plateaus.Select((plateau, i) => plateau with
                {
                    Start = i == 0 ? 0 : drops[i - 1].Time,
                    End = i < drops.Length ? drops[i].Time : double.PositiveInfinity,
                }),
            ],
            Courses = [.. flow.Courses.Select(course => course with { Times = Array.ConvertAll(course.Times, Late) })],
            Results = [.. flow.Results, Result],
        };

        // The whole curve is stretched between its drops, so that it stays one curve.
        double Late(double time)
        {
            int i = flow.Drops.TakeWhile(drop => drop.Time <= time).Count();
            if (i == drops.Length)
            {
                return drops.Length == 0 ? time
                    : flow.Drops[^1].Head is null ? time * drops[^1].Time / flow.Drops[^1].Time
                    : time + delays[^1];
            }

            double before = i == 0 ? 0 : flow.Drops[i - 1].Time, late = i == 0 ? 0 : delays[i - 1];
            return time + late + (delays[i] - late) * (time - before) / (flow.Drops[i].Time - before);
        }
    }
}
