using System.Globalization;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>The report of an analysis: audit and decisions first, then curves, heat maps with a slider over the steps, transitions.</summary>
public static class AnalysisReport
{
    private const int MostFrames = 200, MostCells = 400_000, MostCurves = 24, MostTransitions = 200;

    /// <summary>The report.</summary>
    public static Report Of(CheckpointAnalysis analysis) => new()
    {
        Title = $"Checkpoints of {string.Join(", ", analysis.Options.Paths)}",
        Lead = $"{analysis.Steps.Count} checkpoints, steps {analysis.Steps[0].ToString("N0", CultureInfo.InvariantCulture)} to {analysis.Steps[^1].ToString("N0", CultureInfo.InvariantCulture)}"
            + (analysis.Layout is null ? "." : $"; attention as {analysis.Layout} stores it."),
        Sections =
        [
            new ReportSection
            {
                Id = "analysis",
                Title = "Ranks and subspaces",
                Command = $"staircase analyze {string.Join(' ', analysis.Options.Paths)}",
                Plots = [.. Plots(analysis)],
                Weights = analysis.Layout is null ? [] : [.. Maps(analysis)],
                Tables = [.. Tables(analysis)],
                Notes =
                [
                    .. analysis.Decisions,
                    "QK = W_Qᵀ W_K with its row space (keys), OV = W_O W_V with its column space (what is written); both in factors, of rank at most d_head.",
                    "The subspace distance looks at the future: any series ends at zero. Angles to the previous checkpoint do not.",
                    .. analysis.NoTransitions is { } none ? new[] { $"No transitions: {none}." } : ["A false-alarm rate holds for one series; many heads and measures multiply it."],
                ],
            },
        ],
    };

    private static IEnumerable<Plot> Plots(CheckpointAnalysis analysis)
    {
        double[] steps = [.. analysis.Steps.Select(step => (double)step)];
        bool logarithmic = steps.Length > 2 && steps[^1] > 100 * Math.Max(1, steps[1]);
        var x = new Axis("step", logarithmic);
        if (analysis.Losses is { } losses)
        {
            yield return new Plot
            {
                Id = "losses",
                Title = "Losses",
                X = x,
                Y = new Axis("loss", IsLogarithmic: true),
                Series = [.. losses.Columns.Take(MostCurves).Select(column => new Series(column.Name, SeriesRole.Measured, losses.Steps, column.Values))],
            };
        }

        foreach ((string id, string title, string label, Func<AnalysisRow, double> value) in Measures(analysis))
        {
            // A head a curve where they can be told apart, else each layer's mean, and the heads of a layer that is picked.
            bool byLayer = analysis.Rows.Select(row => row.Subject).Distinct(StringComparer.Ordinal).Count() > MostCurves && analysis.Layout is not null;
            IEnumerable<Series> means = Curves(row => $"layer {row.Layer}, mean", byLayer ? "layers" : null), heads = Curves(row => row.Subject, group: null);
            if (byLayer)
                heads = analysis.Rows.Count <= MostCells ? analysis.Rows.Select(row => row.Layer).Distinct().SelectMany(layer => Curves(row => row.Layer == layer ? row.Subject : null, $"layer {layer}")) : [];
            yield return new Plot
            {
                Id = id,
                Title = title,
                X = x,
                Y = new Axis(label),
                Series = byLayer ? [.. means, .. heads] : [.. heads.Take(MostCurves)],
                Caption = byLayer ? "The mean over the heads of each layer; pick a layer to see its heads." : "",
            };

            IEnumerable<Series> Curves(Func<AnalysisRow, string?> name, string? group) => analysis.Rows.GroupBy(name, StringComparer.Ordinal).Where(curve => curve.Key is not null).Select(curve =>
            {
                ILookup<long, double> at = curve.ToLookup(row => row.Step, value);
                return new Series(curve.Key!, SeriesRole.Measured, steps, [.. analysis.Steps.Select(step => at[step].Any() ? at[step].Average() : double.NaN)], Group: group);
            });
        }
    }

    private static IEnumerable<(string Id, string Title, string Label, Func<AnalysisRow, double> Value)> Measures(CheckpointAnalysis analysis)
    {
        if (analysis.Layout is null)
        {
            yield return ("effective-rank", "Effective rank", "effective rank", row => row.Matrix!.EffectiveRank);
            yield return ("stable-rank", "Stable rank", "stable rank", row => row.Matrix!.StableRank);
            yield return ("norm", "Norm", "‖M‖_F", row => row.Matrix!.Norm);
            yield return ("distance", "Subspace distance to the last checkpoint, rows", "distance", row => row.Matrix!.SubspaceDistance);
            yield break;
        }

        yield return ("qk-rank", "Effective rank of QK", "effective rank", row => row.QK!.EffectiveRank);
        yield return ("ov-rank", "Effective rank of OV", "effective rank", row => row.OV!.EffectiveRank);
        yield return ("qk-distance", "Subspace distance of QK to the last checkpoint, rows", "distance", row => row.QK!.SubspaceDistance);
        yield return ("ov-distance", "Subspace distance of OV to the last checkpoint, columns", "distance", row => row.OV!.SubspaceDistance);
        yield return ("qk-angle", "Leading directions of QK, angle to the previous checkpoint", "geodesic distance", row => row.QK!.GeodesicToPrevious);
        yield return ("copying", "Eigenvalue positivity of OV: how much heads copy", "Re Σλ / Σ|λ|", row => row.OV!.EigenvaluePositivity);
    }

