namespace Staircase.Lab;

/// <summary>Where a run is kept: a folder, or memory.</summary>
public interface IRunStore
{
    /// <summary>What it is called, for complaints and headings.</summary>
    string Name { get; }

    /// <summary>What is known of the run; null before it has begun.</summary>
    RunRecord? Record { get; }

    /// <summary>Keeps other writers out until what it returns is disposed; within it the same store may lock again.</summary>
    /// <exception cref="InputException">Another writes there; the message says who.</exception>
    IDisposable Lock();

    /// <summary>Keeps what is known of the run.</summary>
    void Write(RunRecord record);

    /// <summary>Begins the table of rows, with those that are known already.</summary>
    void Begin(Trajectory known);

    /// <summary>Adds the last row of a trajectory to the table.</summary>
    void AddRow(Trajectory trajectory);

    /// <summary>Brings the rows that were added to where they outlast this process.</summary>
    void FlushRows();

    /// <summary>The rows up to a step.</summary>
    /// <exception cref="InputException">They cannot be read.</exception>
    Trajectory ReadRows(IReadOnlyList<Column> columns, long upToStep = long.MaxValue);

    /// <summary>The steps whose weights were kept, ascending.</summary>
    IReadOnlyList<long> CheckpointSteps();

    /// <summary>Weights that were kept.</summary>
    /// <exception cref="InputException">They cannot be read.</exception>
    Snapshot ReadCheckpoint(long step);

    /// <summary>Keeps weights.</summary>
    /// <param name="durable">Whether they must outlast a power cut.</param>
    void WriteCheckpoint(Snapshot weights, bool durable);

    /// <summary>Removes weights that were kept, if they are there.</summary>
    void DeleteCheckpoint(long step);

    /// <summary>The state from which training goes on; null where none was kept.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    Snapshot? ReadState();

    /// <summary>Keeps the state from which training goes on, so that it outlasts a power cut.</summary>
    void WriteState(Snapshot state);

    /// <summary>What identifies the contents of a checkpoint.</summary>
    string HashOf(long step);

    /// <summary>What was measured of checkpoints under a key; null where nothing was, or nothing that can be read.</summary>
    Snapshot? ReadMeasures(string key);

    /// <summary>Keeps what was measured.</summary>
    void WriteMeasures(string key, Snapshot measures);
}
