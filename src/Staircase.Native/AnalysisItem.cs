namespace Staircase.Native;

/// <summary>An analysis of checkpoints: its rows as arrays, the rest as texts.</summary>
internal sealed class AnalysisItem(CheckpointAnalysis analysis) : Item
{
    public override string What => "an analysis";

    /// <summary>The analysis.</summary>
    public CheckpointAnalysis Analysis => analysis;

    protected override string? MakeText(string name) => name switch
    {
        "layout" => analysis.Layout ?? "",
        "decisions" => Json.Text(Json.Texts(analysis.Decisions)),
        "skipped" => Json.Text(Json.Texts(analysis.Skipped)),
        "audit" => Json.Text(Json.List(analysis.Findings, finding => Json.Of(
            ("step", finding.Step), ("kind", finding.Kind.ToString().ToLowerInvariant()), ("text", finding.Text)))),
        "columns" => Json.Text(Json.Texts(analysis.Columns.Select(column => column.Name))),
        "modules" => Json.Text(Json.Texts(analysis.Rows.Select(row => row.Module ?? ""))),
        "tensors" => Json.Text(Json.Texts(analysis.Rows.Select(row => row.Tensor ?? ""))),
        "transitions" => Json.Text(Json.List(analysis.Transitions, t => Json.Of(
            ("subject", t.Subject), ("measure", t.Measure), ("step", t.Step), ("earliest", t.Earliest), ("latest", t.Latest),
            ("size", t.Size), ("falseAlarmRate", t.FalseAlarmRate)))),
        "noTransitions" => analysis.NoTransitions ?? "",
        _ => null,
    };

    protected override NamedArray? MakeArray(string name) => name switch
    {
        "steps" => NamedArray.Of(analysis.Steps),
        "step" => NamedArray.Of(Of(row => row.Step)),
        "layer" => NamedArray.Of(Of(row => (long)(row.Layer ?? -1))),
        "head" => NamedArray.Of(Of(row => (long)(row.Head ?? -1))),
        _ => analysis.Columns.FirstOrDefault(column => column.Name == name) is { } column ? NamedArray.Of(Of(column.Of)) : null,
    };

    private T[] Of<T>(Func<AnalysisRow, T> value) => [.. analysis.Rows.Select(value)];
}
