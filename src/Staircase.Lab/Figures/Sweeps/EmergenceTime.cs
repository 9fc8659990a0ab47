namespace Staircase.Lab;

/// <summary>In-context learning emerges at a step that goes as one over the learning rate, and sooner in wider models.</summary>
internal sealed class EmergenceTime() : SweepFigure(
    "emergence-time", "the step at which in-context learning emerges over width and learning rate", DirichletPrediction.Result)
{
    /// <summary>
    /// Of a power: steps of Adam have the size of the learning rate, whatever the gradient; its memory of 20 steps does not scale.
    /// </summary>
    private const double Power = 0.3;

    private const string Step = "emergedAt";

    protected override string Lead => "Adam moves weights by its learning rate a step, so the way from frequencies to counting "
        + "transitions takes about as many steps as one over it. The wider the model, the shorter the way.";

    protected override bool IsQuick(SweepTask task) => ValueOf(task, "seed") is "73" && ValueOf(task, "learning-rate") is not "0.002";

    protected override IEnumerable<Check> Checks(SweepRows rows)
    {
        yield return Check.Same(
            "runs in which in-context learning emerges", Edelman("§3"),
            $"{rows.All.Count(row => double.IsFinite(row[Step]))}", $"{rows.All.Count}");
        yield return Check.Absolute(
            "power of the step of emergence over the learning rate", Edelman("§3"),
            SweepReport.Slope(rows, Step, Axis(rows, "learning-rate"))!.Slope, -1, Power);
        LineFit width = SweepReport.Slope(rows, Step, Axis(rows, "width"))!;
        yield return Check.AtMost(
            "power of the step of emergence over width: upper end of its 95 % interval", Edelman("§3"), width.Slope + width.HalfWidth, 0);
    }
}
