namespace Staircase.Lab;

/// <summary>What <c>ensemble.json</c> says: the experiment that its runs have in common. How they stand is in their own folders.</summary>
public sealed record EnsembleRecord
{
    /// <summary>The format of the folder.</summary>
    [JsonPropertyOrder(-2)]
    public int Format { get; init; } = RunRecord.CurrentFormat;

    /// <summary>The kind of the experiment.</summary>
    public required string Kind { get; init; }

    /// <summary>Every key that was said or has a default, <c>seeds</c> among them: together they repeat the ensemble.</summary>
    public required IReadOnlyDictionary<string, string> Experiment { get; init; }

    /// <summary>The version of the program.</summary>
    public string Version { get; init; } = RunRecord.CurrentVersion;
}
