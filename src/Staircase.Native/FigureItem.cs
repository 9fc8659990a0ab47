namespace Staircase.Native;

/// <summary>A figure that was reproduced.</summary>
internal sealed class FigureItem(IFigure figure, ReportSection section) : Item
{
    public override string What => "a figure";

    /// <summary>Its report.</summary>
    public Report Report => new()
    {
        Title = section.Title,
        Lead = $"{figure.Source}. {section.Lead}",
        Sections = [section with { Lead = "" }],
        Results = figure.Results,
    };

    protected override string? MakeText(string name) => name switch
    {
        "name" => figure.Name,
        "shows" => figure.Shows,
        "source" => figure.Source,
        "checks" => Json.Text(Json.List(section.Checks, check => check.ToJson())),
        _ => null,
    };
}
