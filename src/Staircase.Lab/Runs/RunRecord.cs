using System.Text.Json.Serialization;

namespace Staircase.Lab;

/// <summary>What <c>run.json</c> says: the resolved experiment, where and with what it ran, and how it went.</summary>
public sealed record RunRecord
{
    /// <summary>The format that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The version of this file's format.</summary>
    [JsonPropertyOrder(-2)]
    public int Format { get; init; } = CurrentFormat;

    /// <summary>What kind of experiment it is.</summary>
    public string Kind { get; init; } = ExperimentKinds.Regression;

    /// <summary>Where the run stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>The experiment's keys and values, every choice made.</summary>
    public required IReadOnlyDictionary<string, string> Experiment { get; init; }

    /// <summary>The last step of a descent, or accepted steps of the flow so far.</summary>
    public long Step { get; init; }

    /// <summary>The last time of the flow.</summary>
    public double? Time { get; init; }

    /// <summary>The loss there.</summary>
    public double? Loss { get; init; }

    /// <summary>Seconds of training, over all sittings.</summary>
    public double WallSeconds { get; init; }

    /// <summary>The program's version.</summary>
    public string Version { get; init; } = typeof(RunRecord).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>The machine: bits may differ between vector widths, never between numbers of cores.</summary>
    public Machine Machine { get; init; } = Machine.Here;

    /// <summary>Theory's verdicts, once there are any.</summary>
    public Verdicts? Verdicts { get; init; }
}
