using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Staircase.Lab;

/// <summary>
/// A run in a folder: <c>run.json</c>, <c>metrics.csv</c>, <c>checkpoints/step-NNNNNNNN.safetensors</c> with weights alone,
/// <c>resume.safetensors</c> with all it takes to go on, <c>measures/</c> with what was measured of checkpoints. Every file but the growing
/// table is written under another name and renamed.
/// </summary>
public sealed class RunFolder : IRunStore
{
    private const string RecordName = "run.json", CheckpointFolder = "checkpoints", MeasureFolder = "measures";

    private const int LargestBuffer = 1 << 16;

    private readonly bool _isNew;
    private readonly ConcurrentDictionary<long, string> _hashes = new();
    private readonly StringBuilder _rows = new(); // not yet in the table

    private RunLock? _lock;

    private RunFolder(string path, bool isNew) => (Name, _isNew) = (path, isNew);

    /// <summary>The folder.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public RunRecord? Record { get; private set; }

    /// <summary>
    /// Whether what matters is to outlast a power cut, too, which waits for the disk; what can be trained again in no time need not.
    /// </summary>
    public bool IsDurable { get; init; } = true;

    /// <summary>The table of what was recorded.</summary>
    public string MetricsPath => Path.Combine(Name, "metrics.csv");

    private string RecordPath => Path.Combine(Name, RecordName);

    private string StatePath => Path.Combine(Name, "resume.safetensors");

    /// <summary>A folder for a new run; one that was locked and not written to is taken back.</summary>
    /// <param name="durable">See <see cref="IsDurable"/>.</param>
    /// <exception cref="InputException">It holds a run already, or cannot be made.</exception>
    public static RunFolder Create(string path, bool durable = true)
    {
        RequireNone(path);
        var folder = new RunFolder(path, isNew: true) { IsDurable = durable };
        folder.Guard(() => Directory.CreateDirectory(Path.Combine(path, CheckpointFolder)));
        return folder;
    }

    /// <summary>
    /// The next free folder <c>train-001</c>, <c>train-002</c>, … in a folder: whoever asks at the same time gets another.
    /// </summary>
    /// <param name="parent">Where; made if it is missing.</param>
    /// <exception cref="InputException">It cannot be made.</exception>
    public static RunFolder CreateNext(string parent = "runs") => new(MakeNext(parent, CheckpointFolder), isNew: true);

    /// <summary>Makes the next free folder <c>train-NNN</c> with a folder in it.</summary>
    /// <returns>Its path.</returns>
    internal static string MakeNext(string parent, string inside)
    {
        for (int i = 1; ; i++)
        {
            string path = Path.Combine(parent, $"train-{i:000}");
            if (!Path.Exists(path) && TryMake(path, inside))
                return path;
        }
    }

    /// <summary>Complains of a folder that holds a run or an ensemble already.</summary>
    /// <exception cref="InputException">It does.</exception>
    public static void RequireNone(string? path)
    {
        string? held = path is null ? null : Exists(path) ? "a run" : EnsembleFolder.Exists(path) ? "an ensemble" : null;
        Require(held is null, $"{path} already holds {held}: continue it with --resume, or choose another --out.");
    }

    /// <summary>The folder of a run that is there.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public static RunFolder Open(string path)
    {
        Require(Directory.Exists(path), $"There is no run folder {path}.");
        if (!Exists(path))
        {
            throw new InputException(
                EnsembleFolder.Exists(path)
                    ? $"{path} is an ensemble of runs: name one of them, such as {EnsembleFolder.Open(path).Paths[0]}."
                    : $"{path} is not a run folder: {RecordName} is missing.");
        }

        return new RunFolder(path, isNew: false);
    }

    /// <summary>Whether a folder holds a run.</summary>
    public static bool Exists(string path) => File.Exists(Path.Combine(path, RecordName));

    /// <inheritdoc/>
    public IDisposable Lock()
    {
        if (_lock is not null)
            return NoLock.Held;
        Guard(() => _lock = RunLock.Take(Name));
        var held = new Held(this);
        if (!_isNew || Record is not null || !Exists(Name))
            return held;
        held.Dispose();
        RequireNone(Name); // another process was faster
        return held;
    }

    /// <inheritdoc/>
    public void Write(RunRecord record)
    {
        Record = record;
        Guard(() => AtomicFile.Write(
            RecordPath, stream => JsonSerializer.Serialize(stream, record, RunJson.Readable.RunRecord),
            durable: IsDurable && record.Status != RunStatus.Running));
    }

