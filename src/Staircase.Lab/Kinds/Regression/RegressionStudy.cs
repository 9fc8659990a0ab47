using System.Globalization;
using Staircase.Transformers;

namespace Staircase.Lab;

/// <summary>
/// An experiment in linear regression with everything it needs in memory: task, model, initial weights, loss, and what theory says.
/// </summary>
public sealed partial class RegressionStudy : Study
{
    private const double LargestMoments = 1L << 30;

    private const int RecordedPoints = 20_000, KeptCheckpoints = 40, FlowCheckpointEvery = 50;

    private const double LargestSteps = 1e9;

    private static readonly string[] MovedByExplorer =
    [
        "attention", "heads", "rank", "scale", "context", "task-covariance", "noise", "data", "basis", "whiten", "centre", "init",
        "init-scheme", "seed", "data-seed", "init-seed",
    ];

    private readonly Lazy<(Prediction? Prediction, string? Missing)> _theory;

    private RegressionStudy(
        RegressionExperiment experiment, RegressionTask task, AttentionModel model, double[] weights, IAttentionLoss loss,
            Lazy<(Prediction?, string?)>? theory = null)
        : base(experiment)
    {
        Experiment = experiment;
        Task = task;
        Model = model;
        InitialWeights = weights;
        Loss = loss;
        _theory = theory ?? new(Predicted);
    }

    /// <summary>What was asked for, with the choices that were left open made.</summary>
    public new RegressionExperiment Experiment { get; }

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

    /// <summary>Why there is no theory; null if there is.</summary>
    public string? NoTheory => NoModes ?? _theory.Value.Missing;

    /// <summary>Sequences that training does not see, or those of the data file; for examining which algorithm the model runs.</summary>
    public required ISequenceSource Examples { get; init; }

    /// <summary>The sequences that training sees, where they are finitely many.</summary>
    public ISequenceSource? Sequences { get; private init; }

    /// <summary>What theory says of training by its optimizer; null where it does not apply.</summary>
    public Prediction? Prediction =>
        FlowPrediction is { } flow && DelayConstant is { } τ ? MomentumDelay.Apply(flow, τ, HasMomentum) : FlowPrediction;

    /// <summary>What theory says of the gradient flow; null where it does not apply.</summary>
    public Prediction? FlowPrediction => _theory.Value.Prediction;

    /// <summary>τ_m of <see cref="MomentumDelay"/>, of gradient descent with μ = 0; null for other optimizers.</summary>
    internal double? DelayConstant => HasMomentum ? MomentumDelay.TimeConstant(Experiment.LearningRate, Experiment.Momentum ?? 0.9)
        : Experiment.EffectiveOptimizer == OptimizerKind.Gd ? MomentumDelay.TimeConstant(Experiment.LearningRate, 0)
        : null;

    /// <summary>Whether steps remember those before.</summary>
    internal bool HasMomentum => Experiment.EffectiveOptimizer == OptimizerKind.Momentum;

    /// <summary>Whether the optimizer follows the flow, so that theory's times are its times.</summary>
    internal bool FollowsFlow => Experiment.EffectiveOptimizer is OptimizerKind.Flow or OptimizerKind.Gd or OptimizerKind.Momentum;

    /// <summary>The loss whose flow theory is about: the expected one where training sees a fresh batch each step.</summary>
    internal Objective TheoryObjective => new(Model, Loss is IStochasticLoss && Population is { } population ? population : Loss);

    /// <inheritdoc/>
    public override IReadOnlyList<Result> Results => Prediction?.Results ?? [];

