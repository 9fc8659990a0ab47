namespace Staircase.Lab;

/// <summary>What to analyze, and how.</summary>
public sealed record AnalysisOptions
{
    /// <summary>Files and folders.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>A regular expression with one group, the step.</summary>
    public string? Pattern { get; init; }

    /// <summary>The first step.</summary>
    public long From { get; init; }

    /// <summary>The last step.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>Every how many of the checkpoints.</summary>
    public int Every { get; init; } = 1;

    /// <summary>The layout; null to find out.</summary>
    public string? Layout { get; init; }

    /// <summary>n; null to find out.</summary>
    public int? Heads { get; init; }

    /// <summary>k; null to find out.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>A regular expression for names of tensors to take as plain matrices instead of heads.</summary>
    public string? Tensors { get; init; }

    /// <summary>A CSV of losses with a column <c>step</c>.</summary>
    public string? Losses { get; init; }

    /// <summary>Whether to read safetensors by mapping them.</summary>
    public bool Mapped { get; init; }

    /// <summary>How many leading directions principal angles compare.</summary>
    public int Directions { get; init; } = 4;

    /// <summary>Transitions of at most this false-alarm rate a series are listed.</summary>
    public double Level { get; init; } = 0.05;
}
