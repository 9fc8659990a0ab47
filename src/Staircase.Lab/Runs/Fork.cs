using System.Numerics;

namespace Staircase.Lab;

/// <summary>A step of another run, from whose weights a training begins.</summary>
/// <param name="Run">The folder of that run.</param>
/// <param name="Step">A step whose weights were kept; null for the last of them.</param>
public sealed record Fork(string Run, long? Step)
{
    /// <summary>The key of an experiment that names one.</summary>
    public const string Key = "fork";

    /// <summary>Reads <c>RUN</c> or <c>RUN@STEP</c>.</summary>
    public static Fork Parse(string text)
    {
        int at = text.LastIndexOf('@');
        return at > 0 && ReadWhole(text.AsSpan(at + 1)) is { } step
            ? new(text[..at], step)
            : new(text, null);
    }

    /// <inheritdoc/>
    public override string ToString() => Step is { } step ? string.Create(InvariantCulture, $"{Run}@{step}") : Run;

    /// <summary>The experiment of that run, begun from its weights.</summary>
    /// <param name="leavesEnd">Whether the end and the schedules are left open.</param>
    internal Experiment Experiment(bool leavesEnd)
    {
        RunFolder folder = RunFolder.Open(Run);
        RunRecord record = folder.ReadRecord();
        if (!leavesEnd)
            return folder.Experiment(record);
        string[] ends = ["record", "checkpoints", .. ExperimentKinds.Named(record.Kind, Run).EndKeys];
        return folder.Experiment(record with
        {
            Experiment = record.Experiment.Where(pair => !ends.Contains(pair.Key))
                .ToDictionary(pair => pair.Key, pair => pair.Value),
        });
    }

    /// <summary>The same with its step, so that it stays the same when that run goes on.</summary>
    /// <exception cref="InputException">There is no such run, it is of another kind, or kept no weights at that step.</exception>
    internal Fork Pinned(ExperimentKind kind)
    {
        RunFolder folder = RunFolder.Open(Run);
        string found = folder.ReadRecord().Kind;
        Require(found == kind.Name, $"‹{Key}› {Run} is a run of kind {found}, and this experiment is of kind {kind.Name}.");
        IReadOnlyList<long> kept = folder.CheckpointSteps();
        Require(kept.Count > 0, $"‹{Key}› {Run} has kept no weights.");
        if (Step is not { } step)
            return this with { Step = kept[^1] };
        Require(
            kept.Contains(step),
            $"‹{Key}› {Run} has kept no weights at step {step}; the nearest are of step {kept.MinBy(k => Abs(k - step))}.");
        return this;
    }

    /// <summary>What was kept at the step.</summary>
    internal Snapshot Read() => RunFolder.Open(Run).ReadCheckpoint(Step!.Value);

    /// <summary>The weights at the step, for a model of the same shape.</summary>
    /// <exception cref="InputException">They are of another shape; the message names the tensor.</exception>
    internal T[] Weights<T>(ParameterLayout layout)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Read().Weights<T>(layout);
}
