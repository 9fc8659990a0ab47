namespace Staircase.Lab;

/// <summary>
/// An experiment in linear regression with everything it needs in memory: task, model, initial weights, loss, and what theory says.
/// </summary>
public sealed partial class RegressionStudy : Study<RegressionExperiment>
{
    private const double LargestMoments = 1L << 30;

    private const int RecordedPoints = 20_000, KeptCheckpoints = 40, FlowCheckpointEvery = 50;

    private readonly SharedTheory _theory;

    private RegressionStudy(
        RegressionExperiment experiment, RegressionTask task, AttentionModel model, double[] weights, IAttentionLoss loss,
        SharedTheory? theory, CancellationToken cancellation)
        : base(experiment)
    {
        (Task, Model, InitialWeights, Loss) = (task, model, weights, loss);
        _theory = theory ?? new(stop => Predicted(() => Prediction.Of(Model, InitialWeights, Moments!, stop)), cancellation);
    }

    /// <summary>Where sequences come from; for a data file, an estimate.</summary>
    public RegressionTask Task { get; }

    /// <summary>The model.</summary>
    public AttentionModel Model { get; }

    /// <summary>Weights at the start, whole vector, token basis.</summary>
    public double[] InitialWeights { get; }

    /// <summary>The loss that training lowers.</summary>
    public IAttentionLoss Loss { get; }

    /// <summary>The exact expected loss; null where it is not known (mixtures, data files).</summary>
    public PopulationLoss? Population { get; private init; }

    /// <summary>The modes of the data that training sees; null where the theory does not apply.</summary>
    public ModeMoments? Moments { get; private init; }

    /// <summary>The directions along which strengths are recorded: those of the data where known, else of the task.</summary>
    public ModeBasis Modes => new(Model.InputDimension, Moments is null ? Task.Basis : Moments.Basis);

    /// <summary>Whether <see cref="Moments"/> are those of what training sees: a sample too large for its moments has the task's.</summary>
    internal bool HasOwnMoments { get; private init; }

    /// <summary>Why the data have no modes that theory knows; null where they have.</summary>
    private string? NoModes { get; init; }

    /// <summary>Sequences that training does not see, or those of the data file; for examining which algorithm the model runs.</summary>
    public required ISequenceSource Examples { get; init; }

    /// <summary>The sequences that training sees, where they are finitely many.</summary>
    public ISequenceSource? Sequences { get; private init; }

    /// <inheritdoc/>
    public override TrainingPlan Plan => Experiment.IsFlow
        ? new(Experiment.Record ?? Schedule.All, Experiment.Checkpoints ?? Schedule.Every(FlowCheckpointEvery))
        : TrainingPlan.Of(Experiment, Experiment.Steps ?? 0, RecordedPoints, KeptCheckpoints);

    /// <summary>Prepares an experiment.</summary>
    /// <exception cref="InputException">A value cannot be used, or does not go with another.</exception>
    internal static RegressionStudy Prepare(RegressionExperiment experiment, IProgress<double>? progress, CancellationToken cancellation)
    {
        Check(experiment);
        TokenArray? file = experiment.Data.Kind == DataKind.File ? DataFile.Read(experiment.Data.Path!, experiment.Context) : null;
        Capacity.Check(
            file is null
                ? experiment
                : experiment with { Dimension = file.InputDimension, Context = file.ContextLength }, file?.Count ?? experiment.Data.Count);
        RegressionTask task = TaskOf(experiment, file).Validated();
        (AttentionModel model, double[] weights) = ModelOf(experiment, task.InputDimension);
        Require(
            !experiment.Curvature || model.Layout.Count <= Curvature.LargestDense,
            $"‹curvature› takes up to {Curvature.LargestDense} weights, the model has {model.Layout.Count}.");
        RegressionExperiment resolved = Resolved(experiment, task, model);
        ulong seed = experiment.DataSeed ?? experiment.Seed;

        PopulationLoss? population = task.InContextFraction == 1 && file is null ? task.PopulationLoss() : null;
        ISequenceSource? sequences = (ISequenceSource?)file
            ?? (experiment.Data.Kind == DataKind.Sample ? task.Sample(experiment.Data.Count, seed, CorrectionsOf(experiment)) : null);
        Require(
            !experiment.Softmax || sequences is not { Count: > int.MaxValue },
            $"‹softmax› holds its data in memory: {sequences?.Count} sequences are too many.");
        IAttentionLoss loss = LossOf(resolved, task, sequences, seed, population, progress, cancellation);
        string? noModes = NoModesOf(task, file, loss);
        return new RegressionStudy(resolved, task, model, weights, loss, theory: null, cancellation)
        {
            Population = population,
            NoModes = noModes,
            Sequences = sequences,
            Moments = noModes is null ? MomentsOf(task, sequences, loss, progress, cancellation) : null,
            HasOwnMoments = noModes is null && HasOwnMomentsOf(sequences, loss),
            Examples = (ISequenceSource?)file ?? (task with { InContextFraction = 1 }).Sample(int.MaxValue, seed ^ 0x5DEECE66D),
        };
    }

