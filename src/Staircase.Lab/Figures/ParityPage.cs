using System.Text;

namespace Staircase.Lab;

/// <summary>What was reproduced, as a page: a row a check.</summary>
public static class ParityPage
{
    /// <summary>The page.</summary>
    /// <param name="figures">Figures with what came of them, in order.</param>
    public static string Of(IReadOnlyList<KeptFigure> figures)
    {
        var page = new StringBuilder();
        Check[] checks = [.. figures.SelectMany(figure => figure.Checks)];
        page.Append("# Parity with the papers\n\n");
        page.Append("Every figure that this program reproduces, with every claim put to the test. ");
        page.Append($"Written by {CommandOf(figures)} on a machine with {Kernels.KernelHardware.VectorBits}-bit vectors; ");
        page.Append("do not edit.\n\n");
        page.Append($"{Summary(checks)}\n");
        foreach (KeptFigure figure in figures)
            page.Append('\n').Append(Part(figure));
        return page.ToString();
    }

    /// <summary>The part of one figure.</summary>
    public static string Part(KeptFigure kept)
    {
        var part = new StringBuilder();
        part.Append($"## {kept.Figure.Name}\n\n{kept.Figure.Source}: {kept.Figure.Shows}.\n\n    {kept.Command}\n\n");
        part.Append("| claim | source | measured | expected | verdict |\n| --- | --- | --- | --- | --- |\n");
        foreach (Check check in kept.Checks)
            part.Append($"| {string.Join(" | ", Cells(check).Select(Cell))} |\n");
        foreach (Check check in kept.Checks.Where(c => c.Reason is not null))
            part.Append($"\n*{Cell(check.Claim)}*: {check.Reason}.\n");
        foreach (string note in kept.Notes)
            part.Append($"\n{note}\n");
        return part.ToString();
    }

    /// <summary>How many checks hold, differ and fail, in a sentence.</summary>
    public static string Summary(IReadOnlyList<Check> checks) =>
        $"{checks.Count} checks: {checks.Count(c => c.Passed)} hold, {checks.Count(c => c.IsExplained)} differ for a reason that is given, "
        + $"{checks.Count(c => c.IsFailure)} fail.";

    /// <summary>The command that reproduces figures.</summary>
    public static string Command(string names, bool quick) => $"staircase reproduce {names}{(quick ? " --quick" : "")}";

    private static string CommandOf(IReadOnlyList<KeptFigure> figures)
    {
        if (figures.Select(figure => figure.Quick).Distinct().Count() > 1)
            return "the commands that stand with the figures,";
        string names = figures.Count == FigureCatalogue.All.Count ? "all" : string.Join(' ', figures.Select(kept => kept.Figure.Name));
        return $"`{Command(names, figures.Count > 0 && figures[0].Quick)}`";
    }

    private static string[] Cells(Check check) => [check.Claim, check.Source, check.Measured, check.Expected, check.Verdict];

    private static string Cell(string text) => text.Replace("|", "\\|");
}