    /// <summary>Reads what is known of the run.</summary>
    /// <exception cref="InputException">It cannot be read, or is of another format.</exception>
    public RunRecord ReadRecord() =>
        Record = RunJson.Read(RecordPath, "a run record", RunJson.Readable.RunRecord, record => record.Experiment);

    /// <summary>The experiment that a record repeats.</summary>
    /// <exception cref="InputException">It names a kind, a key or a value that there is not.</exception>
    public Experiment Experiment(RunRecord record) => ExperimentOf(record.Kind, record.Experiment, RecordPath);

    /// <summary>The experiment that keys and values in a file describe.</summary>
    internal static Experiment ExperimentOf(string name, IReadOnlyDictionary<string, string> keys, string path)
    {
        ExperimentKind kind = ExperimentKinds.Named(name, path);
        return keys.Aggregate(kind.Default, (experiment, pair) => kind.Set(experiment, pair.Key, pair.Value, path));
    }

    /// <inheritdoc/>
    public void Begin(Trajectory known) => Guard(() =>
    {
        DeleteLeftovers();
        AtomicFile.Write(MetricsPath, stream =>
        {
            using var head = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            head.Write(string.Join(',', ["step", "time", .. known.Columns.Select(column => column.Name)]) + "\n");
            _rows.Clear();
            for (int row = 0; row < known.Count; row++)
                Add(known, row);
            head.Write(_rows);
            _rows.Clear();
        }, durable: false);
    });

    /// <inheritdoc/>
    public void AddRow(Trajectory trajectory)
    {
        Add(trajectory, trajectory.Count - 1);
        if (_rows.Length > LargestBuffer)
            FlushRows();
    }

    /// <inheritdoc/>
    public void FlushRows() => Guard(() =>
    {
        using var table = new StreamWriter(MetricsPath, append: true, new UTF8Encoding(false));
        table.Write(_rows);
        _rows.Clear();
    });