    /// <summary>
    /// The same data with another end, other schedules, or another model: whatever was prepared and still holds is shared.
    /// </summary>
    /// <param name="experiment">Differs from <see cref="Experiment"/> in nothing that decides the data.</param>
    public RegressionStudy With(RegressionExperiment experiment)
    {
        if (ModelKeys(experiment).Equals(ModelKeys(Experiment)))
            return With(experiment, Model, InitialWeights, _theory);
        (AttentionModel model, double[] weights) = ModelOf(experiment, Task.InputDimension);
        return With(Resolved(experiment, Task, model), model, weights, theory: null);

        static object ModelKeys(RegressionExperiment e) =>
            (e.Attention, e.Heads, e.Rank, e.Weights, e.Fork, e.Init, e.InitScheme, e.InitSeed, e.Seed);
    }

    /// <summary>The same with theory roughly and at once (<see cref="HeadRace.Sketch"/>), for whoever cannot wait.</summary>
    internal RegressionStudy Sketched() => Model is SeparateAttention separate
        ? With(
            Experiment, Model, InitialWeights,
            new(_ => Predicted(() => HeadRace.Sketch(separate, InitialWeights, Moments!)), _theory.Cancellation))
        : this;

    private RegressionStudy With(
        RegressionExperiment experiment, AttentionModel model, double[] weights, SharedTheory? theory) =>
        new(experiment, Task, model, weights, Loss, theory, _theory.Cancellation)
        {
            Population = Population,
            Moments = Moments,
            HasOwnMoments = HasOwnMoments,
            NoModes = NoModes,
            Examples = Examples,
            Sequences = Sequences,
        };

    /// <inheritdoc/>
    public override Study WithCancellation(CancellationToken cancellation) =>
        With(Experiment, Model, InitialWeights, _theory.For(cancellation));

    internal override Study? Beside(Experiment experiment) =>
        experiment is RegressionExperiment e && Loss is QuadraticLoss && HasSameData(e) ? With(e) : null;

    /// <inheritdoc/>
    /// <remarks>Descents on the moments of one data set share the products with them.</remarks>
    internal override object? Together => Experiment.IsFlow || Experiment.Softmax ? null : Loss as QuadraticLoss;

    private bool HasSameData(RegressionExperiment e) =>
        e.Data == Experiment.Data && (e.Data.Kind == DataKind.File || (e.DataSeed ?? e.Seed) == Experiment.DataSeed);

    /// <summary>What training lowers, as a function of the weights; a new one each time, with a workspace of its own.</summary>
    public IInContextObjective NewObjective()
    {
        if (!Experiment.Softmax)
            return new Objective(Model, Loss);
        ISequenceSource sequences = Sequences ?? Task.Sample(int.MaxValue, Experiment.DataSeed!.Value);
        return Experiment.VaryContext
            ? new MeanObjective(Task.ContextLengths().Select(n => Softmax(new SequencePrefix(sequences, n))))
            : Softmax(sequences);

        SoftmaxObjective Softmax(ISequenceSource of) => Experiment.Data.Kind == DataKind.Online
            ? SoftmaxObjective.Online(Model, of, Experiment.Data.Count, TemperatureOf(of.ContextLength))
            : SoftmaxObjective.FullBatch(Model, of, TemperatureOf(of.ContextLength));
    }

    /// <inheritdoc/>
    public override ITraining Begin()
    {
        RegressionExperiment e = Experiment;
        IInContextObjective objective = NewObjective();
        var measurement = new RegressionMeasurement(this, objective);
        double[] drops = e.IsFlow ? [.. FlowPrediction?.Drops.Select(drop => drop.Time) ?? []] : [];
        _theory.Want();
        return e.IsFlow
            ? new FlowTraining(
                objective, new() { RelativeTolerance = e.Tolerance }, InitialWeights, e.Until ?? double.PositiveInfinity, drops,
                measurement)
            : new DescentTraining<double>(objective, e.NewOptimizer(e.LearningRate), InitialWeights, e.Steps ?? long.MaxValue, measurement);
    }

