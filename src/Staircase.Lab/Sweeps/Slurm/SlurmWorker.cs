namespace Staircase.Lab;

/// <summary>A job of Slurm: does its share of a sweep, and asks to be put back into the queue when its time ends before its work.</summary>
public static class SlurmWorker
{
    /// <summary>A job that was put back so often and still trains nothing before it is stopped will not either the next time.</summary>
    private const int MostRestarts = 3;

    /// <summary>Does the share of a job.</summary>
    /// <param name="folder">The sweep.</param>
    /// <param name="submission">The number of the submission.</param>
    /// <param name="job">The number of the job in it, from 0.</param>
    /// <param name="progress">Told of every task that ends.</param>
    /// <param name="cancellation">The signal before the time limit, or the one that ends the job.</param>
    /// <returns>What it came to.</returns>
    /// <exception cref="InputException">
    /// The share cannot be read, or nothing at all is trained however often it is put back.
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
            Require(
                sitting.Advanced || Restarts < MostRestarts,
                $"{ThisJob} was put back {Restarts} times and is stopped before it trains anything: submit the sweep with more ‹time›.");
            SlurmCommands.Requeue(ThisJob!);
        }

        return sitting;
    }

    private static string? ThisJob => (Environment.GetEnvironmentVariable("SLURM_ARRAY_JOB_ID"),
        Environment.GetEnvironmentVariable("SLURM_ARRAY_TASK_ID")) is ({ } array, { } task) ? $"{array}_{task}" : null;

    private static long Restarts => ReadWhole(Environment.GetEnvironmentVariable("SLURM_RESTART_COUNT")) ?? 0;

    /// <summary>Whether the job still has a right to run: one that its owner cancels has not, one that makes room for others has.</summary>
    private static bool MayGoOn() => ThisJob is { } job && SlurmCommands.State(job) is "RUNNING" or "PREEMPTED" or "SUSPENDED" or "STOPPED";
}
