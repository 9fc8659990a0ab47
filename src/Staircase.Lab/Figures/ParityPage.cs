using System.Text;

namespace Staircase.Lab;

/// <summary>What was reproduced, as a page: a row a check.</summary>
public static class ParityPage
{
    /// <summary>The page.</summary>
    /// <param name="figures">Figures with what came of them, in order.</param>
    /// <param name="quick">Whether the presets were quick.</param>
    public static string Of(IReadOnlyList<(IFigure Figure, ReportSection Section)> figures, bool quick)
    {
        var page = new StringBuilder();
        Check[] checks = [.. figures.SelectMany(f => f.Section.Checks)];
        page.Append("# Parity with the papers\n\n");
        page.Append("Every figure that this program reproduces, with every claim put to the test. ");
        page.Append($"Written by `staircase reproduce {(quick ? "--quick " : "")}{(figures.Count == FigureCatalogue.All.Count ? "all" : string.Join(' ', figures.Select(f => f.Figure.Name)))}`");
        page.Append($" on a machine with {Kernels.KernelHardware.VectorBits}-bit vectors; do not edit.\n\n");
        page.Append($"{checks.Length} checks: {checks.Count(c => c.Passed)} hold, {checks.Count(c => c.IsExplained)} differ for a reason that is given, {checks.Count(c => c.IsFailure)} fail.\n");
        foreach ((IFigure figure, ReportSection section) in figures)
            page.Append('\n').Append(Part(figure, section, quick));
        return page.ToString();
    }

    /// <summary>The part of one figure.</summary>
    public static string Part(IFigure figure, ReportSection section, bool quick)
    {
        var part = new StringBuilder();
        part.Append($"## {figure.Name}\n\n{figure.Source}: {figure.Shows}.\n\n    staircase reproduce {figure.Name}{(quick ? " --quick" : "")}\n\n");
        part.Append("| claim | source | measured | predicted | tolerance | verdict |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (Check check in section.Checks)
            part.Append($"| {Cell(check.Claim)} | {Cell(check.Source)} | {Cell(check.Measured)} | {Cell(check.Predicted)} | {Cell(check.Tolerance)} | {check.Verdict} |\n");
        foreach (Check check in section.Checks.Where(c => c.Reason is not null))
            part.Append($"\n*{Cell(check.Claim)}*: {check.Reason}.\n");
        foreach (string note in section.Notes)
            part.Append($"\n{note}\n");
        return part.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
