namespace Staircase.Lab;

/// <summary>An experiment on vector-valued tasks with its task, its start and its theories.</summary>
/// <remarks>Two theories where tasks are diagonal, the exact flow and the closed form; else the exact matrix flow alone.</remarks>
internal sealed class VectorStudy : Study<VectorExperiment>
{
    private const int RecordedEpochs = 1000, KeptCheckpoints = 20;

    private VectorStudy(VectorExperiment experiment, VectorRegressionTask task, VectorWeights start)
        : base(experiment)
    {
        double rate = experiment.EpochRate / task.Tasks.Count;
        (Task, Start) = (task, start);
        Optimizer = experiment.NewOptimizer(rate);
        TimePerEpoch = Optimizer.TimePerStep / new GradientDescent(rate).TimePerStep;
        if (task.Tasks.IsDiagonal)
        {
            Modes = new ModeDynamics(task, start.Diagonals(), experiment.EpochRate);
            Verdicts = [.. EscapeThreshold.Of(task).OrderBy(verdict => verdict.Mode)];
            Stable = FiniteContextFixedPoint.Stable(task);
        }
    }

    /// <summary>The task.</summary>
    public VectorRegressionTask Task { get; }

    /// <summary>The initial weights, in the eigenbasis of the inputs.</summary>
    public VectorWeights Start { get; }

    /// <summary>How an update is taken.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>Epochs of gradient descent that an epoch amounts to, theory's time; null where the optimizer follows no flow.</summary>
    public double? TimePerEpoch { get; }

    /// <summary>The closed form of the weights' diagonals; null where tasks are not diagonal.</summary>
    public ModeDynamics? Modes { get; }

    /// <summary>What becomes of every mode, in the order of the spectrum; null where tasks are not diagonal.</summary>
    public IReadOnlyList<EscapeThreshold.Verdict>? Verdicts { get; }

    /// <summary>Where the exact flow ends; null where tasks are not diagonal.</summary>
    public FiniteContextFixedPoint? Stable { get; }

    /// <summary>What the exact theory is called: 2D scalars where tasks and start are aligned, else matrices.</summary>
    public string ExactName => IsAligned ? "exact flow" : "matrix flow";

    public override IReadOnlyList<Result> Results => Modes is null
        ? [MatrixFlow.Result, GaussianTaskFlow.Result, ZeroBlocks.Result]
        :
        [
            ModeDynamics.Result, ModeGrowth.Result, IsAligned ? FiniteContextFlow.Result : MatrixFlow.Result,
            FiniteContextFixedPoint.Result, EscapeThreshold.Result, ZeroBlocks.Result,
        ];

    public override string Advice =>
        $"Lower ‹epoch-rate› (it is {AllDigits(Experiment.EpochRate)}) or ‹init› (it is {AllDigits(Experiment.Init)}).";

    public override string Description
    {
        get
        {
            VectorExperiment e = Experiment;
            string λ = string.Join(", ", Task.InputEigenvalues.ToArray().Select(x => Number(x, digits: 3)));
            string by = e.EffectiveOptimizer == OptimizerKind.Gd ? "" : $" by {OptimizerName}";
            return $"vector-valued tasks {e.Tasks}, linear attention{(e.AllBlocks ? " with all blocks" : "")}; "
                + $"D = {Task.InputDimension}, N = {Task.ContextLength}, spectrum{(Task.InputDimension <= 8 ? $" ({λ})" : "")}; "
                + $"ηP = {AllDigits(e.EpochRate)}{by}, {Whole(e.Epochs)} epochs of {Whole(Task.Tasks.Count)} updates, "
                + $"batches of {e.Batch}; "
                + (e.Fork is null ? $"{Word(e.Start)} start of size {AllDigits(e.Init)}" : $"start from {e.Fork}")
                + $", seed {e.Seed}.";
        }
    }

    public override IReadOnlyList<string> Announcements =>
        [.. (Verdicts ?? []).Where(verdict => !verdict.IsLearned).Select(Unlearned), .. Limits()];

    private string OptimizerName => Word(Experiment.EffectiveOptimizer);

    private bool IsAligned => Task.Tasks.IsDiagonal && Start.IsAligned;

    public override Findings Predict(bool check = true, CancellationToken cancellation = default) => VectorPrediction.Of(this);

    public override ITraining Begin() => new VectorTraining(this);

