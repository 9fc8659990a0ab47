namespace Staircase.Lab;

/// <summary>Where a figure runs its experiments.</summary>
/// <param name="Quick">Whether to keep the physics and shrink the cost; else the published setting.</param>
/// <param name="Progress">Told how far the figure is.</param>
/// <param name="Cancellation">Stops it.</param>
public sealed record Bench(bool Quick, IProgress<TrainingProgress>? Progress = null, CancellationToken Cancellation = default)
{
    /// <summary>Runs one piece of work for each item, on all cores; what comes back does not depend on how many there are.</summary>
    /// <param name="work">What to do with one; it may not depend on the others.</param>
    /// <returns>In the order of the items.</returns>
    public TResult[] ForEach<TItem, TResult>(IReadOnlyList<TItem> items, Func<TItem, TResult> work)
    {
        var results = new TResult[items.Count];
        int done = 0;

        // What an item does inside runs on its own thread alone while the team is at work: no thread waits for another.
        ThreadTeam.Shared.Run(items.Count, i =>
        {
            Cancellation.ThrowIfCancellationRequested();
            results[i] = work(items[i]);
            Progress?.Report(new("experiments", (double)Interlocked.Increment(ref done) / items.Count, 0, double.NaN));
        });
        return results;
    }

    /// <summary>Prepares and trains an experiment, in memory.</summary>
    /// <param name="progress">Told how far it is; null where several are trained at once.</param>
    /// <exception cref="OperationCanceledException">The figure was stopped.</exception>
    public Run Train(Experiment experiment, IProgress<TrainingProgress>? progress = null)
    {
        return Train(experiment.Prepare(null, Cancellation), progress);
    }

    /// <summary>Trains a study in memory.</summary>
    public Run Train(Study study, IProgress<TrainingProgress>? progress = null)
    {
        Run run = Trainer.Train(study, new RunMemory(), progress, Cancellation);
        Cancellation.ThrowIfCancellationRequested();
        return run;
    }
}
