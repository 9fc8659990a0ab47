namespace Staircase.Lab;

/// <summary>
/// What one HTML file shows: data and words, no markup. Text may hold mathematics between dollar signs, as in <c>$\lambda_d$</c>.
/// </summary>
public sealed record Report
{
    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>What is to be seen, in a sentence or two.</summary>
    public string Lead { get; init; } = "";

    /// <summary>The command that wrote it, in full; null where no command did.</summary>
    public string? Command { get; init; }

    /// <summary>The parts, in order: one a run or a reproduced figure.</summary>
    public required IReadOnlyList<ReportSection> Sections { get; init; }

    /// <summary>The results that were used; with their papers they become the citations.</summary>
    public IReadOnlyList<Result> Results { get; init; } = [];
}
