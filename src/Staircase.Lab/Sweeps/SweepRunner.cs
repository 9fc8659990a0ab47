namespace Staircase.Lab;

/// <summary>Trains tasks of a sweep on this machine and keeps what comes of each.</summary>
/// <param name="spec">The sweep.</param>
/// <param name="folder">Where it is kept.</param>
internal sealed class SweepRunner(SweepSpec spec, SweepFolder folder)
{
    private Exception? _stop;
    private int _done, _failed, _busy, _advanced;

    /// <summary>Whether a task has a result that has all that is collected, or failed.</summary>
    public static bool IsDone(SweepResult? result, SweepSpec spec) =>
        result is not null && (result.Complaint is not null || spec.Collect.All(result.Numbers.ContainsKey));

    /// <summary>Runs tasks: many share the cores, one each; a few take turns with all of them.</summary>
    /// <param name="tasks">Tasks that have no result yet.</param>
    /// <param name="progress">Told of every task that ends.</param>
    /// <param name="cancellation">Asks to stop: what is being trained is kept, and goes on another time.</param>
    /// <exception cref="InputException">The sweep collects what there is not.</exception>
    /// <exception cref="IOException">The disk is full, or gone.</exception>
    public SweepSitting Run(IReadOnlyList<SweepTask> tasks, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        int ended = 0;
        Cores.Share(tasks.Count, i => Do(tasks[i]));
        return _stop switch
        {
            null => new(_done, _failed, _busy, tasks.Count - ended, _advanced > 0),
            IOException disk => throw new IOException(
                $"{disk.Message} What is done is kept: make room there, and run the sweep again.", disk),
            _ => throw _stop,
        };

        void Do(SweepTask task)
        {
            if (cancellation.IsCancellationRequested || Volatile.Read(ref _stop) is not null)
                return;
            try
            {
                if (Result(task, cancellation) is not { } result)
                    return;
                folder.Write(task, result);
                Interlocked.Increment(ref result.Complaint is null ? ref _done : ref _failed);
                Interlocked.Increment(ref _advanced);
                if (!spec.KeepsRuns && Directory.Exists(folder.RunPath(task)))
                    Directory.Delete(folder.RunPath(task), recursive: true); // of a sitting that was stopped
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Interlocked.CompareExchange(ref _stop, exception, null); // not of this task: every other one would end so
                return;
            }

            int count = Interlocked.Increment(ref ended);
            progress?.Report(new("tasks", (double)count / tasks.Count, count, double.NaN));
        }
    }

    /// <summary>What comes of a task; null where it was stopped, or is another's.</summary>
    private SweepResult? Result(SweepTask task, CancellationToken cancellation)
    {
        try
        {
            (Run? run, string? note) = Train(task, cancellation);
            if (run is null)
                return null;
            if (run.Store is RunFolder)
                OnDisk(() => SumUp(run));
            Dictionary<string, double?> numbers = Collected.All(run, spec);
            return new(task.Values, numbers, null, run.Record.WallSeconds) { Note = note };
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception exception) when (ComplaintOf(exception) is { } complaint)
        {
            return new(task.Values, new Dictionary<string, double?>(), complaint, 0);
        }
    }

    /// <summary>Why a task fails; null for what ends the whole sweep: a disk, or a mistake in what it collects.</summary>
    private string? ComplaintOf(Exception exception) => exception switch
    {
        InputException { Where: { } where } when spec.Origins.Values.Contains(where) => null,
        InputException input => input.Message,
        IOException or UnauthorizedAccessException => null,
        OutOfMemoryException => "there is not enough memory for it.",
        _ => $"a mistake of the program, not of yours: {exception.GetType().Name}: {exception.Message}",
    };

    /// <summary>The run of a task that has ended, and what is to be known of it; none where it was stopped, or is another's.</summary>
    private (Run? Run, string? Note) Train(SweepTask task, CancellationToken cancellation)
    {
        string path = folder.RunPath(task);
        string? note = null;
        if (RunFolder.Exists(path))
        {
            RunFolder begun = RunFolder.Open(path);
            using IDisposable? held = TryLock(begun);
            if (held is null)
            {
                Interlocked.Increment(ref _busy);
                return (null, null);
            }

            string? damage = Damage(() => begun.Experiment(begun.ReadRecord()), out Experiment? said);
            if (damage is null)
            {
                Study same = said!.Prepare(null, cancellation);
                damage = Damage(() => Begun(same, begun), out Run? finished);
                if (damage is null)
                    return (finished ?? Ended(Trained(same, begun, cancellation)), null);
            }

            note = $"its run folder was damaged and is set aside as {Path.GetFileName(SetAside(path))}: {damage}";
        }

        return (Ended(New(task, cancellation)), note);
    }