    private static IEnumerable<WeightMaps> Maps(CheckpointAnalysis analysis)
    {
        int[] layers = [.. analysis.Rows.Select(row => row.Layer!.Value).Distinct().Order()];
        int heads = analysis.Rows.Max(row => row.Head!.Value) + 1;
        int most = Math.Clamp(MostCells / (layers.Length * heads), 2, MostFrames);
        int[] shown = analysis.Steps.Count <= most ? [.. Enumerable.Range(0, analysis.Steps.Count)]
            : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * (analysis.Steps.Count - 1) / (most - 1))).Distinct()];
        Dictionary<(long, int, int), AnalysisRow> at = analysis.Rows.ToDictionary(row => (row.Step, row.Layer!.Value, row.Head!.Value));
        yield return new WeightMaps
        {
            Id = "heads",
            Title = "Heads over training",
            Caption = "A row a layer, a column a head; the slider goes through the checkpoints" + (shown.Length < analysis.Steps.Count ? $", {shown.Length} of {analysis.Steps.Count}." : "."),
            Frames = [.. shown.Select(i => new WeightFrame(analysis.Steps[i], null, double.NaN, null))],
            Maps =
            [
                Map("effective rank of QK", row => row.QK!.EffectiveRank),
                Map("effective rank of OV", row => row.OV!.EffectiveRank),
                Map("distance of QK to the end", row => row.QK!.SubspaceDistance),
                Map("copying (OV)", row => row.OV!.EigenvaluePositivity) with { Centre = 0 },
            ],
        };

        WeightMap Map(string name, Func<AnalysisRow, double> value)
        {
            double[] values = [.. shown.SelectMany(i => layers.SelectMany(layer => Enumerable.Range(0, heads).Select(head => at.TryGetValue((analysis.Steps[i], layer, head), out AnalysisRow? row) ? (double)(float)value(row) : double.NaN)))];
            double[] finite = [.. values.Where(double.IsFinite)];
            double middle = finite.Length == 0 ? 0 : (finite.Min() + finite.Max()) / 2; // ranks of 53 to 59 are all of one colour on a scale from 0
            return new(name, [.. layers.Select(layer => $"layer {layer}")], [.. Enumerable.Range(0, heads).Select(head => $"head {head}")], values, middle);
        }
    }

    private static IEnumerable<Table> Tables(CheckpointAnalysis analysis)
    {
        yield return new("Audit", ["step", "kind", "finding"],
            analysis.Findings.Count == 0 ? [["—", "none", "no repeated or stale checkpoint, no change of names, shapes or types, no jump, no value that is not finite"]]
            : [.. analysis.Findings.Select(finding => (IReadOnlyList<string>)[$"{finding.Step}", Words(finding.Kind.ToString()), finding.Text])]);
        if (analysis.Skipped.Count > 0)
            yield return new("Not read", ["what, and why"], [.. analysis.Skipped.Select(text => (IReadOnlyList<string>)[text])]);
        if (analysis.Transitions.Count > 0)
        {
            yield return new(analysis.Transitions.Count > MostTransitions ? $"Transitions, {MostTransitions} of {analysis.Transitions.Count}" : "Transitions", ["of", "measure", "step", "from", "to", "size", "false-alarm rate"],
                [.. analysis.Transitions.Take(MostTransitions).Select(t => (IReadOnlyList<string>)[t.Subject, t.Measure, Number(t.Step), Number(t.Earliest), Number(t.Latest), Number(t.Size), Number(t.FalseAlarmRate)])]);
        }

        long last = analysis.Steps[^1];
        AnalysisRow[] end = [.. analysis.Rows.Where(row => row.Step == last)];
        if (end.Length > 0)
        {
            yield return new($"At step {last.ToString("N0", CultureInfo.InvariantCulture)}", ["of", .. end[0].Numbers().Select(number => number.Name)],
                [.. end.Select(row => (IReadOnlyList<string>)[row.Subject, .. row.Numbers().Select(number => Number(number.Value))])]);
        }
    }

    private static string Words(string kind) => kind == "NotFinite" ? "not finite" : kind.ToLowerInvariant();
}
