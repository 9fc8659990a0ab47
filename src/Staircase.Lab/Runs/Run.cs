using System.Numerics;

namespace Staircase.Lab;

/// <summary>
/// A trained run, of any kind and wherever it is kept: the study, what was recorded, the weights. Findings, reports and checks are views of
/// it.
/// </summary>
public sealed class Run
{
    private const int Neighbours = 16; // checkpoints that one thread measures one after another
    private const int HashDigits = 16; // as many tell the checkpoints of a run apart, and make names of files that can be read

    private readonly Lazy<RunView> _view;

    /// <param name="study">What was trained.</param>
    /// <param name="store">Where it is kept.</param>
    /// <param name="trajectory">What was recorded.</param>
    public Run(Study study, IRunStore store, Trajectory trajectory) =>
        (Study, Store, Trajectory, _view) = (study, store, trajectory, new(() => study.View(this)));

    /// <summary>What was trained, with everything resolved.</summary>
    public Study Study { get; }

    /// <summary>Where it is kept.</summary>
    public IRunStore Store { get; }

    /// <summary>What it is called.</summary>
    public string Name => Store.Name;

    /// <summary>The same without the folders that it lies in.</summary>
    public string ShortName => Path.GetFileName(Path.TrimEndingDirectorySeparator(Name));

    /// <summary>What is known of it.</summary>
    public RunRecord Record => Store.Record!;

    /// <summary>What was recorded.</summary>
    public Trajectory Trajectory { get; }

    /// <summary>Everything that its kind makes of it; made once.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public RunView View => _view.Value;

    /// <summary>What came of it; found once.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public Findings Findings => View.Findings;

    /// <summary>Opens a run that is kept.</summary>
    /// <exception cref="InputException">It is no run, or its experiment cannot be prepared.</exception>
    public static Run Open(RunFolder folder, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        Run run = OpenBeside(study: null, folder, progress, cancellation);
        return run.Trajectory.Count > 0 ? run : throw new InputException($"{folder.Name}: nothing was recorded yet.");
    }

    /// <summary>Opens a run, of which perhaps nothing was recorded yet; it shares with the study of another seed what both have.</summary>
    internal static Run OpenBeside(Study? study, RunFolder folder, IProgress<double>? progress, CancellationToken cancellation)
    {
        RunRecord record = folder.ReadRecord();
        Study own = folder.Experiment(record).Prepare(study, progress, cancellation);
        return new(own, folder, folder.ReadRows(own.Begin().Columns));
    }

    /// <summary>The steps whose weights were kept and whose row is there, ascending.</summary>
    public IReadOnlyList<long> CheckpointSteps() => [.. Store.CheckpointSteps().Where(step => step <= Trajectory.Steps[^1])];

    /// <summary>Weights that were kept.</summary>
    /// <typeparam name="T">The precision in which the kind trains.</typeparam>
    public T[] Weights<T>(long step, ParameterLayout layout)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Store.ReadCheckpoint(step).Weights<T>(layout);

    /// <summary>Where the rows lie on an axis of times or of steps.</summary>
    /// <exception cref="InvalidOperationException">Times are wanted, and there are none.</exception>
    public double[] Positions(bool useTime) => useTime
        ? [.. Trajectory.Times ?? throw new InvalidOperationException($"{Name} has no time: its optimizer follows no flow.")]
        : [.. Trajectory.Steps.Select(step => (double)step)];

    /// <summary>What was measured of a checkpoint: read where it is kept, else measured and kept.</summary>
    /// <param name="what">What is measured, with a number that changes whenever the measuring does.</param>
    /// <param name="steps">The checkpoints that it depends on; the first is the one it belongs to.</param>
    internal Snapshot Measured(string what, IEnumerable<long> steps, Func<Snapshot> measure)
    {
        string key = string.Join('-', [what, .. steps.Select(step => Store.HashOf(step)[..HashDigits])]);
        if (Store.ReadMeasures(key) is { } kept)
            return kept;
        Snapshot measured = measure();
        Store.WriteMeasures(key, measured);
        return measured;
    }

    /// <summary>The same of many checkpoints, by all threads.</summary>
    /// <param name="what">What is measured, with a number that changes whenever the measuring does.</param>
    /// <param name="count">How many checkpoints there are.</param>
    /// <param name="steps">The checkpoints that the measures of one depend on; the first is the one they belong to.</param>
    /// <param name="begin">
    /// Gives what measures one by its index; neighbours, one after another, have the same, so that it may keep what the next one needs.
    /// </param>
    internal Snapshot[] Measured(string what, int count, Func<int, IEnumerable<long>> steps, Func<Func<int, Snapshot>> begin)
    {
        var measured = new Snapshot[count];
        ThreadTeam.Shared.Run((count + Neighbours - 1) / Neighbours, part =>
        {
            Func<int, Snapshot> measure = begin();
            for (int i = part * Neighbours; i < Min(count, (part + 1) * Neighbours); i++)
                measured[i] = Measured(what, steps(i), () => measure(i));
        });
        return measured;
    }
}
