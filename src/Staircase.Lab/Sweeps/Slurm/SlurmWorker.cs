namespace Staircase.Lab;

/// <summary>A job of Slurm: does its share of a sweep, and asks to be put back into the queue when its time ends before its work.</summary>
public static class SlurmWorker
{
    /// <summary>Does the share of a job.</summary>
    /// <param name="folder">The sweep.</param>
    /// <param name="submission">The number of the submission.</param>
    /// <param name="job">The number of the job in it, from 0.</param>
    /// <param name="progress">Told of every task that ends.</param>
    /// <param name="cancellation">The signal before the time limit, or the one that ends the job.</param>
    /// <returns>What it came to.</returns>
    /// <exception cref="InputException">
    /// The share cannot be read, or nothing at all was trained in the time there was: it would be put back for ever.
    /// </exception>
    public static SweepSitting Work(
        SweepFolder folder, int submission, int job, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        SlurmSubmission submitted = SlurmSubmission.Open(folder, submission);
        IReadOnlyList<SweepTask> tasks = submitted.TasksOf(job, out SweepSpec spec);
        SweepTask[] open = [.. tasks.Where(task => !SweepRunner.IsDone(folder.Result(task), spec))];
        SweepSitting sitting = submitted.Stop.Watch(stop => new SweepRunner(spec, folder).Run(open, progress, stop), cancellation);
        if (sitting.Open > 0 && cancellation.IsCancellationRequested && !submitted.IsCancelled && MayGoOn())
        {
            Require(sitting.Advanced, "nothing could be trained before the time limit: submit the sweep with more ‹time›.");
            SlurmCommands.Requeue(ThisJob!);
        }

        return sitting;
    }

    private static string? ThisJob => (Environment.GetEnvironmentVariable("SLURM_ARRAY_JOB_ID"),
        Environment.GetEnvironmentVariable("SLURM_ARRAY_TASK_ID")) is ({ } array, { } task) ? $"{array}_{task}" : null;

    /// <summary>Whether the job still has a right to run: one that its owner cancels has not, one that makes room for others has.</summary>
    private static bool MayGoOn() => ThisJob is { } job && SlurmCommands.State(job) is "RUNNING" or "PREEMPTED" or "SUSPENDED" or "STOPPED";
}
