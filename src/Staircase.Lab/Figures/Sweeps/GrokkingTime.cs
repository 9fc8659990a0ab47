namespace Staircase.Lab;

/// <summary>Grokking comes with weight decay, and sooner the more of the table is seen.</summary>
internal sealed class GrokkingTime() : SweepFigure(
    "grokking-time", "the step of grokking over weight decay and the share of pairs that is trained on", FourierAddition.Result)
{
    /// <summary>
    /// Of a power: what memorizes decays as exp(−ηλt), so that the step goes as 1/λ; memorizing itself, and the growth of the circuit,
    /// take steps that do not.
    /// </summary>
    private const double Power = 0.35;

    /// <summary>Of few pairs and a weak decay some runs take longer than is waited for; they are left out of the powers.</summary>
    private const double Missing = 0.1;

    private const string Step = "grokkedAt";

    protected override string Lead => "Weight decay takes away what only memorizes, at a rate proportional to itself: the step at which "
        + "the other pairs are known goes about as one over it. The more pairs are seen, the sooner.";

    /// <summary>All of it takes a minute, and of fewer seeds nothing could be said: their steps scatter threefold.</summary>
    protected override bool IsQuick(SweepTask task) => true;

    protected override IEnumerable<Check> Checks(SweepRows rows)
    {
        yield return Check.Absolute(
            "power of the step of grokking over weight decay", Nanda("§5"),
            SweepReport.Slope(rows, Step, Axis(rows, "weight-decay"))!.Slope, -1, Power);
        LineFit share = LineFit.Of(rows.All.Select(row => (
            row.Place(Axis(rows, "training-fraction")), Log(row[Step]), row.Value("weight-decay"))))!;
        yield return Check.AtMost(
            "change of the logarithm of the step with the share of pairs: upper end of its 95 % interval", Nanda("§5"),
            share.Slope + share.HalfWidth, 0);
        yield return Check.AtMost(
            "share of runs that do not know the other pairs in the end", Nanda("§5"),
            rows.All.Average(row => double.IsFinite(row[Step]) ? 0 : 1), Missing);
    }
}
