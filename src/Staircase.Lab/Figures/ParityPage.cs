using System.Text;

namespace Staircase.Lab;

/// <summary>What was reproduced, as a page: a row a check.</summary>
public static class ParityPage
{
    /// <summary>The page.</summary>
    /// <param name="figures">Figures with what came of them, in order.</param>
    /// <param name="quick">Whether the presets were quick.</param>
    public static string Of(IReadOnlyList<(Figure Figure, ReportSection Section)> figures, bool quick)
    {
        var page = new StringBuilder();
        Check[] checks = [.. figures.SelectMany(f => f.Section.Checks)];
        page.Append("# Parity with the papers\n\n");
        page.Append("Every figure that this program reproduces, with every claim put to the test. ");
        string names = figures.Count == FigureCatalogue.All.Count ? "all" : string.Join(' ', figures.Select(f => f.Figure.Name));
        page.Append($"Written by `{Command(names, quick)}` on a machine with {Kernels.KernelHardware.VectorBits}-bit vectors; ");
        page.Append("do not edit.\n\n");
        page.Append($"{Summary(checks)}\n");
        foreach ((Figure figure, ReportSection section) in figures)
            page.Append('\n').Append(Part(figure, section, quick));
        return page.ToString();
    }

    /// <summary>The part of one figure.</summary>
    public static string Part(Figure figure, ReportSection section, bool quick)
    {
        var part = new StringBuilder();
        part.Append($"## {figure.Name}\n\n{figure.Source}: {figure.Shows}.\n\n    {Command(figure.Name, quick)}\n\n");
        part.Append("| claim | source | measured | expected | verdict |\n| --- | --- | --- | --- | --- |\n");
        foreach (Check check in section.Checks)
            part.Append($"| {string.Join(" | ", Cells(check).Select(Cell))} |\n");
        foreach (Check check in section.Checks.Where(c => c.Reason is not null))
            part.Append($"\n*{Cell(check.Claim)}*: {check.Reason}.\n");
        foreach (string note in section.Notes)
            part.Append($"\n{note}\n");
        return part.ToString();
    }

    /// <summary>How many checks hold, differ and fail, in a sentence.</summary>
    public static string Summary(IReadOnlyList<Check> checks) =>
        $"{checks.Count} checks: {checks.Count(c => c.Passed)} hold, {checks.Count(c => c.IsExplained)} differ for a reason that is given, "
        + $"{checks.Count(c => c.IsFailure)} fail.";

    /// <summary>The command that reproduces figures.</summary>
    public static string Command(string names, bool quick) => $"staircase reproduce {names}{(quick ? " --quick" : "")}";

    private static string[] Cells(Check check) => [check.Claim, check.Source, check.Measured, check.Expected, check.Verdict];

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