    /// <summary>The loss on sequences beyond those of the training, with the same shared task.</summary>
    /// <param name="inContextFraction">1 for in-context sequences alone, 0 for in-weight ones.</param>
    /// <returns>A function of weights, or of the prefix that moves; it has a workspace of its own and serves one thread.</returns>
    internal Func<double[], double> TestLoss(double inContextFraction, int count)
    {
        // Fresh batches come from the first sequences on, so tests lie far behind them.
        int seen = Experiment.Data.Kind == DataKind.Sample ? Experiment.Data.Count : int.MaxValue - count;
        Sample all = (Task with { InContextFraction = inContextFraction }).Sample(seen + count, Experiment.DataSeed!.Value);
        var fresh = new SequenceRange(all, seen, count);
        if (Experiment.Softmax)
        {
            SoftmaxObjective softmax = SoftmaxObjective.FullBatch(Model, fresh, TemperatureOf(Task.ContextLength));
            return weights => softmax.Evaluate(weights);
        }

        var statistics = new TokenStatistics(fresh, Task.OutputScale, varyContext: false);
        var objective = new Objective(Model, PrefersMoments(AttentionMap.Length(Task.InputDimension), count)
            ? QuadraticLoss.From(statistics)
            : SequenceLoss.From(statistics));
        return weights => objective.Evaluate(weights);
    }

    /// <summary>ŷ_q on the first of the <see cref="Examples"/>.</summary>
    /// <param name="weights">A whole weight vector.</param>
    public double[] Predictions(double[] weights, int count)
    {
        var examples = new SequenceRange(Examples, 0, count);
        if (!Experiment.Softmax)
            return Model.Predictions(weights, new TokenStatistics(examples, Task.OutputScale, varyContext: false));
        var predictions = new double[count];
        SoftmaxObjective.FullBatch(Model, examples, TemperatureOf(Task.ContextLength)).Predict(weights, predictions);
        return predictions;
    }

    /// <inheritdoc/>
    public override RunView View(Run run) => new RegressionFindings(run);

    private Theory Predicted(Func<Prediction> theory)
    {
        try
        {
            if (Moments is null)
                return new(null, NoModes);
            Prediction prediction = theory();
            double before = 0;
            foreach (PredictedDrop drop in prediction.Drops)
            {
                if (!(drop.Time > before) || !double.IsFinite(drop.Time))
                    return new(null, "it is that of small initial weights, and from these some components are half learned at the start");
                before = drop.Time;
            }

            return new(prediction, null);
        }
        catch (Exception exception) when (Cause(exception) is UnfinishedTheoryException unfinished)
        {
            return new(null, unfinished.Message);
        }
        catch (Exception exception) when (Cause(exception) is DivergedException)
        {
            return new(null, "at these sizes of weights and inputs its equations leave the finite numbers");
        }

        // Where parts are computed side by side, several may fail of one cause.
        static Exception Cause(Exception exception) => exception is AggregateException { InnerExceptions: [var first, ..] all }
            && all.All(one => one.GetType() == first.GetType()) ? first : exception;
    }

    private double TemperatureOf(int contextLength) => 1 / Experiment.EffectiveScale.Factor(contextLength);

    /// <summary>Writes the choices that were left open into the experiment, so that <c>run.json</c> says all.</summary>
    private static RegressionExperiment Resolved(RegressionExperiment e, RegressionTask task, AttentionModel model) => e with
    {
        Attention = model switch
        {
            MergedAttention => AttentionKind.Merged,
            CubicFeatureNetwork => AttentionKind.Cubic,
            _ => AttentionKind.Separate,
        },
        Heads = model.Heads,
        Rank = (model as SeparateAttention)?.Rank,
        Dimension = task.InputDimension,
        Context = task.ContextLength,
        Scale = e.EffectiveScale,
        Basis = e.EffectiveBasis,
        Optimizer = e.EffectiveOptimizer,
        DataSeed = e.DataSeed ?? e.Seed,
        InitSeed = e.InitSeed ?? e.Seed,
    };
}