    /// <inheritdoc/>
    public override string Description
    {
        get
        {
            RegressionExperiment e = Experiment;
            string model = Model switch
            {
                SeparateAttention separate => $"separate keys and queries, {separate.Heads} heads of rank {separate.Rank}",
                MergedAttention merged => $"merged key and query, {merged.Heads} heads",
                _ => $"linear network on cubic features, {Model.Heads} hidden units",
            };
            string λ = Task.InputDimension <= 8
                ? $" ({string.Join(", ", Task.InputEigenvalues.ToArray().Select(x => Number(x, digits: 3)))})"
                : "";
            string spectrum = e.Data.Kind == DataKind.File ? "of the data" : e.Spectrum;
            string weights = e.Fork is not null ? $"weights of {e.Fork}" : e.Weights is null
                ? $"weights of size {AllDigits(e.Init)} ({e.InitScheme.ToString().ToLowerInvariant()}), seed {e.InitSeed}"
                : $"weights {e.Weights}";
            string scaled = e.Spectrum.Contains(',', StringComparison.Ordinal) && e.Data.Kind != DataKind.File && e.Trace is { } trace
                && Math.Abs(Spectrum.Parse(e.Spectrum, null).Trace / trace - 1) > 1e-9 ? $", rescaled to trace {AllDigits(trace)}" : "";
            string mixture = e.Mixture is null ? "" : $"mixture of tasks {e.Mixture}; ";
            return $"{(e.Softmax ? "softmax attention, " : "")}{model}; D = {Task.InputDimension}, N = {Task.ContextLength}, spectrum "
                + $"{spectrum}{scaled}{λ}; {mixture}"
                + $"data {e.Data}; {weights}.";
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Announcements =>
        Experiment.Data.Kind == DataKind.File && Sequences is { } file ? [.. DataFile.Doubts(file)] : [];

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

        bool inContext = task.InContextFraction == 1;
        PopulationLoss? population = inContext && file is null ? task.PopulationLoss() : null;
        ISequenceSource? sequences = (ISequenceSource?)file
            ?? (experiment.Data.Kind == DataKind.Sample ? task.Sample(experiment.Data.Count, seed, CorrectionsOf(experiment)) : null);
        Require(
            !experiment.Softmax || sequences is not { Count: > int.MaxValue },
            $"‹softmax› holds its data in memory: {sequences?.Count} sequences are too many.");
        IAttentionLoss loss = LossOf(resolved, task, sequences, seed, population, progress, cancellation);
        string? noTheory = !inContext
            ? "some sequences are in-weight: their one task drives all blocks of the weights together, and components no longer grow apart"
            : !task.Commutes ? "the task covariance does not commute with the input covariance"
            : file is not null && loss is not QuadraticLoss ? "the data are too many-dimensional for their moments"
            : null;
        return new RegressionStudy(resolved, task, model, weights, loss)
        {
            Population = population,
            NoModes = noTheory,
            Sequences = sequences,
            Moments = noTheory is null ? MomentsOf(task, sequences, loss, progress, cancellation) : null,
            HasOwnMoments = noTheory is null && HasOwnMomentsOf(sequences, loss),
            Examples = (ISequenceSource?)file ?? (task with { InContextFraction = 1 }).Sample(int.MaxValue, seed ^ 0x5DEECE66D),
        };
    }

    /// <summary>
    /// The same data with another end, other schedules, or another model: whatever was prepared and still holds is shared.
    /// </summary>
    /// <param name="experiment">Differs from <see cref="Experiment"/> in nothing that decides the data.</param>
    public RegressionStudy With(RegressionExperiment experiment)
    {
        (AttentionModel model, double[] weights, Lazy<(Prediction?, string?)>? theory) = (Model, InitialWeights, _theory);
        if (!ModelKeys(experiment).Equals(ModelKeys(Experiment)))
        {
            (model, weights) = ModelOf(experiment, Task.InputDimension);
            (experiment, theory) = (Resolved(experiment, Task, model), null);
        }

        return new(experiment, Task, model, weights, Loss, theory)
        {
            Population = Population,
            Moments = Moments,
            HasOwnMoments = HasOwnMoments,
            NoModes = NoModes,
            Examples = Examples,
            Sequences = Sequences,
        };

        static object ModelKeys(RegressionExperiment e) =>
            (e.Attention, e.Heads, e.Rank, e.Weights, e.Fork, e.Init, e.InitScheme, e.InitSeed, e.Seed);
    }

    /// <inheritdoc/>
    internal override Study? Beside(Experiment experiment) =>
        experiment is RegressionExperiment e && Loss is QuadraticLoss && HasSameData(e) ? With(e) : null;

    /// <inheritdoc/>
    /// <remarks>Descents on the moments of one data set share the products with them.</remarks>
    internal override object? Together => Experiment.IsFlow || Experiment.Softmax ? null : Loss as QuadraticLoss;

    private bool HasSameData(RegressionExperiment e) =>
        e.Data == Experiment.Data && (e.Data.Kind == DataKind.File || (e.DataSeed ?? e.Seed) == Experiment.DataSeed);

    /// <inheritdoc/>
    public override Study WithEnd()
    {
        RegressionExperiment e = Experiment;
        if (e.IsFlow ? e.Until is not null : e.Steps is not null)
            return WithPlan(e);
        string key = e.IsFlow ? "‹until›" : "‹steps›";
        if (e.Softmax)
            throw new InputException($"Give {key}: theory does not say when attention with a softmax ends.");
        if (Prediction is not { Drops.Count: > 0 } prediction)
        {
            throw new InputException(
                $"Give {key}: theory does not say when this training ends ({NoTheory ?? "nothing grows from these weights"}).");
        }

        double end = FlowCheck.EndOf(prediction);
        if (e.IsFlow)
            return WithPlan(e with { Until = end });
        if (TimePerStep is not { } timePerStep)
        {
            throw new InputException(
                $"Give {key}: {e.EffectiveOptimizer.ToString().ToLowerInvariant()} follows no flow, so theory does not say when it ends.");
        }

        double steps = Math.Ceiling(end / timePerStep);
        Require(
            steps <= LargestSteps,
            $"Give {key}: at this learning rate the last predicted drop takes {Number(steps, digits: 3)} steps.");
        return WithPlan(e with { Steps = (long)steps });

        RegressionStudy WithPlan(RegressionExperiment ended)
        {
            TrainingPlan plan = With(ended).Plan;
            return With(ended with { Record = plan.Rows, Checkpoints = plan.Checkpoints });
        }
    }

    /// <inheritdoc/>
    public override double? TimePerStep => Experiment.IsFlow ? null : Experiment.NewOptimizer(Experiment.LearningRate).TimePerStep;

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
        return e.IsFlow
            ? new FlowTraining(
                objective, new() { RelativeTolerance = e.Tolerance }, InitialWeights, e.Until ?? double.PositiveInfinity,
                FlowPrediction?.Drops.Select(drop => drop.Time) ?? [], measurement)
            : new DescentTraining<double>(objective, e.NewOptimizer(e.LearningRate), InitialWeights, e.Steps ?? long.MaxValue, measurement);
    }

