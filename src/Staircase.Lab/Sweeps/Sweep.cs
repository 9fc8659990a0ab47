namespace Staircase.Lab;

/// <summary>A sweep in a folder: runs its tasks, hands them to a cluster, says how it stands.</summary>
public sealed class Sweep
{
    private readonly SweepFolder _folder;

    /// <param name="folder">Where it is kept.</param>
    /// <exception cref="InputException">The sweep cannot be read.</exception>
    public Sweep(SweepFolder folder)
    {
        (_folder, Spec) = (folder, SweepFile.Read(folder.SpecPath));
        Tasks = Spec.Tasks();
    }

    /// <summary>What it says.</summary>
    public SweepSpec Spec { get; }

    /// <summary>All tasks.</summary>
    public IReadOnlyList<SweepTask> Tasks { get; }

    /// <summary>The tasks that have no result yet.</summary>
    public IReadOnlyList<SweepTask> Open => [.. Tasks.Where(task => !SweepRunner.IsDone(_folder.Result(task), Spec))];

    /// <summary>Runs every task that has no result yet; one that fails is noted, and the others go on.</summary>
    /// <returns>Whether all of them were run; false where it was stopped.</returns>
    /// <exception cref="InputException">The sweep runs elsewhere, or collects what there is not.</exception>
    /// <exception cref="IOException">The disk is full, or gone: what is done is kept.</exception>
    public bool Run(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        using IDisposable alone = _folder.Lock();
        _folder.Stop.Delete();
        return _folder.Stop.Watch(stop => new SweepRunner(Spec, _folder).Run(Open, progress, stop), cancellation).Open == 0;
    }

    /// <summary>Hands every task that has no result yet to Slurm, as arrays of jobs.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="program">The command that runs this program on another machine.</param>
    /// <returns>What was submitted, in a sentence.</returns>
    /// <exception cref="InputException">The sweep runs already, or Slurm refuses; the message has its words.</exception>
    public string Submit(SlurmRequest request, IReadOnlyList<string> program)
    {
        using IDisposable alone = _folder.Lock();
        _folder.Stop.Delete();
        IReadOnlyList<SweepTask> open = Open;
        return open.Count == 0 ? "Every task is done: there is nothing to submit."
            : SlurmSubmission.Create(_folder, request, open, program).Summary;
    }

    /// <summary>Asks whoever runs tasks to stop; what they train is kept, and goes on with the next run.</summary>
    /// <returns>What was asked of whom, in a sentence.</returns>
    /// <exception cref="InputException">Slurm does not answer; jobs that begin see the request all the same.</exception>
    public string Cancel()
    {
        _folder.Stop.Write();
        IReadOnlyList<SlurmSubmission> submitted = [.. SlurmSubmission.All(_folder).Where(submission => !submission.IsCancelled)];
        foreach (SlurmSubmission submission in submitted)
            submission.Stop.Write(); // of all, before Slurm may not answer
        foreach (SlurmSubmission submission in submitted)
            submission.Cancel();
        return submitted.Count == 0 ? "Asked to stop: what is being trained is saved and goes on with the next 'sweep run'."
            : $"Asked {submitted.Count} submissions to stop: what is being trained is saved and goes on when it is submitted or run again.";
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
        var noted = all.Where(pair => pair.Result?.Note is not null).ToArray();
        int open = all.Count(pair => !SweepRunner.IsDone(pair.Result, Spec)), done = all.Length - open - failed.Length;
        double each = all.Where(pair => pair.Result is { Complaint: null }).Select(pair => pair.Result!.Seconds)
            .DefaultIfEmpty(double.NaN).Average();
        double left = open * each / Min(Max(1, open), ThreadTeam.Shared.Threads);
        string time = open > 0 && double.IsFinite(left) ? $"; about {Number(left, 3)} s of training left on this machine" : "";
        Findings? slurm = SlurmSubmission.Status(_folder, open);
        return new(
            failed.Length == 0
                ? []
                : [Table.Of(
                    "Failed", ["task", .. Spec.Keys, "complaint"], failed,
                    pair => [pair.Task.Id, .. Spec.Keys.Select(pair.Task.Value), pair.Result!.Complaint!])],
            [
                $"{Whole(done)} of {Whole(all.Length)} tasks done, {Whole(failed.Length)} failed, {Whole(open)} open{time}.",
                .. noted.Select(pair => $"Task {pair.Task.Id}: {pair.Result!.Note}"),
                .. slurm?.Sentences ?? [],
            ],
            Json.Of(
                ("tasks", all.Length), ("done", done), ("open", open), ("secondsLeft", open == 0 ? 0 : left),
                ("failed", Json.List(failed, pair => JsonOf(pair.Task, "complaint", pair.Result!.Complaint))),
                ("noted", Json.List(noted, pair => JsonOf(pair.Task, "note", pair.Result!.Note))), ("slurm", slurm?.Data)));
    }

    /// <summary>The numbers that were collected, a row a task that is done: its keys, then the numbers.</summary>
    public Table Gather() => Table.Of(
        "", ["task", .. Spec.Keys, .. Spec.Collect], Rows(),
        row =>
        [
            row.Task.Id, .. Spec.Keys.Select(row.Task.Value), .. Spec.Collect.Select(name => Exactly(row.Numbers.GetValueOrDefault(name))),
        ]);

    /// <summary>The same as JSON.</summary>
    public JsonArray GatherJson() => Json.List(Rows(), row => JsonOf(
        row.Task, "numbers", Json.Map(Spec.Collect.Select(name => KeyValuePair.Create(name, row.Numbers.GetValueOrDefault(name))))));

    /// <summary>Everything that was collected so far as a report.</summary>
    /// <exception cref="InputException">No task is done.</exception>
    public Report Report()
    {
        SweepRow[] rows = Rows();
        Require(rows.Length > 0, $"{_folder.Path}: no task is done yet.");
        return new()
        {
            Title = Path.GetFileName(Path.GetFullPath(_folder.Path)),
            Lead = Status().Sentences[0],
            Sections = [SweepReport.Of(new(Spec, rows))],
        };
    }

    /// <summary>The tasks that are done, with what came of them.</summary>
    private SweepRow[] Rows() => [.. Tasks.Select(task => (Task: task, Result: _folder.Result(task)))
        .Where(pair => pair.Result is { Complaint: null }).Select(pair => new SweepRow(pair.Task, pair.Result!.Numbers))];

    private static JsonObject JsonOf(SweepTask task, string name, JsonNode? value) => Json.Of(
        ("id", task.Id), ("keys", task.Values), (name, value));

    private static string Exactly(double? number) => number?.ToString("R", InvariantCulture) ?? "";
}
