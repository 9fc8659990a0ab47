using Staircase.Checkpoints;
using static Staircase.Lab.AnalysisColumn;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>
/// The report of an analysis: audit and decisions first, then curves, heat maps with a slider over the steps, transitions.
/// </summary>
public static class AnalysisReport
{
    private const string NothingFound =
        "no repeated or stale checkpoint, no change of names, shapes or types, no jump, no value that is not finite";

    private const int MostFrames = 200, MostCells = 400_000, MostCurves = 24, MostTransitions = 200;

    /// <summary>The report.</summary>
    public static Report Of(CheckpointAnalysis analysis) => new()
    {
        Title = $"Checkpoints of {string.Join(", ", analysis.Options.Paths)}",
        Lead = $"{analysis.Steps.Count} checkpoints, steps {Whole(analysis.Steps[0])} to {Whole(analysis.Steps[^1])}"
            + (analysis.Layout is null ? "." : $"; attention as {analysis.Layout} stores it."),
        Sections =
        [
            new ReportSection
            {
                Id = "analysis",
                Title = "Ranks and subspaces",
                Command = $"staircase analyze {string.Join(' ', analysis.Options.Paths)}",
                Plots = [.. Plots(analysis)],
                Weights = analysis.Layout is null ? [] : [Heads(analysis)],
                Tables = [.. Tables(analysis)],
                Notes =
                [
                    .. analysis.Decisions,
                    "QK = W_Qᵀ W_K with its row space (keys), OV = W_O W_V with its column space (what is written); "
                        + "both in factors, of rank at most d_head.",
                    "The subspace distance looks at the future: any series ends at zero. Angles to the previous checkpoint do not.",
                    analysis.NoTransitions is { } none ? $"No transitions: {none}."
                        : "A false-alarm rate holds for one series; many heads and measures multiply it.",
                ],
            },
        ],
    };

    private static IEnumerable<Plot> Plots(CheckpointAnalysis analysis)
    {
        double[] steps = [.. analysis.Steps.Select(step => (double)step)];
        var x = new Axis("step", IsLogarithmic: steps.Length > 2 && steps[^1] > 100 * Math.Max(1, steps[1]));
        if (analysis.Losses is { } losses)
        {
            yield return Plot.Of("losses", "Losses", x, Axis.Logarithmic("loss"), "",
                losses.Columns.Take(MostCurves).Select(loss => new Series(loss.Name, SeriesRole.Measured, losses.Steps, loss.Values)));
        }

        // A head a curve where they can be told apart, else each layer's mean, and the heads of a layer that is picked.
        bool byLayer = analysis.Layout is not null && analysis.Subjects > MostCurves;
        foreach ((string id, string title, AnalysisColumn column) in analysis.Layout is null ? CurvesOfMatrices : CurvesOfHeads)
        {
            yield return Plot.Of(id, title, x, column.Measure.Axis,
                byLayer ? "The mean over the heads of each layer; pick a layer to see its heads." : "",
                byLayer ? ByLayer() : Curves(analysis.Rows).Take(MostCurves));

            IEnumerable<Series> ByLayer()
            {
                IEnumerable<IGrouping<string, AnalysisRow>> layers = analysis.Rows.GroupBy(row => row.Attention, StringComparer.Ordinal);
                return
                [
                    .. layers.Select(layer => Curve($"{layer.Key}, mean", "layers", layer)),
                    .. analysis.Rows.Count > MostCells ? [] : layers.SelectMany(layer => Curves(layer, layer.Key)),
                ];
            }

            IEnumerable<Series> Curves(IEnumerable<AnalysisRow> rows, string? group = null) =>
                rows.GroupBy(row => row.Subject, StringComparer.Ordinal).Select(curve => Curve(curve.Key, group, curve));

            Series Curve(string name, string? group, IEnumerable<AnalysisRow> rows)
            {
                ILookup<long, double> at = rows.ToLookup(row => row.Step, column.Of);
                return new(
                    name, SeriesRole.Measured, steps, [.. analysis.Steps.Select(step => at[step].DefaultIfEmpty(double.NaN).Average())],
                    Group: group);
            }
        }
    }

    private static IReadOnlyList<(string Id, string Title, AnalysisColumn Column)> CurvesOfHeads { get; } =
    [
        ("qk-rank", "Effective rank of QK", OfQK(CircuitMeasure.EffectiveRank)),
        ("ov-rank", "Effective rank of OV", OfOV(CircuitMeasure.EffectiveRank)),
        ("qk-distance", "Subspace distance of QK to the last checkpoint, rows", OfQK(CircuitMeasure.SubspaceDistance)),
        ("ov-distance", "Subspace distance of OV to the last checkpoint, columns", OfOV(CircuitMeasure.SubspaceDistance)),
        ("qk-angle", "Leading directions of QK, angle to the previous checkpoint", OfQK(CircuitMeasure.GeodesicToPrevious)),
        ("copying", "Eigenvalue positivity of OV: how much heads copy", OfOV(CircuitMeasure.EigenvaluePositivity)),
    ];

