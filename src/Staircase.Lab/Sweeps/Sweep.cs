using System.Globalization;
using System.Text.Json.Nodes;
using Staircase.Kernels;

namespace Staircase.Lab;

/// <summary>Runs the tasks of a sweep on this machine, and says how it stands.</summary>
public sealed class Sweep
{
    private readonly SweepSpec _spec;
    private readonly SweepFolder _folder;

    /// <param name="folder">Where it is kept.</param>
    /// <exception cref="InputException">The sweep cannot be read.</exception>
    public Sweep(SweepFolder folder)
    {
        (_folder, _spec) = (folder, SweepFile.Read(folder.SpecPath));
        Tasks = _spec.Tasks();
    }

    /// <summary>All tasks.</summary>
    public IReadOnlyList<SweepTask> Tasks { get; }

    /// <summary>Runs every task that has no result yet; one that fails is noted, and the others go on.</summary>
    /// <returns>Whether all of them were run; false where it was stopped.</returns>
    /// <exception cref="InputException">The sweep runs elsewhere, or collects what there is not.</exception>
    public bool Run(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        using IDisposable alone = _folder.Lock();
        SweepTask[] open = [.. Tasks.Where(task => !IsDone(task))];
        int done = Tasks.Count - open.Length;
        Exception? stop = null;

        // Many tasks share the cores, one each; a few take turns with all of them.
        if (open.Length >= ThreadTeam.Shared.Threads)
            ThreadTeam.Shared.Run(open.Length, i => Do(open[i]));
        else
            Array.ForEach(open, Do);
        return stop is null ? !cancellation.IsCancellationRequested : throw stop;

        void Do(SweepTask task)
        {
            if (cancellation.IsCancellationRequested || Volatile.Read(ref stop) is not null)
                return;
            try
            {
                if (Result(task, cancellation) is { } result)
                    _folder.Write(task, result);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Interlocked.CompareExchange(ref stop, exception, null); // not of this task: every other one would end so
            }

            progress?.Report(new("tasks", (double)Interlocked.Increment(ref done) / Tasks.Count, done, double.NaN));
        }
    }

    /// <summary>Forgets the results of the tasks that failed, so that they are run again.</summary>
    /// <returns>How many there were.</returns>
    public int ForgetFailed()
    {
        using IDisposable alone = _folder.Lock();
        SweepTask[] failed = [.. Tasks.Where(task => _folder.Result(task)?.Complaint is not null)];
        Array.ForEach(failed, _folder.Forget);
        return failed.Length;
    }

    /// <summary>What came of the tasks so far: how many are done, which failed, and the seconds that the others may take.</summary>
    public Findings Status()
    {
        (SweepTask Task, SweepResult? Result)[] all = [.. Tasks.Select(task => (task, _folder.Result(task)))];
        var failed = all.Where(pair => pair.Result?.Complaint is not null).ToArray();
        int done = all.Count(pair => pair.Result is { Complaint: null }), open = all.Length - done - failed.Length;
        double each = all.Where(pair => pair.Result is { Complaint: null }).Select(pair => pair.Result!.Seconds)
            .DefaultIfEmpty(double.NaN).Average();
        double left = open * each / Math.Min(Math.Max(1, open), ThreadTeam.Shared.Threads);
        string time = open > 0 && double.IsFinite(left) ? $"; about {Number(left, 3)} s of training left on this machine" : "";
        return new(
            failed.Length == 0
                ? []
                : [Table.Of("Failed", [.. _spec.Keys, "complaint"], failed, pair => [.. Cells(pair.Task), pair.Result!.Complaint!])],
            [$"{Whole(done)} of {Whole(all.Length)} tasks done, {Whole(failed.Length)} failed, {Whole(open)} open{time}."],
            new()
            {
                ["tasks"] = all.Length,
                ["done"] = done,
                ["open"] = open,
                ["failed"] = Json.List(failed, pair => new JsonObject
                {
                    ["id"] = pair.Task.Id,
                    ["keys"] = Json.Map(pair.Task.Values),
                    ["complaint"] = pair.Result!.Complaint,
                }),
            });
    }

    /// <summary>The numbers that were collected, a row a task that is done: its keys, then the numbers.</summary>
    public Table Gather() => new(
        "", ["task", .. _spec.Keys, .. _spec.Collect],
        [
            .. Tasks.Select(task => (Task: task, Result: _folder.Result(task))).Where(pair => pair.Result is { Complaint: null })
                .Select(pair => Row(pair.Task, pair.Result!)),
        ]);

    private IReadOnlyList<string> Row(SweepTask task, SweepResult result) =>
        [task.Id, .. Cells(task), .. _spec.Collect.Select(name => Exactly(result.Numbers.GetValueOrDefault(name)))];

    private static string Exactly(double? number) => number?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private IEnumerable<string> Cells(SweepTask task) => _spec.Keys.Select(key => task.Values.First(pair => pair.Key == key).Value);

    private bool IsDone(SweepTask task) => _folder.Result(task) is { } result
        && (result.Complaint is not null || _spec.Collect.All(result.Numbers.ContainsKey));

    /// <summary>What comes of a task; null where it was stopped.</summary>
    private SweepResult? Result(SweepTask task, CancellationToken cancellation)
    {
        Run run;
        try
        {
            run = Train(task, cancellation);
        }
        catch (InputException exception)
        {
            return new(task.Values, new Dictionary<string, double?>(StringComparer.Ordinal), exception.Message, 0);
        }

        if (run.Record.Status == RunStatus.Interrupted)
            return null;
        return new(
            task.Values,
            _spec.Collect.ToDictionary(name => name, name => Collected.Of(run, name), StringComparer.Ordinal),
            null,
            run.Record.WallSeconds);
    }

    private Run Train(SweepTask task, CancellationToken cancellation)
    {
        if (!_spec.KeepsRuns)
            return Trainer.Train(task.Experiment.Prepare(null, cancellation), new RunMemory(), null, cancellation);
        string path = _folder.RunPath(task);
        if (!RunFolder.Exists(path))
            return Trainer.Train(task.Experiment.Prepare(null, cancellation), RunFolder.Create(path), null, cancellation);
        RunFolder folder = RunFolder.Open(path);
        return folder.ReadRecord().Status == RunStatus.Finished
            ? Lab.Run.Open(folder, null, cancellation)
            : Trainer.Train(folder.Experiment(folder.Record!).Prepare(null, cancellation), folder, null, cancellation);
    }
}