    /// <summary>
    /// Begins a run in memory; one that is kept goes on in its folder once it would have been saved there. So of a run that ends sooner
    /// each file is written once, and a kill costs no more.
    /// </summary>
    private Run New(SweepTask task, CancellationToken cancellation)
    {
        Study study = task.Experiment.Prepare(null, cancellation).WithEnd(); // to find an end takes as long as it takes
        var memory = new RunMemory { Name = task.Id };
        using var first = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (spec.KeepsRuns)
            first.CancelAfter(Trainer.BetweenSaves);
        Run run;
        try
        {
            run = Trained(study, memory, first.Token);
        }
        catch when (spec.KeepsRuns && memory.Record is not null)
        {
            Keep(); // how far it came before it diverged
            throw;
        }

        if (Ended(run) is not null)
        {
            if (!spec.KeepsRuns)
                return run;
            SumUp(run);
        }

        RunFolder kept = Keep();
        return Ended(run) is not null || cancellation.IsCancellationRequested ? run : Trained(study, kept, cancellation);

        RunFolder Keep() => OnDisk(() => Copy(memory, RunFolder.Create(folder.RunPath(task), durable: false)));
    }

    /// <summary>Notes in the record of a run what came of it.</summary>
    private static void SumUp(Run run)
    {
        if (run.Trajectory.Count > 1 && run.Record.Findings is null)
            run.Store.Write(run.Record with { Findings = run.View.Summary });
    }

    private static Run? Ended(Run run) => run.Record.Status == RunStatus.Interrupted ? null : run;

    /// <summary>A run that has finished; null where it is to go on, and can.</summary>
    private static Run? Begun(Study study, RunFolder begun)
    {
        begun.RequireCheckpoints();
        if (begun.Record!.Status == RunStatus.Finished)
            return new(study, begun, begun.ReadRows(study.Begin().Columns));
        Trainer.RequireWhole(study, begun);
        return null;
    }

    private Run Trained(Study study, IRunStore store, CancellationToken cancellation)
    {
        long before = store.Record?.Step ?? 0;
        Run run = OnDisk(() => Trainer.Train(study, store, null, cancellation));
        if (run.Record.Step > before)
            Interlocked.Increment(ref _advanced);
        return run;
    }

    /// <summary>Does something that writes: what the disk refuses is no fault of the task.</summary>
    private static T OnDisk<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (InputException exception) when (IsOfFiles(exception.InnerException))
        {
            throw new IOException(exception.Message, exception);
        }
    }

    private static void OnDisk(Action write) => OnDisk(() =>
    {
        write();
        return true;
    });

    private static IDisposable? TryLock(RunFolder begun)
    {
        try
        {
            return begun.Lock();
        }
        catch (InputException exception) when (exception.InnerException is null)
        {
            return null;
        }
    }

    /// <summary>Reads something of a run that has begun.</summary>
    /// <returns>Why it cannot be read; null where it can.</returns>
    private static string? Damage<T>(Func<T> read, out T? found)
    {
        found = default;
        try
        {
            found = read();
            return null;
        }
        catch (InputException exception)
        {
            return exception.Message;
        }
    }

    private static string SetAside(string path)
    {
        for (int i = 1; ; i++)
        {
            string aside = $"{path}.damaged-{i}";
            if (Path.Exists(aside))
                continue;
            Directory.Move(path, aside);
            return aside;
        }
    }

    /// <summary>Writes down a run that is in memory; its record last, as without one a folder holds no run.</summary>
    private static RunFolder Copy(RunMemory run, RunFolder folder)
    {
        using IDisposable held = folder.Lock();
        folder.Begin(run.ReadRows(run.Record!.Columns));
        foreach (long step in run.CheckpointSteps())
            folder.WriteCheckpoint(run.ReadCheckpoint(step), durable: false);
        if (run.ReadState() is { } state)
            folder.WriteState(state);
        folder.Write(run.Record);
        return folder;
    }
}

/// <summary>What a sitting over tasks of a sweep came to.</summary>
/// <param name="Done">Tasks that have a result now.</param>
/// <param name="Failed">Tasks that failed.</param>
/// <param name="Busy">Tasks that another process trains.</param>
/// <param name="Open">Tasks that are left, those of others among them.</param>
/// <param name="Advanced">Whether anything was trained at all.</param>
public sealed record SweepSitting(int Done, int Failed, int Busy, int Open, bool Advanced);
