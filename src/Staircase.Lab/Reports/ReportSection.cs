namespace Staircase.Lab;

/// <summary>One part of a report.</summary>
public sealed record ReportSection
{
    /// <summary>A name for links and file names: lower-case words with hyphens, unique in the report.</summary>
    public required string Id { get; init; }

    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>What is to be seen.</summary>
    public string Lead { get; init; } = "";

    /// <summary>The command that makes it again.</summary>
    public string? Command { get; init; }

    /// <summary>The plots.</summary>
    public IReadOnlyList<Plot> Plots { get; init; } = [];

    /// <summary>Weights at several checkpoints.</summary>
    public IReadOnlyList<WeightMaps> Weights { get; init; } = [];

    /// <summary>What happened and why, a paragraph each: what <c>staircase explain</c> says.</summary>
    public IReadOnlyList<string> Explanation { get; init; } = [];

    /// <summary>Measured against predicted numbers; what would be claimed twice is told apart by its source, or by a number.</summary>
    public IReadOnlyList<Check> Checks
    {
        get;
        init => field =
        [
            .. Distinct.Names(value, check => check.Claim, check => check.Source)
                .Zip(value, (claim, check) => check with { Claim = claim }),
        ];
    } = [];

    /// <summary>Other tables.</summary>
    public IReadOnlyList<Table> Tables { get; init; } = [];

    /// <summary>The resolved experiment: keys and values.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>What a reader must know to trust the numbers.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
