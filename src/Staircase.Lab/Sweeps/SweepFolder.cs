using System.Text;
using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>
/// A sweep in a folder: <c>sweep.yaml</c>, and in <c>tasks/</c> for each task <c>ID.json</c> with what came of it and, where runs are kept,
/// its run folder <c>ID/</c>. Nothing else is kept, so nothing can disagree: what is done is what has a result.
/// </summary>
public sealed class SweepFolder
{
    private const string SpecName = "sweep.yaml";

    private readonly string _tasks;

    private SweepFolder(string path) => (Path, _tasks) = (path, System.IO.Path.Combine(path, "tasks"));

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The sweep.</summary>
    public string SpecPath => System.IO.Path.Combine(Path, SpecName);

    /// <summary>A folder for a sweep; one that is there goes on, with the sweep as it now is.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="spec">The file of the sweep.</param>
    public static SweepFolder Create(string path, string spec)
    {
        var folder = new SweepFolder(path);
        Directory.CreateDirectory(folder._tasks);
        byte[] text = File.ReadAllBytes(spec);
        AtomicFile.Write(folder.SpecPath, stream => stream.Write(text));
        return folder;
    }

    /// <summary>The folder of a sweep that is there.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public static SweepFolder Open(string path) => File.Exists(System.IO.Path.Combine(path, SpecName))
        ? new(path)
        : throw new InputException($"{path} is not the folder of a sweep: {SpecName} is missing.");

    /// <summary>Keeps others from running the same sweep until it is disposed of.</summary>
    /// <exception cref="InputException">Another process runs it.</exception>
    public IDisposable Lock() => RunLock.Take(Path);

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