    public override string? Awaited(Trajectory soFar)
    {
        if (soFar.Count == 0 || Stable is null)
            return null;
        int[] learnable = [.. Range(0, Stable.Strengths.Length).Where(i => Stable.Strengths[i] > 0)];
        double[] strengths = soFar.StrengthsAt(soFar.Count - 1);
        return $"{learnable.Count(i => strengths[i] >= Stable.Strengths[i] / 2)} of {learnable.Length} modes learned";
    }

    public override RunView View(Run run) => new VectorFindings(run);

    /// <summary>The theories at given times: the exact flow of the expected loss at p₁ = q₂ = 0, then the closed form.</summary>
    /// <param name="times">Ascending, in epochs of gradient descent.</param>
    public IReadOnlyList<VectorTheory> Theories(IReadOnlyList<double> times) => Modes is null
        ? [new(ExactName, Exact(times))]
        : [new(ExactName, Exact(times)), new(Start.IsAligned ? "closed form" : "closed form of the diagonals", Modes.Course(times))];

    /// <summary>
    /// The context length from which the closed form's strengths are good to a share, by the first order in 1/N:
    /// max_i |Σ_j (g_j/g_i − s_j/s_i)|/share with g = √(m s).
    /// </summary>
    public double LengthFor(double share)
    {
        double[] s = Task.InputEigenvalues.ToArray(), g = [.. s.Zip(Task.Tasks.MeanSquares(), (x, m) => Sqrt(x * m))];
        return Range(0, s.Length).Max(i => Abs(Range(0, s.Length).Sum(j => g[j] / g[i] - s[j] / s[i]))) / share;
    }

    /// <summary>Resolves an experiment.</summary>
    /// <exception cref="InputException">A file is not what it should be, or theory cannot say when training ends.</exception>
    internal static VectorStudy Of(VectorExperiment e, CancellationToken cancellation)
    {
        Spectrum spectrum = e.Eigenvalues();
        int D = spectrum.Dimension;
        RequireMemory(e, D);
        e = e with { Dimension = D, DataSeed = e.DataSeed ?? e.Seed, InitSeed = e.InitSeed ?? e.Seed };
        var task = new VectorRegressionTask(spectrum, e.Context, e.Tasks.Read(D, e.DataSeed.Value))
        {
            QueryAttendsToItself = e.QueryTerm == QueryTerm.Kept,
        };
        VectorWeights start = StartOf(e, D);
        long epochs = e.Epochs ?? new VectorStudy(e, task, start).LastEpoch(cancellation);
        TrainingPlan plan = TrainingPlan.Of(e, epochs, RecordedEpochs, KeptCheckpoints);
        return new(e with { Epochs = epochs, Record = plan.Rows, Checkpoints = plan.Checkpoints }, task, start);
    }

    private static VectorWeights StartOf(VectorExperiment e, int D)
    {
        if (e.Fork is not null)
            return VectorTraining.MeanOf(e.Fork.Read(), D);
        if (e.Start == VectorStart.Balanced)
            return VectorWeights.Aligned(D, e.Init);
        VectorWeights random = VectorWeights.Random(D, e.Init, e.InitSeed!.Value);
        return e.Start == VectorStart.Random ? random : random.Diagonals();
    }

    private static void RequireMemory(VectorExperiment e, int D)
    {
        double maps = (e.Tasks.CountOf(D) ?? 0) * D * D, moments = e.Tasks.Shape == TaskShape.Gaussian ? Pow(D, 4) : 0;
        double numbers = maps + moments + 2.0 * e.Trainings * 8 * D * D;
        Require(
            numbers * sizeof(double) <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes && maps <= Array.MaxLength,
            $"The experiment is too large: its tasks, their moments and {e.Trainings} trainings (‹tasks›, ‹dim›, ‹trainings›) "
            + $"would be {Number(numbers, digits: 3)} numbers.");
    }

    private IReadOnlyList<VectorPoint> Exact(IReadOnlyList<double> times, CancellationToken cancellation = default) => IsAligned
        ? FiniteContextFlow.Solve(Task, Start, Experiment.EpochRate, times, cancellation: cancellation)
        : MatrixFlow.Solve(Task, Start, Experiment.EpochRate, times, cancellation: cancellation);