    /// <summary>The loss on sequences beyond those of the training, with the same shared task.</summary>
    /// <param name="inContextFraction">1 for in-context sequences alone, 0 for in-weight ones.</param>
    /// <param name="count">How many.</param>
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
    /// <param name="count">How many.</param>
    public double[] Predictions(double[] weights, int count)
    {
        var examples = new SequenceRange(Examples, 0, count);
        if (!Experiment.Softmax)
            return Model.Predictions(weights, new TokenStatistics(examples, Task.OutputScale, varyContext: false));
        var predictions = new double[count];
        SoftmaxObjective.FullBatch(Model, examples, TemperatureOf(Task.ContextLength)).Predict(weights, predictions);
        return predictions;
    }

    /// <summary>
    /// The learning rate up to which gradient descent is stable near where training ends: 2/μ_max of the Hessian at the balanced global
    /// minimum; NaN where that is not known.
    /// </summary>
    public double LargestStableRate()
    {
        if (Moments is null || Experiment.Softmax || Moments.Drive.All(b => b <= 0))
            return double.NaN;
        return Curvature.LargestStableRate(TheoryObjective, Moments);
    }

    /// <inheritdoc/>
    public override string Advice
    {
        get
        {
            RegressionExperiment e = Experiment;
            if (e.IsFlow)
                return $"Lower ‹init› (it is {AllDigits(e.Init)}).";
            string lower =
                $"Lower ‹learning-rate› or ‹init›: ‹learning-rate› is {AllDigits(e.LearningRate)}, ‹init› is {AllDigits(e.Init)}.";
            double stable = e.EffectiveOptimizer == OptimizerKind.Gd ? LargestStableRate() : double.NaN;
            return double.IsFinite(stable)
                ? $"{lower} Near the minimum training is stable up to {Number(stable)} (2/μ of the Hessian there)."
                : lower;
        }
    }

    /// <inheritdoc/>
    public override Findings Predict(bool check = true, CancellationToken cancellation = default) =>
        RegressionPrediction.Of(this, check, cancellation);

    /// <inheritdoc/>
    /// <remarks>A predicted drop has come when each of its components has half of its full strength.</remarks>
    public override string? Awaited(Trajectory soFar)
    {
        if (soFar.Count == 0 || Prediction is not { Drops.Count: > 0 } prediction)
            return null;
        double[] strengths = soFar.StrengthsAt(soFar.Count - 1);
        int drops = prediction.Drops.Count(drop => drop.Modes.All(d => strengths[d] >= Moments!.FullStrength(d) / 2));
        return $"plateau {drops + 1} of {prediction.Drops.Count + 1}";
    }

