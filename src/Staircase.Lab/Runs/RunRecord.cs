namespace Staircase.Lab;

/// <summary>What <c>run.json</c> says of a run.</summary>
public sealed record RunRecord
{
    /// <summary>The format of run folders that this program writes and reads.</summary>
    public const int CurrentFormat = 2;

    /// <summary>The version of this program.</summary>
    public static string CurrentVersion { get; } = typeof(RunRecord).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>The format of the folder.</summary>
    [JsonPropertyOrder(-2)]
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The kind of the experiment.</summary>
    public required string Kind { get; init; }

    /// <summary>How it stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Every key of the experiment, resolved: together they repeat the run.</summary>
    public required IReadOnlyDictionary<string, string> Experiment { get; init; }

    /// <summary>The columns of <c>metrics.csv</c>, behind step and time.</summary>
    public IReadOnlyList<Column> Columns { get; init; } = [];

    /// <summary>Steps taken.</summary>
    public long Step { get; init; }

    /// <summary>Time of the gradient flow there; null where the optimizer follows none.</summary>
    public double? Time { get; init; }

    /// <summary>The loss last recorded.</summary>
    public double? Loss { get; init; }

    /// <summary>What ended it before its end, such as <c>test_accuracy > 0.99</c>; null where that is nothing.</summary>
    public string? Stopped { get; init; }

    /// <summary>Seconds of training, over all sittings.</summary>
    public double WallSeconds { get; init; }

    /// <summary>The version of the program.</summary>
    public string Version { get; init; } = CurrentVersion;

    /// <summary>Where it was trained.</summary>
    public Machine Machine { get; init; } = Machine.Here;

    /// <summary>What came of it, in numbers.</summary>
    public IReadOnlyDictionary<string, double?>? Findings { get; init; }

    /// <summary>The status as <c>run.json</c> writes it.</summary>
    [JsonIgnore]
    public string StatusWord => Word(Status);

    /// <summary>As <c>run.json</c> has it.</summary>
    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this, RunJson.Readable.RunRecord)!;

    /// <summary>What came of a training, as a line.</summary>
    public string Summary(string run) =>
        $"{(Status == RunStatus.Finished ? "Trained" : "Stopped after")} {Whole(Step)} steps{Until} in {Number(WallSeconds, 3)} s; loss "
            + $"{Number(Loss, 6)}; run in {run}";

    /// <summary>How it ended, as a sentence.</summary>
    [JsonIgnore]
    public string Ending => Status == RunStatus.Finished
        ? $"Trained {Whole(Step)} steps{Until} in {Number(WallSeconds)} s with version {Version}."
        : $"This run is {StatusWord} at step {Whole(Step)}.";

    private string Until => Stopped is null ? "" : $" until {Stopped}";
}
