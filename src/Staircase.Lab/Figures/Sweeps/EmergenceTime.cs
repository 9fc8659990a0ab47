namespace Staircase.Lab;

/// <summary>In-context learning emerges at a step that goes as one over the learning rate, and sooner in wider models.</summary>
internal sealed class EmergenceTime() : SweepFigure(
    "emergence-time", "the step at which in-context learning emerges over width and learning rate", DirichletPrediction.Result)
{
    /// <summary>
    /// Of a power: steps of Adam have the size of the learning rate, whatever the gradient; its memory of 20 steps does not scale.
    /// </summary>
    private const double Tolerance = 0.3;

    private const string Step = "emergedAt";

    protected override string Lead => "Adam moves weights by its learning rate a step, so the way from frequencies to counting "
        + "transitions takes about as many steps as one over it. The wider the model, the shorter the way.";

    protected override bool IsQuick(SweepTask task) => ValueOf(task, "seed") is "77" && ValueOf(task, "learning-rate") is not "0.001";

    protected override IEnumerable<Check> Checks(SweepRows rows)
    {
        yield return Check.Same(
            "runs in which in-context learning emerges", Edelman("§3"),
            $"{rows.All.Count(row => double.IsFinite(row[Step]))}", $"{rows.All.Count}");
        yield return Check.Absolute(
            "power of the step of emergence over the learning rate, median of all pairs of runs", Edelman("§3"),
            Power(rows, "learning-rate", "width"), -1, Tolerance);
        yield return Check.AtMost(
            "power of the step of emergence over width, median of all pairs of runs", Edelman("§3"),
            Power(rows, "width", "learning-rate"), 0);
    }

    /// <summary>A late spike of the loss can throw a run back below half of its way: a median does not mind.</summary>
    private static double Power(SweepRows rows, string key, string other) => LineFit.MedianSlope(rows.All.Select(row => (
        Log(row.Place(Axis(rows, key))), Log(row[Step]), row.Value(other))));
}
