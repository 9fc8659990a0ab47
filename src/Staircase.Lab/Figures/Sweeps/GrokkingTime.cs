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

    protected override string Lead => "Weight decay takes away what only memorizes, at a rate proportional to itself: the step at which "
        + "the other pairs are known goes about as one over it. The more pairs are seen, the sooner.";

    protected override bool IsQuick(SweepTask task) => ValueOf(task, "seed") is "61" or "62" && ValueOf(task, "training-fraction") is "0.6" or "0.7";

    protected override IEnumerable<Check> Checks(SweepRows rows)
    {
        yield return Check.Same("runs that know the other pairs in the end", Nanda("§5"), $"{rows.All.Count(row => double.IsFinite(row["grokkedAt"]))}", $"{rows.All.Count}");
        yield return Check.Absolute(
            "power of the step of grokking over weight decay", Nanda("§5"), SweepReport.Slope(rows, "grokkedAt", Axis(rows, "weight-decay"))!.Slope, -1, Power);
        foreach (var decay in rows.All.GroupBy(row => row.Value("weight-decay"), StringComparer.Ordinal))
        {
            double[] means = [.. decay.GroupBy(row => row.Value("training-fraction"), StringComparer.Ordinal).OrderBy(of => of.Key, StringComparer.Ordinal).Select(of => of.Average(row => row["grokkedAt"]))];
            yield return Check.Holds(
                $"weight decay {decay.Key}: the more pairs are seen, the sooner (mean over seeds)", Nanda("§5"),
                means.Zip(means.Skip(1)).All(pair => pair.First > pair.Second));
        }
    }
}
