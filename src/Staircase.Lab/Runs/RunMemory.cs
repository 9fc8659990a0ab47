using System.Collections.Concurrent;

namespace Staircase.Lab;

/// <summary>A run in memory, as figures train them.</summary>
public sealed class RunMemory : IRunStore
{
    private readonly SortedDictionary<long, Snapshot> _checkpoints = [];
    private readonly ConcurrentDictionary<string, Snapshot> _measures = new();
    private Trajectory? _rows;
    private Snapshot? _state;

    /// <inheritdoc/>
    public string Name { get; init; } = "run";

    /// <inheritdoc/>
    public RunRecord? Record { get; private set; }

    /// <inheritdoc/>
    public IDisposable Lock() => NoLock.Held; // memory has one writer

    /// <inheritdoc/>
    public void Write(RunRecord record) => Record = record;

    /// <inheritdoc/>
    public void Begin(Trajectory known) => _rows = known;

    /// <inheritdoc/>
    public void AddRow(Trajectory trajectory) => _rows = trajectory;

    /// <inheritdoc/>
    public void FlushRows()
    {
        // There is nothing between them and memory.
    }

    /// <inheritdoc/>
    public Trajectory ReadRows(IReadOnlyList<Column> columns, long upToStep = long.MaxValue) =>
        _rows is { } rows
            ? rows.Take(rows.Steps.Count(step => step <= upToStep))
            : throw new InputException($"{Name}: nothing was recorded yet.");

    /// <inheritdoc/>
    public IReadOnlyList<long> CheckpointSteps() => [.. _checkpoints.Keys];

    /// <inheritdoc/>
    public Snapshot ReadCheckpoint(long step) =>
        _checkpoints.TryGetValue(step, out Snapshot? kept) ? kept : throw new InputException($"{Name} has no checkpoint of step {step}.");

    /// <inheritdoc/>
    public void WriteCheckpoint(Snapshot weights, bool durable) => _checkpoints[weights.Step] = weights;

    /// <inheritdoc/>
    public void DeleteCheckpoint(long step) => _checkpoints.Remove(step);

    /// <inheritdoc/>
    public Snapshot? ReadState() => _state;

    /// <inheritdoc/>
    public void WriteState(Snapshot state) => _state = state;

    /// <inheritdoc/>
    public string HashOf(long step) => step.ToString("0000000000000000", InvariantCulture); // nothing else writes here

    /// <inheritdoc/>
    public Snapshot? ReadMeasures(string key) => _measures.GetValueOrDefault(key);

    /// <inheritdoc/>
    public void WriteMeasures(string key, Snapshot measures) => _measures[key] = measures;
}
