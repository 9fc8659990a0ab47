using System.Text.Json;
using System.Text.Json.Serialization;
using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>A folder with the results of one experiment: <c>run.json</c>, <c>metrics.csv</c> and <c>checkpoints/step-00001000.safetensors</c>.</summary>
public sealed class RunFolder
{
    private const string RecordName = "run.json", CheckpointFolder = "checkpoints";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private RunFolder(string path) => Path = path;

    /// <summary>Where the folder is.</summary>
    public string Path { get; }

    /// <summary>The table of recorded points.</summary>
    public string MetricsPath => System.IO.Path.Combine(Path, "metrics.csv");

    /// <summary>Where a network's training goes on from.</summary>
    internal string ResumePath => System.IO.Path.Combine(Path, "resume.safetensors");

    private string RecordPath => System.IO.Path.Combine(Path, RecordName);

    /// <summary>Makes a folder for a new run.</summary>
    /// <exception cref="InputException">It cannot be written, or holds a run already.</exception>
    public static RunFolder Create(string path)
    {
        RequireNone(path);
        var folder = new RunFolder(path);
        folder.Guard(() => Directory.CreateDirectory(System.IO.Path.Combine(path, CheckpointFolder)));
        return folder;
    }

    /// <summary>Checks that a folder holds no run yet; worth asking before data are read for minutes.</summary>
    /// <exception cref="InputException">It holds one.</exception>
    public static void RequireNone(string path)
    {
        if (File.Exists(System.IO.Path.Combine(path, RecordName)))
            throw new InputException($"{path} already holds a run: continue it with --resume, or choose another --out.");
    }

    /// <summary>Opens a folder that holds a run.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static RunFolder Open(string path)
    {
        if (!Directory.Exists(path))
            throw new InputException($"There is no run folder {path}.");
        if (!File.Exists(System.IO.Path.Combine(path, RecordName)))
            throw new InputException($"{path} is not a run folder: {RecordName} is missing.");
        return new RunFolder(path);
    }

    /// <summary>The first of runs/train-001, -002 … that does not exist.</summary>
    public static string FreshPath() =>
        Enumerable.Range(1, int.MaxValue).Select(i => System.IO.Path.Combine("runs", $"train-{i:000}")).First(path => !Directory.Exists(path));

    /// <summary>Writes <c>run.json</c>.</summary>
    public void Write(RunRecord record) => Guard(() => AtomicFile.Write(RecordPath, stream => JsonSerializer.Serialize(stream, record, Json), durable: record.Status != RunStatus.Running));

    /// <summary>Reads <c>run.json</c>.</summary>
    /// <exception cref="InputException">It is not what this program writes.</exception>
    public RunRecord ReadRecord()
    {
        try
        {
            using FileStream stream = File.OpenRead(RecordPath);
            RunRecord? record = JsonSerializer.Deserialize<RunRecord>(stream, Json);
            if (record?.Experiment is null || record.Experiment.Values.Any(value => value is null))
                throw new InputException($"{RecordPath} is not a run record: it has no experiment.");
            if (record.Format != RunRecord.CurrentFormat)
                throw new InputException($"{RecordPath} has format {record.Format}; this program reads format {RunRecord.CurrentFormat}.");
            return record;
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new InputException($"{RecordPath} is not a run record: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{RecordPath} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The kind of a run; null for a regression.</summary>
    /// <exception cref="InputException">This program does not know the kind.</exception>
    public IExperimentKind? KindOf(RunRecord record) => ExperimentKinds.Named(record.Kind ?? "", RecordPath);

    /// <summary>The experiment that a record of a kind beside regression describes.</summary>
    /// <exception cref="InputException">A key or a value is none of that kind's.</exception>
    public IExperiment ExperimentOf(RunRecord record, IExperimentKind kind)
    {
        IExperiment experiment = kind.Default;
        foreach ((string name, string value) in record.Experiment)
            experiment = Located(() => ExperimentKinds.Set(experiment, name, value, RecordPath));
        return experiment;
    }

    /// <summary>The experiment that a record of a regression describes.</summary>
    public Experiment ExperimentOf(RunRecord record)
    {
        var experiment = new Experiment();
        foreach ((string name, string value) in record.Experiment)
            experiment = Located(() => ExperimentKey.Named(name, RecordPath).Set(experiment, value));
        return experiment;
    }

    /// <summary>The steps of which there are checkpoints, ascending.</summary>
    public IReadOnlyList<long> CheckpointSteps()
    {
        string folder = System.IO.Path.Combine(Path, CheckpointFolder);
        if (!Directory.Exists(folder))
            return [];
        return
        [
            .. Directory.EnumerateFiles(folder, "step-*.safetensors")
                .Select(file => long.TryParse(System.IO.Path.GetFileNameWithoutExtension(file).AsSpan(5), out long step) ? step : -1)
                .Where(step => step >= 0)
                .Order(),
        ];
    }

    /// <summary>Writes a checkpoint.</summary>
    public void Write(TrainingCheckpoint checkpoint, ParameterLayout layout, bool durable) => Write(checkpoint, TrainingCheckpoint.BlocksOf(layout), durable);

    /// <summary>Writes a checkpoint whose weights are the given blocks, one after another.</summary>
    internal void Write(TrainingCheckpoint checkpoint, IReadOnlyList<(string Name, int[] Shape)> blocks, bool durable) =>
        Guard(() => checkpoint.Write(CheckpointPath(checkpoint.Step), blocks, durable));

    /// <summary>Reads the checkpoint of a step.</summary>
    /// <exception cref="InputException">It is missing or broken, or belongs to another model.</exception>
    public TrainingCheckpoint ReadCheckpoint(long step, ParameterLayout layout) => ReadCheckpoint(step, TrainingCheckpoint.BlocksOf(layout));

    /// <summary>Reads the checkpoint of a step whose weights are the given blocks, one after another.</summary>
    /// <exception cref="InputException">It is missing or broken, or belongs to another model.</exception>
    internal TrainingCheckpoint ReadCheckpoint(long step, IReadOnlyList<(string Name, int[] Shape)> blocks) => TrainingCheckpoint.Read(CheckpointPath(step), blocks);

    /// <summary>Removes a checkpoint.</summary>
    public void DeleteCheckpoint(long step) => Guard(() => File.Delete(CheckpointPath(step)));

    /// <summary>Runs file work; what goes wrong becomes one line with the folder's name.</summary>
    internal void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The run folder {Path} cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Names the record in what goes wrong with it.</summary>
    private T Located<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InputException exception) when (!exception.Message.StartsWith(RecordPath, StringComparison.Ordinal))
        {
            throw new InputException($"{RecordPath}: {exception.Message}", exception);
        }
    }

    /// <summary>Where the checkpoint of a step is.</summary>
    internal string CheckpointPath(long step) => System.IO.Path.Combine(Path, CheckpointFolder, $"step-{step:00000000}.safetensors");
}
