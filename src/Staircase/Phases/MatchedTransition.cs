namespace Staircase;

/// <summary>A transition of the loss and the change of a measure that belongs to it.</summary>
/// <param name="Loss">The loss's transition.</param>
/// <param name="Measure">The measure's change nearest to it; null if there is none within reach.</param>
/// <param name="ByChance">How often as many changes, spread evenly over the whole range, would put one as near; 1 without a match.</param>
public sealed record MatchedTransition(ChangePoint Loss, ChangePoint? Measure, double ByChance)
{
    /// <summary>How much earlier the measure changes: negative where it lags, NaN without a match.</summary>
    public double Lead => Measure is null ? double.NaN : Loss.Position - Measure.Position;

    /// <summary>Of the lead: both uncertainties in quadrature.</summary>
    public double Uncertainty => Measure is null ? double.NaN : Sqrt(Pow(Loss.Uncertainty, 2) + Pow(Measure.Uncertainty, 2));

    /// <summary>
    /// Matches each transition of the loss with the nearest change of the measure, no change twice, the nearest pairs first.
    /// </summary>
    /// <param name="loss">Transitions of the loss.</param>
    /// <param name="measure">Changes of the measure.</param>
    /// <param name="reach">The largest distance of a match.</param>
    /// <param name="range">The length of the whole series, in the same units: what chance could have filled.</param>
    /// <returns>One a transition of the loss, in its order.</returns>
    public static IReadOnlyList<MatchedTransition> Match(
        IReadOnlyList<ChangePoint> loss, IReadOnlyList<ChangePoint> measure, double reach, double range)
    {
        var matches = new ChangePoint?[loss.Count];
        var taken = new HashSet<int>();
        var pairs = Range(0, loss.Count)
            .SelectMany(
                i => Range(0, measure.Count)
                    .Select(j => (I: i, J: j, Distance: Abs(loss[i].Position - measure[j].Position))))
            .Where(pair => pair.Distance <= reach)
            .OrderBy(pair => pair.Distance);
        foreach ((int i, int j, double _) in pairs)
        {
            if (matches[i] is null && taken.Add(j))
                matches[i] = measure[j];
        }

        return [.. loss.Select((transition, i) => new MatchedTransition(transition, matches[i], ByChance(transition, matches[i])))];

        double ByChance(ChangePoint transition, ChangePoint? match) =>
            match is null ? 1 : 1 - Pow(1 - Min(1, 2 * Abs(transition.Position - match.Position) / range), measure.Count);
    }
}
