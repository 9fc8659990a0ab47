namespace Staircase.Lab;

/// <summary>
/// Trains an ensemble: seeds that share their data turn by turn, with the products of all as one, the others side by side on all cores.
/// Every run has the bits of the one that is trained alone.
/// </summary>
public static class EnsembleTrainer
{
    /// <summary>Trains every seed to its end, or until it is asked to stop.</summary>
    /// <param name="ensemble">What to train.</param>
    /// <param name="place">Of a seed: where its run is kept, and its experiment if the run has begun already.</param>
    /// <param name="progress">Told how far all are.</param>
    /// <param name="cancellation">Asks to stop; the ensemble can then be resumed.</param>
    /// <returns>What came of each seed; one that had not begun when it was stopped has neither a run nor a complaint.</returns>
    public static IReadOnlyList<TrainingOutcome> Train(
        EnsembleStudy ensemble, Func<ulong, (IRunStore Store, Experiment? Kept)> place, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        IReadOnlyList<ulong> seeds = ensemble.Seeds;
        var outcomes = new TrainingOutcome[seeds.Count];
        var shared = new SharedProgress(seeds.Count, progress);
        if (ensemble.TrainsTogether)
        {
            int parts = Min(ThreadTeam.Shared.Threads, seeds.Count);
            ThreadTeam.Shared.Run(parts, part =>
            {
                int first = part * seeds.Count / parts, end = (part + 1) * seeds.Count / parts;
                (Study Study, IRunStore Store)[] members = [.. Range(first, end - first).Select(i => Member(seeds[i]))];
                Trainer.TrainTogether(
                    [.. members.Select(member => member.Study)], [.. members.Select(member => member.Store)],
                    [.. Range(first, end - first).Select(shared.Of)], cancellation).CopyTo(outcomes, first);
            });
        }
        else
        {
            Cores.Share(seeds.Count, TrainAlone);
        }

        return outcomes;

        void TrainAlone(int i)
        {
            try
            {
                outcomes[i] = cancellation.IsCancellationRequested ? new(null, null) : TrainingOutcome.Of(() =>
                {
                    (Study study, IRunStore store) = Member(seeds[i]);
                    return Trainer.Train(study, store, shared.Of(i), cancellation);
                });
            }
            catch (OperationCanceledException)
            {
                outcomes[i] = new(null, null);
            }
        }

        (Study Study, IRunStore Store) Member(ulong seed)
        {
            (IRunStore store, Experiment? kept) = place(seed);
            return (ensemble.Member(seed, kept, cancellation), store);
        }
    }

    /// <summary>Trains an ensemble in a folder, from its start or from where its runs stand.</summary>
    /// <param name="ensemble">What to train.</param>
    /// <param name="folder">Where.</param>
    /// <param name="changed">Keys that are set anew in runs that have begun: a later end.</param>
    /// <param name="progress">Told how far all are.</param>
    /// <param name="cancellation">Asks to stop.</param>
    /// <exception cref="InputException">Another process trains there.</exception>
    public static IReadOnlyList<TrainingOutcome> Train(
        EnsembleStudy ensemble, EnsembleFolder folder, IReadOnlyList<ExperimentWord> changed, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using IDisposable held = folder.Lock();
        return Train(ensemble, Place, progress, cancellation);

        (IRunStore Store, Experiment? Kept) Place(ulong seed)
        {
            string path = folder.PathOf(seed);
            if (!RunFolder.Exists(path))
                return (RunFolder.Create(path), null);
            RunFolder run = RunFolder.Open(path);
            Experiment kept = run.Experiment(run.ReadRecord());
            return (run, changed.Aggregate(kept, (e, word) => e.Kind.Set(e, word.Key, word.Value, word.Where)));
        }
    }

    /// <summary>How far several trainings are, as one.</summary>
    private sealed class SharedProgress(int count, IProgress<TrainingProgress>? progress)
    {
        private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(50);

        private readonly double[] _fractions = new double[count];
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private readonly Lock _lock = new();
        private TimeSpan _reported;

        public Relay<TrainingProgress>? Of(int index) => progress is null ? null : new(value => Report(index, value));

        private void Report(int index, TrainingProgress value)
        {
            lock (_lock)
            {
                _fractions[index] = value.Fraction;
                if (_watch.Elapsed - _reported < BetweenReports)
                    return;
                _reported = _watch.Elapsed;
                int done = _fractions.Count(fraction => fraction >= 1), begun = _fractions.Count(fraction => fraction > 0) - done;
                progress!.Report(value with
                {
                    Stage = $"training {count} seeds",
                    Fraction = _fractions.Average(),
                    Awaited = $"{begun} of {count} seeds in training",
                });
            }
        }
    }
}
