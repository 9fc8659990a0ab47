using static Staircase.Lab.AnalysisColumn;

namespace Staircase.Lab;

/// <summary>
/// The report of an analysis: audit and decisions first, then curves, heat maps with a slider over the steps, transitions.
/// </summary>
public static class AnalysisReport
{
    private const string NothingFound =
        "no repeated or stale checkpoint, no change of names, shapes or types, no jump, no value that is not finite";

    private const int MostFrames = 200, MostCells = 400_000, MostCurves = 24, MostRows = 200, MostTransitions = 200, DrawnTransitions = 40;

    /// <summary>The report.</summary>
    /// <param name="analysis">What was found.</param>
    /// <param name="command">The command that was given, in full.</param>
    public static Report Of(CheckpointAnalysis analysis, string? command = null) => new()
    {
        Command = command ?? CommandText.Of(["staircase", "analyze", .. analysis.Options.Paths]),
        Title = $"Checkpoints of {string.Join(", ", analysis.Options.Paths)}",
        Lead = $"{analysis.Steps.Count} checkpoints, steps {Whole(analysis.Steps[0])} to {Whole(analysis.Steps[^1])}"
            + (analysis.Layout is null ? "." : $"; attention as {analysis.Layout} stores it.") + Chosen(analysis.Options),
        Sections =
        [
            new ReportSection
            {
                Id = "analysis",
                Title = "Ranks and subspaces",
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

    private static string Chosen(AnalysisOptions options)
    {
        string layers = options.Layers is { } some ? $" Layers {string.Join(", ", some)} alone." : "";
        return options.Heads is { } heads ? $"{layers} Heads {string.Join(", ", heads)} alone." : layers;
    }

    private static IEnumerable<Plot> Plots(CheckpointAnalysis analysis)
    {
        double[] steps = [.. analysis.Steps.Select(step => (double)step)];
        var x = new Axis("step", IsLogarithmic: steps.Length > 2 && steps[^1] > 100 * Max(1, steps[1]));
        if (analysis.Losses is { } losses)
        {
            yield return Plot.Of("losses", "Losses", x, Axis.Logarithmic("loss"), LeftOut(losses.Columns.Count, MostRows, "columns"),
                losses.Columns.Take(MostRows).Select(loss => new Series(loss.Name, SeriesRole.Measured, losses.Steps, loss.Values)));
        }

        // A head a curve where they can be told apart, else each layer's mean, and the heads of a layer that is picked.
        bool byLayer = analysis.Layout is not null && analysis.Subjects > MostCurves, tooMany = analysis.Rows.Count > MostCells;
        foreach ((string id, string title, AnalysisColumn column) in analysis.Layout is null ? CurvesOfMatrices : CurvesOfHeads)
        {
            Series[] curves = byLayer ? [.. ByLayer()] : [.. Curves(analysis.Rows, null).Take(MostRows)];
            string caption = !byLayer ? LeftOut(analysis.Subjects, MostRows, "curves")
                : tooMany ? $"The mean over the heads of each layer. The {analysis.Subjects} heads themselves are not drawn; "
                    + "--csv has them all. "
                : "The mean over the heads of each layer; pick a layer to see its heads. ";
            (Series? transitions, int found) = Transitions(analysis, column, curves);
            Series? laid = Loss(analysis, steps);
            yield return Plot.Of(
                id, title, x, column.Measure.Axis,
                caption + (laid is null ? "" : $"Dotted, at the right: {laid.Name}. ")
                    + (transitions is null ? "" : $"Upright: transitions{LeftOut(found, DrawnTransitions, "of them", " (", ")")}."),
                [.. curves, .. new[] { transitions, laid }.OfType<Series>()])
                with
            { Right = laid is null ? null : new Axis(laid.Name) };

            IEnumerable<Series> ByLayer()
            {
                IGrouping<string, AnalysisRow>[] layers = [.. analysis.Rows.GroupBy(row => row.Attention)];
                return
                [
                    .. layers.Select((layer, l) => Curve($"{layer.Key}, mean", "layers", "means of layers", l, layer)),
                    .. tooMany ? [] : layers.SelectMany(layer => Curves(layer, layer.Key)),
                ];
            }

            IEnumerable<Series> Curves(IEnumerable<AnalysisRow> rows, string? group) =>
                rows.GroupBy(row => row.Subject)
                    .Select((curve, i) => Curve(curve.Key, group, analysis.Layout is null ? "matrices" : "heads", i, curve));

            Series Curve(string name, string? group, string family, int place, IEnumerable<AnalysisRow> rows)
            {
                ILookup<long, double> at = rows.ToLookup(row => row.Step, column.Of);
                return new(
                    name, SeriesRole.Measured, steps, [.. analysis.Steps.Select(step => at[step].DefaultIfEmpty(double.NaN).Average())],
                    place, group)
                {
                    Family = family,
                };
            }
        }
    }

    /// <summary>The loss over the checkpoints' steps, for an axis of its own: of several the first; null where there is none.</summary>
    private static Series? Loss(CheckpointAnalysis analysis, double[] steps)
    {
        if (analysis.Losses is not { } losses)
            return null;
        (string name, double[] values) = losses.Columns[0];
        int[] inside =
            [.. Range(0, losses.Steps.Length).Where(i => losses.Steps[i] >= steps[0] && losses.Steps[i] <= steps[^1])];
        return Series.Guide(name, inside.Select(i => losses.Steps[i]), inside.Select(i => values[i])) with { IsRight = true };
    }

    /// <summary>Upright strokes where a measure changes, those that chance explains least; null where there are none.</summary>
    private static (Series? Strokes, int Found) Transitions(CheckpointAnalysis analysis, AnalysisColumn column, Series[] curves)
    {
        AnalysisTransition[] found = [.. analysis.Transitions.Where(transition => transition.Measure == column.Name)];
        double[] values = [.. curves.SelectMany(curve => curve.Y).Where(double.IsFinite)];
        if (found.Length == 0 || values.Length == 0)
            return (null, 0);
        (double low, double high) = (values.Min(), values.Max());
        return (Series.Guide(
            "transitions", found.Take(DrawnTransitions).SelectMany(t => new[] { t.Step, t.Step, double.NaN }),
            found.Take(DrawnTransitions).SelectMany(_ => new[] { low, high, double.NaN })), found.Length);
    }

    /// <summary>How many there are where not all are drawn, as a sentence or between what is given; empty where all are.</summary>
    private static string LeftOut(int count, int most, string what, string before = "", string after = " ") =>
        count <= most ? "" : $"{before}{most} of {count} {what}; the others are in --csv and --json{(before.Length > 0 ? "" : ".")}{after}";

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
        string[] layers = [.. analysis.Rows.Select(row => row.Attention).Distinct()];
        int heads = analysis.Rows.Max(row => row.Head!.Value) + 1, count = analysis.Steps.Count;
        int most = Clamp(MostCells / (layers.Length * heads), 2, MostFrames);
        IReadOnlyList<int> shown = Shown.Spread([.. Range(0, count)], most);
        Dictionary<(long, string, int), AnalysisRow> at = analysis.Rows.ToDictionary(row => (row.Step, row.Attention, row.Head!.Value));
        return new WeightMaps
        {
            Id = "heads",
            Title = "Heads over training",
            Caption = "A row a layer, a column a head; the slider goes through the checkpoints"
                + (shown.Count < count ? $", {shown.Count} of {count}." : "."),
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
                   from head in Range(0, heads)
                   let row = at.GetValueOrDefault((analysis.Steps[i], layer, head))
                   select row is null ? double.NaN : (float)column.Of(row),
            ];
            double[] finite = [.. values.Where(double.IsFinite)];

            // Ranks of 53 to 59 are all of one colour on a scale from 0.
            double middle = finite.Length == 0 ? 0 : (finite.Min() + finite.Max()) / 2;
            string[] columns = [.. Range(0, heads).Select(head => $"head {head}")];
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
            yield return Table.Of("Not read", ["what, and why"], analysis.Skipped, text => [text]);
        if (analysis.Transitions is { Count: > 0 and var count } found)
        {
            yield return Table.Of(
                count > MostTransitions ? $"Transitions, {MostTransitions} of {count}" : "Transitions",
                ["of", "measure", "step", "from", "to", "size", "false-alarm rate"], found.Take(MostTransitions),
                t =>
                [
                    t.Subject, t.Measure, Number(t.Step), Number(t.Earliest), Number(t.Latest), Number(t.Size), Number(t.FalseAlarmRate),
                ]);
        }

        long last = analysis.Steps[^1];
        AnalysisRow[] end = [.. analysis.Rows.Where(row => row.Step == last)];
        if (end.Length > 0)
        {
            yield return Table.Of(
                $"At step {Whole(last)}", ["of", .. analysis.Columns.Select(column => column.Name)], end,
                row => [row.Subject, .. analysis.Columns.Select(column => Number(column.Of(row)))]);
        }
    }

    private static string Words(AuditKind kind) => kind == AuditKind.NotFinite ? "not finite" : Word(kind);
}
