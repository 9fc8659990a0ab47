using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Comparisons as tables and as JSON.</summary>
internal static class ComparisonView
{
    public static void Print(Comparison comparison)
    {
        string unit = comparison.UnitIsTime ? "time" : "step";
        Output.Table(
            ["plateau", "learned", "loss", "theory", "error", $"ends at {unit}", "theory", "error", "closest algorithm in context", "relative MSE", "doubt"],
            comparison.Plateaus.Select((p, i) =>
            {
                bool last = i == comparison.Plateaus.Count - 1;
                string[] row =
                [
                    (i + 1).ToString(), PredictionView.Components(p.Learned),
                    p.Measured.Height.ToString("G6"), p.Predicted?.Height.ToString("G6") ?? "—", Output.Percent(p.HeightError),
                    last ? "—" : Output.Number(p.Measured.End), last || p.Predicted is null || !comparison.UnitIsTime ? "—" : Output.Number(p.Predicted.End),
                    comparison.UnitIsTime ? Output.Percent(p.EndError(last)) : "—",
                    p.Algorithm?.Name ?? "—", p.Algorithm is { } a ? a.RelativeErrors[a.Components].ToString("G3") : "—", last ? "" : p.NearTie ?? "",
                ];
                return row;
            }));
        if (comparison.LargestDeviation is { } deviation)
            Output.Line($"The curve predicted from the initial weights alone: largest |ΔL| = {100 * deviation:G3} % of the initial loss.");
        if (comparison.Missed.Count > 0)
            Output.Line($"Predicted but not seen as a plateau of its own: {string.Join("; ", comparison.Missed.Select(p => $"components {PredictionView.Components(p.Learned)} learned, loss {p.Height:G5}, time {Output.Number(p.Start)} to {Output.Number(p.End)}"))}.");
    }

    public static object Json(Comparison comparison) => new
    {
        Unit = comparison.UnitIsTime ? "time" : "step",
        Plateaus = comparison.Plateaus.Select((p, i) => new
        {
            Index = i + 1,
            Learned = p.Learned.Select(d => d + 1),
            Measured = new { Loss = p.Measured.Height, p.Measured.Start, p.Measured.End, p.Measured.Duration },
            Predicted = p.Predicted is { } q ? new { Loss = q.Height, q.Start, q.End } : null,
            p.HeightError,
            EndError = p.EndError(i == comparison.Plateaus.Count - 1),
            p.NearTie,
            Algorithm = p.Algorithm is { } a ? new { a.Name, a.Components, a.RelativeErrors } : null,
        }),
        Missed = comparison.Missed.Select(p => new { Loss = p.Height, p.Start, p.End, Learned = p.Learned.Select(d => d + 1) }),
        comparison.LargestDeviation,
    };
}