    private static IReadOnlyList<(string Id, string Title, AnalysisColumn Column)> CurvesOfMatrices { get; } =
    [
        ("effective-rank", "Effective rank", OfMatrix(CircuitMeasure.EffectiveRank)),
        ("stable-rank", "Stable rank", OfMatrix(CircuitMeasure.StableRank)),
        ("norm", "Norm", OfMatrix(CircuitMeasure.Norm)),
        ("distance", "Subspace distance to the last checkpoint, rows", OfMatrix(CircuitMeasure.SubspaceDistance)),
    ];

    private static WeightMaps Heads(CheckpointAnalysis analysis)
    {
        string[] layers = [.. analysis.Rows.Select(row => row.Attention).Distinct(StringComparer.Ordinal)];
        int heads = analysis.Rows.Max(row => row.Head!.Value) + 1, count = analysis.Steps.Count;
        int most = Math.Clamp(MostCells / (layers.Length * heads), 2, MostFrames);
        int[] shown = count <= most ? [.. Enumerable.Range(0, count)]
            : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * (count - 1) / (most - 1))).Distinct()];
        Dictionary<(long, string, int), AnalysisRow> at = analysis.Rows.ToDictionary(row => (row.Step, row.Attention, row.Head!.Value));
        return new WeightMaps
        {
            Id = "heads",
            Title = "Heads over training",
            Caption = "A row a layer, a column a head; the slider goes through the checkpoints"
                + (shown.Length < count ? $", {shown.Length} of {count}." : "."),
            Frames = [.. shown.Select(i => new WeightFrame(analysis.Steps[i], null, double.NaN, null))],
            Maps =
            [
                Map("effective rank of QK", OfQK(CircuitMeasure.EffectiveRank)),
                Map("effective rank of OV", OfOV(CircuitMeasure.EffectiveRank)),
                Map("distance of QK to the end", OfQK(CircuitMeasure.SubspaceDistance)),
                Map("copying (OV)", OfOV(CircuitMeasure.EigenvaluePositivity)) with { Centre = 0 },
            ],
        };

        WeightMap Map(string name, AnalysisColumn column)
        {
            double[] values =
            [
                .. from i in shown
                   from layer in layers
                   from head in Enumerable.Range(0, heads)
                   let row = at.GetValueOrDefault((analysis.Steps[i], layer, head))
                   select row is null ? double.NaN : (float)column.Of(row),
            ];
            double[] finite = [.. values.Where(double.IsFinite)];

            // Ranks of 53 to 59 are all of one colour on a scale from 0.
            double middle = finite.Length == 0 ? 0 : (finite.Min() + finite.Max()) / 2;
            string[] columns = [.. Enumerable.Range(0, heads).Select(head => $"head {head}")];
            return new(name, layers, columns, values, middle);
        }
    }

    private static IEnumerable<Table> Tables(CheckpointAnalysis analysis)
    {
        yield return new("Audit", ["step", "kind", "finding"],
            analysis.Findings.Count > 0
                ? [.. analysis.Findings.Select(finding => (string[])[$"{finding.Step}", Words(finding.Kind), finding.Text])]
                : [["—", "none", NothingFound]]);
        if (analysis.Skipped.Count > 0)
            yield return new("Not read", ["what, and why"], [.. analysis.Skipped.Select(text => (string[])[text])]);
        if (analysis.Transitions is { Count: > 0 and var count } found)
        {
            yield return new(count > MostTransitions ? $"Transitions, {MostTransitions} of {count}" : "Transitions",
                ["of", "measure", "step", "from", "to", "size", "false-alarm rate"],
                [.. found.Take(MostTransitions).Select(t => (string[])
                [
                    t.Subject, t.Measure, Number(t.Step), Number(t.Earliest), Number(t.Latest), Number(t.Size), Number(t.FalseAlarmRate),
                ])]);
        }

        long last = analysis.Steps[^1];
        AnalysisRow[] end = [.. analysis.Rows.Where(row => row.Step == last)];
        if (end.Length > 0)
        {
            yield return new($"At step {Whole(last)}", ["of", .. analysis.Columns.Select(column => column.Name)],
                [.. end.Select(row => (string[])[row.Subject, .. analysis.Columns.Select(column => Number(column.Of(row)))])]);
        }
    }

    private static string Words(AuditKind kind) => kind == AuditKind.NotFinite ? "not finite" : kind.ToString().ToLowerInvariant();
}