    /// <inheritdoc/>
    public override Findings Findings(Run run) => RegressionFindings.Of(run).Findings();

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double?> Summary(Run run) => RegressionFindings.Of(run).Summary();

    /// <inheritdoc/>
    public override IReadOnlyList<string> Explain(Run run) => RegressionExplanation.Of(RegressionFindings.Of(run));

    /// <inheritdoc/>
    public override Findings Compare(IReadOnlyList<double> positions, IReadOnlyList<double> losses, bool positionsAreTimes)
    {
        Prediction prediction = Prediction ?? throw new InputException($"There is no theory for this experiment: {NoTheory}.");
        double? timePerStep = positionsAreTimes ? 1 : TimePerStep;
        IReadOnlyList<double> x = timePerStep is { } τ and not 1 ? [.. positions.Select(step => step * τ)] : positions;
        return InputException.Guard(() => RegressionFindings.Of(Comparison.OfCurve(prediction, x, losses, timePerStep is not null)));
    }

    /// <inheritdoc/>
    public override Prediction StaircaseFrom(double? init)
    {
        RegressionStudy study = init is { } size ? With(Experiment with { Init = size }) : this;
        return study.Prediction ?? throw new InputException($"There is no theory for this experiment: {study.NoTheory}.");
    }

    /// <inheritdoc/>
    public override ReportSection Section(Run run) => RegressionFindings.Of(run).Section();

    /// <inheritdoc/>
    /// <remarks>Eigenvalues one by one, since each is a bar there; data of a file stay where they are.</remarks>
    public override IReadOnlyDictionary<string, string>? Explored
    {
        get
        {
            if (Experiment.Data.Kind == DataKind.File || Experiment.Weights is not null || Experiment.Fork is not null)
                return null;
            var keys = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["spectrum"] = string.Join(',', Task.InputEigenvalues.ToArray().Select(λ => λ.ToString("R", CultureInfo.InvariantCulture))),
            };
            foreach ((string key, string value) in Settings)
            {
                if (MovedByExplorer.Contains(key, StringComparer.Ordinal))
                    keys.Add(key, value);
            }

            return keys;
        }
    }

    /// <inheritdoc/>
    public override Plot LossPlot(Run run, bool useTime) => RegressionPlots.Loss(RegressionFindings.Of(run), useTime);

    /// <inheritdoc/>
    public override Findings Export(string path)
    {
        ISequenceSource sequences = Sequences ?? throw new InputException("Only a sample has sequences to export: give ‹data› sample:P.");
        try
        {
            DataFile.Write(path, sequences, Model, InitialWeights);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException(exception.Message, exception);
        }

        int tokens = sequences.ContextLength + 1, width = sequences.InputDimension + 1;
        return new(
            [], [$"{path}: tokens [{sequences.Count}, {tokens}, {width}], targets [{sequences.Count}] and the initial weights."], new(
            )
            {
                ["file"] = path,
                ["sequences"] = sequences.Count,
                ["contextLength"] = sequences.ContextLength,
                ["inputDimension"] = sequences.InputDimension,
                ["experiment"] = Json.Map(Settings),
            });
    }

    private (Prediction? Prediction, string? Missing) Predicted()
    {
        try
        {
            if (Moments is null)
                return (null, NoModes);
            Prediction prediction = Prediction.Of(Model, InitialWeights, Moments);
            double before = 0;
            foreach (PredictedDrop drop in prediction.Drops)
            {
                if (!(drop.Time > before) || !double.IsFinite(drop.Time))
                {
                    return (null, "it is that of small initial weights, and from these some components are half learned at the start");
                }

                before = drop.Time;
            }

            return (prediction, null);
        }
        catch (UnfinishedTheoryException exception)
        {
            return (null, exception.Message);
        }
        catch (AggregateException many) when (many.InnerExceptions.All(e => e is UnfinishedTheoryException))
        {
            return (null, many.InnerExceptions[0].Message);
        }
        catch (Exception exception) when (
            exception is DivergedException || exception is AggregateException many && many.InnerExceptions.All(e => e is DivergedException))
        {
            return (null, "at these sizes of weights and inputs its equations leave the finite numbers");
        }
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