    /// <summary>Twice the last half time of the exact flow.</summary>
    private long LastEpoch(CancellationToken cancellation)
    {
        const int points = 400, doublings = 12;
        Require(
            TimePerEpoch is not null,
            $"Give ‹epochs›: {OptimizerName} follows no gradient flow, so that theory does not say when training ends.");
        Require(
            Modes is not null || Experiment.Tasks.Shape == TaskShape.Gaussian,
            "Give ‹epochs›: for tasks of a file that are not diagonal theory does not say when training ends.");
        Require(Start.All.ContainsAnyExcept(0.0), "Give ‹epochs›: nothing grows from weights that are zero (‹init› 0).");
        double[] full = FullStrengths();
        double end = 1.5 * FirstGuess();
        for (int k = 0; k < doublings; k++, end *= 2)
        {
            IReadOnlyList<VectorPoint> course = Exact([.. Range(0, points + 1).Select(i => end * i / points)], cancellation);
            double last = Range(0, full.Length).Where(i => full[i] > 0).Max(i => HalfTime(course, i));
            double epochs = 2 * last / TimePerEpoch!.Value;
            if (epochs <= VectorExperiment.LargestEpochs)
                return Max(1, (long)Ceiling(epochs));
        }

        throw new InputException(
            $"Give ‹epochs›: by epoch {Number(end / 2, digits: 3)} some mode has not been learned, so that theory does not say when "
            + "training ends.");

        double HalfTime(IReadOnlyList<VectorPoint> course, int mode) =>
            VectorPoint.HalfTime(course, mode, full[mode]) is var time && double.IsNaN(time) ? double.PositiveInfinity : time;
    }

    /// <summary>Where strengths end; for tasks with independent entries that of infinitely many.</summary>
    private double[] FullStrengths()
    {
        double N = Task.ContextLength, trace = Task.Spectrum.Trace;
        return Stable?.Strengths ?? [.. Task.InputEigenvalues.ToArray().Select(s => N / ((N + 1) * s + trace))];
    }

    private double FirstGuess()
    {
        double slowest = Modes?.Modes.Select(mode => mode.HalfTime).Where(double.IsFinite).DefaultIfEmpty(0).Max() ?? 0;
        double s = Task.InputEigenvalues[^1];
        return slowest > 0 ? slowest : 10 / (Experiment.EpochRate * s * s);
    }

    private string Unlearned(EscapeThreshold.Verdict verdict)
    {
        string mode = $"Mode {verdict.Mode + 1}", strength = Number(Modes!.Modes[verdict.Mode].FullStrength);
        string below = $"m s = {Number(verdict.Drive)} is below the threshold";
        return verdict.Escapes
            ? $"{mode} is learned for a while and pushed out by later ones: {below} {Number(verdict.ThresholdInTheEnd)} of all "
                + $"learned modes (in closed form it would stay at {strength})."
            : $"{mode} cannot escape at N = {Task.ContextLength}: {below} {Number(verdict.ThresholdThen)} "
                + $"(in closed form it would be learned to {strength}).";
    }

    /// <summary>What theory leaves out of this experiment, and how it is simulated where that is not the usual way.</summary>
    private IEnumerable<string> Limits()
    {
        if (Experiment.Fork is { } fork)
            yield return $"All trainings begin from the mean of the trainings of {fork}.";
        if (Modes is null)
        {
            yield return "These tasks are not diagonal in the eigenbasis of the inputs: there is no closed form of single modes; "
                + "theory is the exact matrix flow.";
        }
        else if (!Start.IsAligned)
        {
            yield return "The start is misaligned: the closed form is that of the weights' diagonals, the exact theory the matrix flow.";
        }

        if (Experiment.AllBlocks)
        {
            yield return "Theory takes p1 = q2 = 0. " + (Task.Tasks.IsDiagonal
                ? "On diagonal tasks that is a saddle: whatever finitely many tasks put into p1 and q2 grows like the modes."
                : "Finitely many tasks put a little into p1 and q2.");
        }

        if (TimePerEpoch is null)
            yield return $"Theory is that of gradient flow, which {OptimizerName} does not follow: it is not laid over the run.";
        else if (TimePerEpoch is not 1)
            yield return $"An epoch of {OptimizerName} is {Number(TimePerEpoch)} epochs of gradient descent: so many pass in theory.";
        if (Experiment.WeightDecay > 0)
            yield return "Theory knows no weight decay.";
        if (Task.ContextLength < Task.InputDimension)
        {
            yield return $"N = {Task.ContextLength} is below D = {Task.InputDimension}, where Bartlett's decomposition does not apply: "
                + "contexts are drawn token by token.";
        }
    }
}

/// <summary>A theory of a training on vector-valued tasks, at the times of something else.</summary>
/// <param name="Name">What it is called, without an article.</param>
/// <param name="Course">A point a time.</param>
internal sealed record VectorTheory(string Name, IReadOnlyList<VectorPoint> Course);
