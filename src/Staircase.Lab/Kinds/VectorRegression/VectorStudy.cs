using System.Globalization;
using static Staircase.Lab.InputException;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>An experiment on vector-valued tasks with its task, its start and its theories.</summary>
/// <remarks>Two theories where tasks are diagonal, the closed form and the exact flow; else the exact matrix flow alone.</remarks>
public sealed class VectorStudy : IStudy
{
    /// <summary>D where nothing else says.</summary>
    private const int DefaultDimension = 4;

    private const int RecordedEpochs = 1000, KeptCheckpoints = 20, LargestEpochs = 1_000_000_000;

    /// <summary>A part of the strengths to which the closed form is said to be good.</summary>
    private const double GoodTo = 0.01;

    private VectorStudy(VectorExperiment experiment, VectorRegressionTask task, VectorWeights start)
    {
        Experiment = experiment;
        Task = task;
        Start = start;
        if (task.Tasks.IsDiagonal)
        {
            Modes = new ModeDynamics(task, VectorWeights.Aligned(Diagonal(start.Value), Diagonal(start.KeyQuery)), experiment.EpochRate);
            Verdicts = EscapeThreshold.Of(task);
            Stable = FiniteContextFixedPoint.Stable(task);
        }
    }

    /// <summary>What was asked for, with the choices that were left open made.</summary>
    public VectorExperiment Experiment { get; }

    /// <summary>The task.</summary>
    public VectorRegressionTask Task { get; }

    /// <summary>The initial weights, in the eigenbasis of the inputs.</summary>
    public VectorWeights Start { get; }

    /// <summary>The closed form of the weights' diagonals; null where tasks are not diagonal.</summary>
    public ModeDynamics? Modes { get; }

    /// <summary>What becomes of every mode; null where tasks are not diagonal.</summary>
    public IReadOnlyList<EscapeThreshold.Verdict>? Verdicts { get; }

    /// <summary>Where the exact flow ends; null where tasks are not diagonal.</summary>
    public FiniteContextFixedPoint? Stable { get; }

    /// <summary>What the exact theory is called: 2D scalars where tasks and start are aligned, else matrices.</summary>
    public string ExactName => IsAligned ? "exact flow" : "matrix flow";

    /// <summary>What the closed form is called: from a misaligned start it is that of the diagonals.</summary>
    public string ClosedName => Start.IsAligned ? "closed form" : "closed form of the diagonals";

    /// <inheritdoc/>
    public IReadOnlyList<Result> Results => Modes is null
        ? [MatrixFlow.Result, GaussianTaskFlow.Result, ZeroBlocks.Result]
        : [ModeDynamics.Result, ModeGrowth.Result, IsAligned ? FiniteContextFlow.Result : MatrixFlow.Result, FiniteContextFixedPoint.Result, EscapeThreshold.Result, ZeroBlocks.Result];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => VectorExperiment.Keys.Write(Experiment);

