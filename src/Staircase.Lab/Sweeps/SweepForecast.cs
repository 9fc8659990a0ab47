namespace Staircase.Lab;

/// <summary>What a sweep will take, from a few of its tasks that were tried.</summary>
/// <param name="Tasks">Tasks of the sweep.</param>
/// <param name="Tried">Those that were tried, spread over the sweep.</param>
/// <param name="CutShort">Those of them whose time is extended from the part that was trained.</param>
/// <param name="Complaints">Why others of them failed.</param>
/// <param name="Seconds">The mean of what one takes, on one core.</param>
/// <param name="Least">What the quickest took.</param>
/// <param name="Most">What the slowest took.</param>
/// <param name="Bytes">Memory of the program with a task on every core.</param>
/// <param name="Numbers">What the first task that ended gave for each number that is collected.</param>
public sealed record SweepForecast(
    int Tasks, int Tried, int CutShort, IReadOnlyList<string> Complaints, double Seconds, double Least, double Most, long Bytes,
    IReadOnlyDictionary<string, double?> Numbers)
{
    /// <summary>Tasks that are tried at most.</summary>
    private const int MostTried = 16;

    /// <summary>Seconds after which no further task is tried, and after which the ones that run are cut short.</summary>
    private const double Enough = 5, TooLong = 20;

    /// <summary>Seconds that all tasks take on some cores.</summary>
    public double SecondsOn(int cores) => Seconds * Tasks / Min(cores, Tasks);

    /// <summary>Tries a few tasks in memory, as many at a time as there are cores; the time that it takes is bounded.</summary>
    /// <param name="spec">The sweep.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">Every task that is tried fails, or what is collected there is not.</exception>
    public static SweepForecast Of(SweepSpec spec, CancellationToken cancellation)
    {
        IReadOnlyList<SweepTask> tasks = spec.Tasks();
        SweepTask[] picked = [.. Spread(tasks.Count).Take(MostTried).Select(i => tasks[i])];
        var watch = Stopwatch.StartNew();
        var tries = new Try?[picked.Length];
        Cores.Share(picked.Length, i => tries[i] = Tried(i));
        cancellation.ThrowIfCancellationRequested();
        Try[] known = [.. tries.OfType<Try>()];
        string[] complaints = [.. known.Select(one => one.Complaint).OfType<string>()];
        Require(complaints.Length < known.Length, $"Of {known.Length} tasks that were tried all fail. {complaints.FirstOrDefault()}");
        double[] seconds = [.. known.Where(one => one.Complaint is null).Select(one => one.Seconds)];
        return new(
            tasks.Count, known.Length, known.Count(one => one.Run is null && one.Complaint is null), complaints,
            seconds.Average(), seconds.Min(), seconds.Max(),
            Process.GetCurrentProcess().PeakWorkingSet64,
            known.FirstOrDefault(one => one.Run is not null)?.Run is { } run ? Collected.All(run, spec)
                : new Dictionary<string, double?>());

        Try? Tried(int i) => i > 0 && watch.Elapsed.TotalSeconds > Enough ? null
            : Try.Of(picked[i], TimeSpan.FromSeconds(Max(1, TooLong - watch.Elapsed.TotalSeconds)), cancellation);
    }

    /// <summary>Every index once, each as far from those before it as may be: 0, then halves, quarters, eighths.</summary>
    private static IEnumerable<int> Spread(int count) =>
        Range(0, 1 << Bits(count)).Select(i => Reversed(i, Bits(count))).Where(i => i < count);

    private static int Bits(int count) => 32 - int.LeadingZeroCount(count - 1);

    private static int Reversed(int i, int bits)
    {
        int reversed = 0;
        for (int b = 0; b < bits; b++)
            reversed |= (i >> b & 1) << (bits - 1 - b);
        return reversed;
    }

    /// <summary>A task that was tried.</summary>
    /// <param name="Seconds">What it took, or would have.</param>
    /// <param name="Run">Its run; null where it was cut short or failed.</param>
    /// <param name="Complaint">Why it failed; null where it did not.</param>
    private sealed record Try(double Seconds, Run? Run, string? Complaint = null)
    {
        public static Try Of(SweepTask task, TimeSpan limit, CancellationToken cancellation)
        {
            using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            cut.CancelAfter(limit);
            var watch = Stopwatch.StartNew();
            double fraction = 0;
            var progress = new Relay<TrainingProgress>(value => fraction = value.Fraction);
            try
            {
                Run run = Trainer.Train(task.Experiment.Prepare(null, cut.Token), new RunMemory(), progress, cut.Token);
                return run.Record.Status == RunStatus.Interrupted
                    ? new(watch.Elapsed.TotalSeconds / fraction, null)
                    : new(watch.Elapsed.TotalSeconds, run);
            }
            catch (InputException exception)
            {
                return new(watch.Elapsed.TotalSeconds, null, exception.Message);
            }
            catch (OperationCanceledException)
            {
                return new(watch.Elapsed.TotalSeconds / fraction, null); // none: it was not even prepared
            }
        }
    }
}