    /// <inheritdoc/>
    public Trajectory ReadRows(IReadOnlyList<Column> columns, long upToStep = long.MaxValue)
    {
        string[] lines = Reading(MetricsPath, () => File.ReadAllText(MetricsPath)).Split('\n');
        string head = string.Join(',', ["step", "time", .. columns.Select(column => column.Name)]);
        Require(lines[0] == head, $"{MetricsPath}, line 1: expected the columns {head}, found '{lines[0]}'.");
        var rows = new Trajectory(columns, lines.Length > 2 && lines[1].Split(',') is [_, { Length: > 0 }, ..]);
        var numbers = new double[columns.Count];
        for (int i = 1; i < lines.Length - 1; i++) // a line without an end was cut off
        {
            string[] cells = lines[i].Split(',');
            if (cells.Length != 2 + columns.Count
                    || ReadWhole(cells[0]) is not { } step
                || (rows.Count > 0 && step <= rows.Steps[^1]))
            {
                throw new InputException(
                    $"{MetricsPath}, line {i + 1}: expected {2 + columns.Count} numbers and ascending steps, found '{lines[i]}'.");
            }

            if (step > upToStep)
                break;
            for (int c = 0; c < numbers.Length; c++)
                numbers[c] = Number(cells[c + 2], i);
            rows.Add(step, rows.HasTime ? Number(cells[1], i) : null, numbers);
        }

        if (upToStep == long.MaxValue && Record is { Status: RunStatus.Finished, Step: var end }
            && (rows.Count == 0 || rows.Steps[^1] != end))
        {
            string found = rows.Count == 0 ? "has no row" : $"ends at step {Whole(rows.Steps[^1])}";
            throw new InputException($"{MetricsPath} is cut short: the run was trained to step {Whole(end)}, and its table {found}.");
        }

        return rows;

        double Number(string cell, int line) => cell.Length == 0 ? double.NaN
            : ReadNumber(cell) ?? throw new InputException($"{MetricsPath}, line {line + 1}: '{cell}' is not a number.");
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> CheckpointSteps()
    {
        string folder = Path.Combine(Name, CheckpointFolder);
        if (!Directory.Exists(folder))
            return [];
        return
        [
            .. Directory.EnumerateFiles(folder, "step-*.safetensors")
                .Select(file => ReadWhole(Path.GetFileNameWithoutExtension(file).AsSpan(5))).OfType<long>().Order(),
        ];
    }

    /// <inheritdoc/>
    public Snapshot ReadCheckpoint(long step) => Snapshot.Open(CheckpointPath(step));

    /// <summary>Complains of a checkpoint that is cut short; what stands in it is not read.</summary>
    /// <exception cref="InputException">One is; the message names it.</exception>
    internal void RequireCheckpoints()
    {
        foreach (string path in CheckpointSteps().Select(CheckpointPath))
            Reading($"The checkpoint {path}", () => SafetensorsFile.Open(path)).Dispose();
    }

    /// <inheritdoc/>
    public void WriteCheckpoint(Snapshot weights, bool durable)
    {
        _hashes.TryRemove(weights.Step, out _);
        Guard(() => weights.Write(CheckpointPath(weights.Step), durable && IsDurable));
    }

    /// <inheritdoc/>
    public void DeleteCheckpoint(long step) => Guard(() => File.Delete(CheckpointPath(step)));

    /// <inheritdoc/>
    public Snapshot? ReadState() => File.Exists(StatePath) ? Snapshot.Open(StatePath) : null;

    /// <inheritdoc/>
    public void WriteState(Snapshot state) => Guard(() => state.Write(StatePath, IsDurable));

    /// <inheritdoc/>
    public string HashOf(long step) => _hashes.GetOrAdd(step, at => Reading($"The checkpoint {CheckpointPath(at)}", () =>
    {
        using FileStream file = File.OpenRead(CheckpointPath(at));
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }));

    /// <inheritdoc/>
    public Snapshot? ReadMeasures(string key)
    {
        try
        {
            return File.Exists(MeasurePath(key)) ? Snapshot.Open(MeasurePath(key)) : null;
        }
        catch (InputException)
        {
            return null; // it is measured again
        }
    }

    /// <inheritdoc/>
    public void WriteMeasures(string key, Snapshot measures)
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(Name, MeasureFolder));
            measures.Write(MeasurePath(key), durable: false);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            // A run on a disk that is full or read-only can still be looked at.
        }
    }

    private string CheckpointPath(long step) => Path.Combine(Name, CheckpointFolder, $"step-{step:00000000}.safetensors");

    private string MeasurePath(string key) => Path.Combine(Name, MeasureFolder, $"{key}.safetensors");

    /// <summary>Makes the folder under another name and renames it: a name that is taken is not given twice.</summary>
    private static bool TryMake(string path, string inside)
    {
        string made = $"{path}.{Path.GetRandomFileName()}.tmp";
        Guard(path, () => Directory.CreateDirectory(Path.Combine(made, inside)));
        try
        {
            Directory.Move(made, path);
            return true;
        }
        catch (IOException) when (Path.Exists(path))
        {
            Directory.Delete(made, recursive: true);
            return false;
        }
    }

    /// <summary>What a killed process was just writing, which may be large.</summary>
    private void DeleteLeftovers()
    {
        foreach (string file in Directory.EnumerateFiles(Name, "resume.safetensors.*.tmp")
            .Concat(Directory.EnumerateFiles(Path.Combine(Name, CheckpointFolder), "step-*.tmp")))
        {
            File.Delete(file);
        }
    }

    /// <summary>Takes back a folder of which nothing came: the training could not begin.</summary>
    private void RemoveEmpty()
    {
        try
        {
            Directory.Delete(Path.Combine(Name, CheckpointFolder));
            Directory.Delete(Name);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            // Somebody keeps something there.
        }
    }

    private void Add(Trajectory rows, int row)
    {
        _rows.Append(rows.Steps[row]).Append(',');
        if (rows.Times is { } times)
            _rows.Append(InvariantCulture, $"{times[row]:R}");
        foreach (double number in rows.Row(row))
        {
            _rows.Append(',');
            if (!double.IsNaN(number)) // what is not there has no cell
                _rows.Append(InvariantCulture, $"{number:R}");
        }

        _rows.Append('\n');
    }

    private void Guard(Action action) => Guard(Name, action);

    private static void Guard(string path, Action action) => Writing($"The run folder {path}", action);

    /// <summary>The lock, for as long as this is not disposed; what is locked further out stays so.</summary>
    private sealed class Held(RunFolder folder) : IDisposable
    {
        public void Dispose()
        {
            folder._lock?.Dispose();
            folder._lock = null;
            if (folder is { _isNew: true, Record: null })
                folder.RemoveEmpty();
        }
    }
}
