using System.Collections.Concurrent;

namespace Staircase.Lab;

/// <summary>Where a figure runs its experiments.</summary>
/// <param name="Quick">Whether to keep the physics and shrink the cost; else the published setting.</param>
/// <param name="Progress">Told how far the figure is.</param>
/// <param name="Cancellation">Stops it.</param>
public sealed record Bench(bool Quick, IProgress<TrainingProgress>? Progress = null, CancellationToken Cancellation = default)
{
    /// <summary>Runs one piece of work for each item, on all cores; what comes back does not depend on how many there are.</summary>
    /// <param name="items">The items.</param>
    /// <param name="work">What to do with one; it may not depend on the others.</param>
    /// <returns>In the order of the items.</returns>
    public TResult[] ForEach<TItem, TResult>(IReadOnlyList<TItem> items, Func<TItem, TResult> work)
    {
        var results = new TResult[items.Count];
        int done = 0;
        var options = new ParallelOptions { CancellationToken = Cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        try
        {
            // One item at a time: an experiment takes long, and Parallel.For would hand a thread two of the last ones while another waits.
            Parallel.ForEach(Partitioner.Create(Enumerable.Range(0, items.Count), EnumerablePartitionerOptions.NoBuffering), options, i =>
            {
                results[i] = work(items[i]);
                Progress?.Report(new("experiments", (double)Interlocked.Increment(ref done) / items.Count, 0, double.NaN));
            });
        }
        catch (AggregateException exception) when (exception.InnerExceptions.Count > 0)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }

        return results;
    }

    /// <summary>Prepares and trains an experiment.</summary>
    public Run Train(Experiment experiment) => Trainer.Train(experiment.Prepare(null, Cancellation), new RunMemory(), null, Cancellation);
}
