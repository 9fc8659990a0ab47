namespace Staircase.Lab;

/// <summary>
/// A sweep in a folder: <c>sweep.yaml</c>, and in <c>tasks/</c> for each task <c>ID.json</c> with what came of it and, where runs are
/// kept or one was stopped in its midst, its run folder <c>ID/</c>. Nothing else is kept of it, so nothing can disagree: what is done is
/// what has a result. In <c>slurm/</c> is what was handed to a cluster.
/// </summary>
public sealed class SweepFolder
{
    private const string SpecName = "sweep.yaml", StopName = "stop";

    private readonly string _tasks;

    private SweepFolder(string path) => (Path, _tasks) = (path, System.IO.Path.Combine(path, "tasks"));

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The sweep.</summary>
    public string SpecPath => System.IO.Path.Combine(Path, SpecName);

    /// <summary>Asks whoever runs the sweep on some machine to stop.</summary>
    internal StopFile Stop => new(System.IO.Path.Combine(Path, StopName));

    /// <summary>A folder for a sweep; one that is there goes on, with the sweep as it now is.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="spec">The file of the sweep.</param>
    /// <exception cref="InputException">The sweep cannot be read, or one runs there.</exception>
    public static SweepFolder Create(string path, string spec)
    {
        var folder = new SweepFolder(path);
        byte[] text = Encoding.UTF8.GetBytes(SweepFile.Alone(spec));
        Directory.CreateDirectory(folder._tasks);
        using IDisposable alone = folder.Lock();
        AtomicFile.Write(folder.SpecPath, stream => stream.Write(text));
        return folder;
    }

    /// <summary>The folder of a sweep that is there.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public static SweepFolder Open(string path) => File.Exists(System.IO.Path.Combine(path, SpecName))
        ? new(path)
        : throw new InputException($"{path} is not the folder of a sweep: {SpecName} is missing.");

    /// <summary>Keeps others from running the same sweep until it is disposed of.</summary>
    /// <exception cref="InputException">Another process runs it, or jobs on a cluster.</exception>
    public IDisposable Lock()
    {
        RunLock held = RunLock.Take(Path);
        try
        {
            SlurmSubmission.RequireNone(this);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What came of a task; null where nothing did yet, or its file was cut off.</summary>
    public SweepResult? Result(SweepTask task)
    {
        string path = ResultPath(task);
        return File.Exists(path) ? SweepResult.Parse(File.ReadAllText(path)) : null;
    }

    /// <summary>Keeps what came of a task.</summary>
    public void Write(SweepTask task, SweepResult result) => AtomicFile.Write(
        ResultPath(task), stream => stream.Write(Encoding.UTF8.GetBytes(Json.Text(result.ToJson()))), durable: false);

    /// <summary>Forgets what came of a task.</summary>
    public void Forget(SweepTask task) => File.Delete(ResultPath(task));

    /// <summary>Where a task's run is kept.</summary>
    public string RunPath(SweepTask task) => System.IO.Path.Combine(_tasks, task.Id);

    private string ResultPath(SweepTask task) => System.IO.Path.Combine(_tasks, $"{task.Id}.json");
}