    /// <inheritdoc/>
    public string Description
    {
        get
        {
            VectorExperiment e = Experiment;
            string λ = Task.InputDimension <= 8 ? " (" + string.Join(", ", Task.InputEigenvalues.ToArray().Select(x => x.ToString("G3"))) + ")" : "";
            return $"vector-valued tasks {e.Tasks}, linear attention{(e.AllBlocks ? " with all blocks" : "")}; D = {Task.InputDimension}, N = {Task.ContextLength}, spectrum{λ}; "
                + $"ηP = {e.EpochRate:R}, {e.Epochs:N0} epochs of {Task.Tasks.Count:N0} updates, batches of {e.Batch}; {e.Start.ToString().ToLowerInvariant()} start of size {e.Init:R}, seed {e.Seed}.";
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Announcements => [.. Announce()];

    private bool IsAligned => Task.Tasks.IsDiagonal && Start.IsAligned;

    /// <summary>Prepares an experiment.</summary>
    /// <exception cref="InputException">A value is out of range, a file is not what it should be, or theory cannot say when training ends.</exception>
    public static VectorStudy Prepare(VectorExperiment e) => InputException.Guard(() =>
    {
        Check(e);
        Spectrum spectrum = Spectrum.Parse(e.Spectrum, e.Dimension ?? (e.Spectrum.Contains(',', StringComparison.Ordinal) ? null : DefaultDimension));
        if (e.Trace is { } trace)
            spectrum = spectrum.WithTrace(trace);
        int D = spectrum.Dimension;
        RequireMemory(e, D);
        var task = new VectorRegressionTask(spectrum, e.Context, e.Tasks.Read(D, e.DataSeed ?? e.Seed)) { QueryAttendsToItself = e.QueryTerm == QueryTerm.Kept };
        var study = new VectorStudy(e with { Dimension = D, DataSeed = e.DataSeed ?? e.Seed, InitSeed = e.InitSeed ?? e.Seed }, task, StartOf(e, D));
        return study.WithEnd();
    });

    /// <summary>The exact flow of the expected loss, p₁ = q₂ = 0.</summary>
    /// <param name="times">Ascending, in epochs.</param>
    /// <param name="cancellation">Stops it.</param>
    public IReadOnlyList<VectorPoint> Exact(IReadOnlyList<double> times, CancellationToken cancellation = default)
    {
        var options = new VectorFlowOptions { Cancellation = cancellation };
        return IsAligned
            ? FiniteContextFlow.Solve(Task, Start, Experiment.EpochRate, times, options)
            : MatrixFlow.Solve(Task, Start, Experiment.EpochRate, times, options);
    }

    /// <summary>The theories at given times, the exact one first.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<VectorPoint> Course)> Theories(IReadOnlyList<double> times) =>
        Modes is null ? [(ExactName, Exact(times))] : [(ExactName, Exact(times)), (ClosedName, Modes.Course(times))];

    /// <summary>Times to read theories at, evenly to the last epoch and, for modes that are learned at once, evenly in the logarithm.</summary>
    public double[] Times()
    {
        const int even = 1000, logarithmic = 300;
        const double decades = 6;
        double last = Experiment.Epochs!.Value;
        return
        [
            .. Enumerable.Range(0, even + 1).Select(k => last * k / even)
                .Concat(Enumerable.Range(0, logarithmic).Select(k => last * Math.Pow(10, -decades * (1 - (double)k / logarithmic)))).Distinct().Order(),
        ];
    }

    /// <summary>The context length from which the closed form's strengths are good to a share, by the first order in 1/N: max_i |Σ_j (g_j/g_i − s_j/s_i)|/share with g = √(m s).</summary>
    public double LengthFor(double share)
    {
        double[] s = Task.InputEigenvalues.ToArray(), g = [.. s.Zip(Task.Tasks.MeanSquares(), (x, m) => Math.Sqrt(x * m))];
        return Enumerable.Range(0, s.Length).Max(i => Math.Abs(Enumerable.Range(0, s.Length).Sum(j => g[j] / g[i] - s[j] / s[i]))) / share;
    }

    /// <inheritdoc/>
    public Findings Predict() => VectorPrediction.Of(this, GoodTo);

    /// <inheritdoc/>
    public RunRecord Train(RunFolder folder, RunRecord? before, IProgress<TrainingProgress>? progress, CancellationToken cancellation) =>
        new VectorTrainer(this, folder, before).Train(progress, cancellation);

    /// <inheritdoc/>
    public Findings Compare(RunFolder folder) => VectorComparison.Read(this, folder).Findings();

    /// <inheritdoc/>
    public ReportSection Report(RunFolder folder, RunRecord record) => VectorComparison.Read(this, folder).Section(folder.Path, record);

    private static double[] Diagonal(ReadOnlySpan<double> matrix)
    {
        int D = (int)Math.Sqrt(matrix.Length);
        var diagonal = new double[D];
        for (int i = 0; i < D; i++)
            diagonal[i] = matrix[i * (D + 1)];
        return diagonal;
    }

    private static VectorWeights StartOf(VectorExperiment e, int D)
    {
        if (e.Start == VectorStart.Balanced)
            return VectorWeights.Aligned(D, e.Init);
        VectorWeights random = VectorWeights.Random(D, e.Init, e.InitSeed ?? e.Seed);
        return e.Start == VectorStart.Random ? random : VectorWeights.Aligned(Diagonal(random.Value), Diagonal(random.KeyQuery));
    }

    private static void Check(VectorExperiment e)
    {
        Require(e.EpochRate > 0, $"--epoch-rate must be positive, not {e.EpochRate:R}.");
        Require(e.Epochs is null or (>= 1 and <= LargestEpochs), $"--epochs must be 1 to {LargestEpochs:N0}, not {e.Epochs}.");
        Require(e.Batch >= 1, $"--batch must be at least 1, not {e.Batch}.");
        Require(e.Trainings >= 1, $"--trainings must be at least 1, not {e.Trainings}.");
        Require(e.Context >= 1, $"--context must be at least 1, not {e.Context}.");
        Require(e.Init >= 0, $"--init must not be negative, not {e.Init:R}.");
        Require(e.Dimension is null or >= 1, $"--dim must be at least 1, not {e.Dimension}: a dimension is a positive number.");
        Require(e.QueryTerm == QueryTerm.Kept || e.AllBlocks, "--query-term dropped changes nothing where p1 stays zero: it goes with --all-blocks.");
    }

    private static void RequireMemory(VectorExperiment e, int D)
    {
        double P = e.Tasks.Count ?? 0, numbers = P * D * D + (e.Tasks.Shape == TaskShape.Gaussian ? Math.Pow(D, 4) : 0) + 2.0 * e.Trainings * 8 * D * D;
        if (numbers * sizeof(double) > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes || P * D * D > Array.MaxLength)
            throw new InputException($"The experiment is too large: its tasks, their moments and {e.Trainings} trainings (--tasks, --dim, --trainings) would be {numbers:G3} numbers.");
    }

    /// <summary>The experiment with its end chosen, twice the last half time, and with it what is recorded and kept.</summary>
    private VectorStudy WithEnd()
    {
        long epochs = Experiment.Epochs ?? LastEpoch();
        VectorExperiment e = Experiment with
        {
            Epochs = epochs,
            Record = Experiment.Record ?? new(false, (int)Math.Clamp(epochs / RecordedEpochs, 1, int.MaxValue)),
            Checkpoints = Experiment.Checkpoints ?? new(false, (int)Math.Clamp(epochs / KeptCheckpoints, 1, int.MaxValue)),
        };
        return new(e, Task, Start);
    }

    private long LastEpoch()
    {
        const int points = 400, doublings = 12;
        if (Modes is null && Experiment.Tasks.Shape != TaskShape.Gaussian)
            throw new InputException("Give --epochs: for tasks of a file that are not diagonal theory does not say when training ends.");
        if (!Start.All.ContainsAnyExcept(0.0))
            throw new InputException("Give --epochs: nothing grows from weights that are zero (--init 0).");
        double N = Task.ContextLength, trace = Task.Spectrum.Trace;
        double[] s = Task.InputEigenvalues.ToArray();
        double[] full = Stable?.Strengths ?? [.. s.Select(x => N / ((N + 1) * x + trace))];
        double end = 1.5 * (Modes?.Modes.Max(mode => double.IsFinite(mode.HalfTime) ? mode.HalfTime : 0) is > 0 and var half ? half : 10 / (Experiment.EpochRate * s[^1] * s[^1]));
        for (int k = 0; k < doublings; k++, end *= 2)
        {
            IReadOnlyList<VectorPoint> course = Exact([.. Enumerable.Range(0, points + 1).Select(i => end * i / points)]);
            double last = Enumerable.Range(0, s.Length).Where(i => full[i] > 0).Max(i => HalfTime(course, i, full[i]));
            if (double.IsFinite(last) && 2 * last <= LargestEpochs)
                return Math.Max(1, (long)Math.Ceiling(2 * last));
        }

        throw new InputException($"Give --epochs: by epoch {end / 2:G3} some mode has not been learned, so that theory does not say when training ends.");

        static double HalfTime(IReadOnlyList<VectorPoint> course, int mode, double full) => VectorPoint.HalfTime(course, mode, full) is var t && double.IsNaN(t) ? double.PositiveInfinity : t;
    }

    private IEnumerable<string> Announce()
    {
        foreach (EscapeThreshold.Verdict verdict in (Verdicts ?? []).Where(v => !v.IsLearned))
        {
            string strength = Number(Modes!.Modes[verdict.Mode].FullStrength);
            yield return verdict.Escapes
                ? $"Mode {verdict.Mode + 1} is learned for a while and pushed out by later ones: m s = {Number(verdict.Drive)} is below the threshold {Number(verdict.ThresholdInTheEnd)} of all learned modes (in closed form it would stay at {strength})."
                : $"Mode {verdict.Mode + 1} cannot escape at N = {Task.ContextLength}: m s = {Number(verdict.Drive)} is below the threshold {Number(verdict.ThresholdThen)} (in closed form it would be learned to {strength}).";
        }

        if (Modes is null)
            yield return "These tasks are not diagonal in the eigenbasis of the inputs: there is no closed form of single modes; theory is the exact matrix flow.";
        else if (!Start.IsAligned)
            yield return "The start is misaligned: the closed form is that of the weights' diagonals, the exact theory the matrix flow.";
        if (Experiment.AllBlocks)
            yield return $"Theory takes p1 = q2 = 0. {(Task.Tasks.IsDiagonal ? "On diagonal tasks that is a saddle: whatever finitely many tasks put into p1 and q2 grows like the modes." : "Finitely many tasks put a little into p1 and q2.")}";
        if (Task.ContextLength < Task.InputDimension)
            yield return $"N = {Task.ContextLength} is below D = {Task.InputDimension}, where Bartlett's decomposition does not apply: contexts are drawn token by token.";
    }
}
