using MathNet.Numerics.LinearAlgebra;
using Staircase.Transformers;
using static Staircase.Lab.InputException;

namespace Staircase.Lab;

/// <summary>An experiment with everything it needs in memory: task, model, initial weights, loss, and what theory says.</summary>
public sealed class Study
{
    /// <summary>D where nothing else says.</summary>
    internal const int DefaultDimension = 4;

    private const double LargestMoments = 1L << 30;

    private readonly Lazy<Prediction?> _prediction;

    private Study(Experiment experiment, RegressionTask task, AttentionModel model, double[] weights, IAttentionLoss loss, Lazy<Prediction?>? prediction = null)
    {
        Experiment = experiment;
        Task = task;
        Model = model;
        InitialWeights = weights;
        Loss = loss;
        _prediction = prediction ?? new(() => Moments is null ? null : Model.Predict(InitialWeights, Moments));
    }

    /// <summary>What was asked for, with the choices that were left open made.</summary>
    public Experiment Experiment { get; }

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

    /// <summary>The directions along which strengths are recorded: those of the data where known, else of the task; null is the identity.</summary>
    public double[,]? ModeBasis => Moments is null ? Task.Basis : Moments.Basis;

    /// <summary>Why there is no theory; null if there is.</summary>
    public string? NoTheory { get; private init; }

    /// <summary>Sequences that training does not see, or those of the data file; for examining which algorithm the model runs.</summary>
    public required ISequenceSource Examples { get; init; }

    /// <summary>The sequences that training sees, where they are finitely many.</summary>
    public ISequenceSource? Sequences { get; private init; }

    /// <summary>What theory says; null where it does not apply.</summary>
    public Prediction? Prediction => _prediction.Value;

    /// <summary>Prepares an experiment.</summary>
    /// <param name="experiment">What to run.</param>
    /// <param name="progress">Told the fraction of the data that has been read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="InputException">A value is out of range, or a file is not what it should be.</exception>
    public static Study Prepare(Experiment experiment, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        InputException.Guard(() =>
        {
            Check(experiment);
            TokenArray? file = experiment.Data.Kind == DataKind.File ? DataFile.Read(experiment.Data.Path!) : null;
            Capacity.Check(file is null ? experiment : experiment with { Dimension = file.InputDimension, Context = file.ContextLength }, file?.Count ?? experiment.Data.Count);
            RegressionTask task = TaskOf(experiment, file).Validated();
            (AttentionModel model, double[] weights) = ModelOf(experiment, task.InputDimension);
            Experiment resolved = Resolve(experiment, task, model);
            ulong seed = experiment.DataSeed ?? experiment.Seed;

            bool inContext = task.InContextFraction == 1;
            PopulationLoss? population = inContext && file is null ? task.PopulationLoss() : null;
            ISequenceSource? sequences = (ISequenceSource?)file ?? (experiment.Data.Kind == DataKind.Sample ? task.Sample(experiment.Data.Count, seed, CorrectionsOf(experiment)) : null);
            if (experiment.Softmax && sequences is { Count: > int.MaxValue })
                throw new InputException($"--softmax holds its data in memory: {sequences.Count} sequences are too many.");
            IAttentionLoss loss = LossOf(resolved, task, sequences, seed, population, progress, cancellation);
            string? noTheory = !inContext ? "some sequences are in-weight"
                : !task.Commutes ? "the task covariance does not commute with the input covariance"
                : file is not null && loss is not QuadraticLoss ? "the data are too many-dimensional for their moments"
                : null;
            return new Study(resolved, task, model, weights, loss)
            {
                Population = population,
                NoTheory = noTheory,
                Sequences = sequences,
                Moments = noTheory is not null ? null
                    : loss is QuadraticLoss moments ? ModeMoments.Of(moments, task.Basis, task.InputEigenvalues)
                    : ModeMoments.Of(task),
                Examples = (ISequenceSource?)file ?? (task with { InContextFraction = 1 }).Sample(int.MaxValue, seed ^ 0x5DEECE66D),
            };
        });

    /// <summary>The same data with another end, other schedules, or another model: whatever was prepared and still holds is shared.</summary>
    /// <param name="experiment">Differs from <see cref="Experiment"/> in nothing that decides the data.</param>
    public Study With(Experiment experiment)
    {
        (AttentionModel model, double[] weights, Lazy<Prediction?>? prediction) = (Model, InitialWeights, _prediction);
        if (!ModelKeys(experiment).Equals(ModelKeys(Experiment)))
        {
            (model, weights) = ModelOf(experiment, Task.InputDimension);
            (experiment, prediction) = (Resolve(experiment, Task, model), null);
        }

        return new(experiment, Task, model, weights, Loss, prediction)
        {
            Population = Population,
            Moments = Moments,
            NoTheory = NoTheory,
            Examples = Examples,
            Sequences = Sequences,
        };

        static object ModelKeys(Experiment e) => (e.Attention, e.Heads, e.Rank, e.Weights, e.Init, e.InitScheme, e.InitSeed, e.Seed);
    }

    /// <summary>What training lowers, as a function of the weights; a new one each time, with a workspace of its own.</summary>
    public IObjective NewObjective()
    {
        if (!Experiment.Softmax)
            return new Objective(Model, Loss);
        double temperature = 1 / Experiment.EffectiveScale.Factor(Task.ContextLength);
        return Experiment.Data.Kind == DataKind.Online
            ? SoftmaxObjective.Online(Model, Task.Sample(int.MaxValue, Experiment.DataSeed!.Value), Experiment.Data.Count, temperature)
            : SoftmaxObjective.FullBatch(Model, Sequences!, temperature);
    }

    /// <summary>The exact expected loss, recorded where training sees a fresh batch each step; null where it is not known or training sees its whole data.</summary>
    public Objective? PopulationObjective() => Loss is IStochasticLoss && Population is { } exact && !Experiment.Softmax ? new(Model, exact) : null;

    /// <summary>ŷ_q on the first of the <see cref="Examples"/>.</summary>
    /// <param name="weights">A whole weight vector.</param>
    /// <param name="count">How many.</param>
    public double[] Predictions(double[] weights, int count)
    {
        var examples = new SequenceRange(Examples, 0, count);
        if (!Experiment.Softmax)
            return Model.Predictions(weights, new TokenStatistics(examples, Task.OutputScale, varyContext: false));
        var predictions = new double[count];
        SoftmaxObjective.FullBatch(Model, examples, 1 / Experiment.EffectiveScale.Factor(Task.ContextLength)).Predict(weights, predictions);
        return predictions;
    }

    /// <summary>The learning rate up to which gradient descent is stable where training ends: 2/μ_max of the Hessian at the balanced global minimum.</summary>
    public double LargestStableRate()
    {
        if (Moments is null || Experiment.Softmax)
            return double.NaN;
        double[] atMinimum = BalancedMinimum();
        double[,]? back = ModeBasis is { } E ? Matrix<double>.Build.DenseOfArray(E).Transpose().ToArray() : null;
        double[] weights = Model.Layout.ToEigenbasis(atMinimum, back);
        IAttentionLoss loss = Loss is IStochasticLoss ? Population! : Loss;
        var objective = new Objective(Model, loss);
        return 2 / Curvature.LargestEigenvalue(objective, weights.AsSpan(0, objective.MovingCount(weights)));
    }

    private double[] BalancedMinimum()
    {
        int D = Model.InputDimension;
        if (Model is SeparateAttention separate)
        {
            int most = Math.Min(D, separate.Heads * separate.Rank);
            return SeparateFixedPoints.Construct(separate, Moments!, [.. Moments!.Order.Take(most)]);
        }

        // One head: v = ‖U‖, v U = M.
        var weights = new double[Model.Layout.Count];
        double v = Math.Sqrt(Math.Sqrt(Enumerable.Range(0, D).Sum(d => Math.Pow(Moments!.FullStrength(d), 2))));
        weights[0] = v;
        for (int d = 0; d < D; d++)
            weights[Model.Heads + d * (D + 1)] = Moments!.FullStrength(d) / v;
        return weights;
    }

    private static void Check(Experiment e)
    {
        Require(e.LearningRate > 0, $"--learning-rate must be positive, not {e.LearningRate:R}.");
        Require(e.Tolerance is > 0 and <= 0.01, $"--tolerance must lie in (0, 0.01], not {e.Tolerance:R}.");
        Require(e.Until is null or > 0, $"--until must be positive, not {e.Until:R}.");
        Require(e.Steps is null or > 0, $"--steps must be positive, not {e.Steps}.");
        Require(e.Momentum is null or (>= 0 and < 1), $"--momentum must lie in [0, 1), not {e.Momentum:R}.");
        Require(e.Momentum is null || e.EffectiveOptimizer is OptimizerKind.Momentum or OptimizerKind.Muon, "--momentum belongs to --optimizer momentum or muon.");
        Require(e.Context >= 1, $"--context must be at least 1, not {e.Context}.");
        Require(e.Dimension is null or >= 1, $"--dim must be at least 1, not {e.Dimension}.");
        Require(e.Heads is null or >= 1, $"--heads must be at least 1, not {e.Heads}.");
        Require(e.Rank is null or >= 1, $"--rank must be at least 1, not {e.Rank}.");
        Require(e.Init >= 0, $"--init must be ≥ 0, not {e.Init:R}.");
        OptimizerKind optimizer = e.EffectiveOptimizer;
        Require(optimizer != OptimizerKind.Flow || e.Data.Kind != DataKind.Online, "--optimizer flow needs a fixed loss: online data take gd, momentum, adam or muon.");
        Require(optimizer == OptimizerKind.Flow || e.Until is null, "--until is a time of the flow; a discrete optimizer takes --steps.");
        Require(optimizer != OptimizerKind.Flow || e.Steps is null, "--steps counts steps of a discrete optimizer; the flow takes --until.");
        bool sampled = e.Data.Kind == DataKind.Sample;
        Require(!(e.Whiten || e.Centre) || sampled, "--whiten and --centre correct a sample: they need --data sample:P.");
        bool drawn = e.Data.Kind != DataKind.File;
        Require(drawn || e.TaskCovariance is null, "--task-covariance says how sequences are drawn; those of a data file are there already.");
        Require(drawn || e.Noise == 0, "--noise says how sequences are drawn; those of a data file are there already.");
        Require(drawn || e.InContextFraction == 1, "--in-context-fraction says how sequences are drawn; those of a data file are there already.");
        Require(e.Rank is null || e.Attention is null or AttentionKind.Separate, "--rank belongs to --attention separate.");
        Require(!e.Softmax || e.Data.Kind != DataKind.Population, "--softmax has no exact population loss: take --data sample:P, online:B or FILE.npz.");
        Require(!e.Softmax || e.Attention != AttentionKind.Cubic, "--softmax needs keys and queries: --attention merged or separate.");
        Require(!e.Softmax || !e.VaryContext, "--vary-context is not for --softmax: its loss is that of one context length.");
    }

    /// <summary>What the linear attention divides by whose theory applies: that of small scores gives each of the N + 1 tokens the same weight.</summary>
    private static OutputScale LinearScale(Experiment e) => e.Softmax ? OutputScale.Tokens : e.EffectiveScale;

    private static RegressionTask TaskOf(Experiment e, TokenArray? file)
    {
        if (file is not null)
        {
            if (e.Dimension is { } dimension && dimension != file.InputDimension)
                throw new InputException($"{e.Data.Path} has inputs of dimension {file.InputDimension}, but --dim is {dimension}.");
            return EstimatedTask(file, e.Data.Path!) with { OutputScale = LinearScale(e), VaryContext = e.VaryContext };
        }

        Spectrum spectrum = Spectrum.Parse(e.Spectrum, e.Dimension ?? (e.Spectrum.Contains(',', StringComparison.Ordinal) ? null : DefaultDimension));
        if (e.Trace is { } trace)
            spectrum = spectrum.WithTrace(trace);
        RegressionTask task = RegressionTask.Create(spectrum, e.Context) with
        {
            LabelNoise = e.Noise,
            VaryContext = e.VaryContext,
            InContextFraction = e.InContextFraction,
            OutputScale = LinearScale(e),
        };
        if (e.TaskCovariance is { } ω)
        {
            if (ω.Length != spectrum.Dimension)
                throw new InputException($"--task-covariance has {ω.Length} eigenvalues, expected {spectrum.Dimension} (one a dimension).");
            task = task with { TaskCovariance = Matrix<double>.Build.DenseOfDiagonalArray(ω).ToArray() };
        }

        return e.EffectiveBasis == BasisKind.Random ? task.InRandomBasis(e.DataSeed ?? e.Seed) : task;
    }

    /// <summary>The input covariance of a data file, over all its tokens, as a task to project on.</summary>
    private static RegressionTask EstimatedTask(TokenArray file, string path)
    {
        int D = file.InputDimension, tokens = file.ContextLength + 1, width = D + 1;
        var covariance = Matrix<double>.Build.Dense(D, D);
        var buffer = new double[tokens * width];
        for (long i = 0; i < file.Count; i++)
        {
            file.Read(i, buffer);
            for (int n = 0; n < tokens; n++)
            {
                for (int a = 0; a < D; a++)
                {
                    for (int b = 0; b < D; b++)
                        covariance[a, b] += buffer[n * width + a] * buffer[n * width + b];
                }
            }
        }

        covariance /= (double)file.Count * tokens;
        var eigen = covariance.Evd(Symmetricity.Symmetric);
        int[] order = [.. Enumerable.Range(0, D).OrderByDescending(d => eigen.EigenValues[d].Real)];
        double floor = 1e-12 * eigen.EigenValues[order[0]].Real;
        var basis = new double[D, D];
        for (int d = 0; d < D; d++)
        {
            for (int i = 0; i < D; i++)
                basis[i, d] = eigen.EigenVectors[i, order[d]];
        }

        if (!(floor > 0))
            throw new InputException($"{path}: all inputs are zero.");
        return RegressionTask.Create(Spectrum.Of(order.Select(d => Math.Max(eigen.EigenValues[d].Real, floor))), file.ContextLength) with { Basis = basis };
    }

    private static (AttentionModel Model, double[] Weights) ModelOf(Experiment e, int D)
    {
        if (e.Weights is { } path)
        {
            (AttentionModel read, double[] weights) = WeightsFile.Read(path, D, e.Attention);
            if (e.Heads is { } heads && heads != read.Heads)
                throw new InputException($"{path} has {read.Heads} heads, but --heads is {heads}.");
            if (e.Rank is { } rank && (read as SeparateAttention)?.Rank != rank)
                throw new InputException($"{path} has {(read is SeparateAttention { Rank: var found } ? $"keys of rank {found}" : "no keys of a rank of their own")}, but --rank is {rank}.");
            return (read, weights);
        }

        AttentionModel model = e.Attention switch
        {
            AttentionKind.Merged => new MergedAttention(D, e.Heads ?? 2 * D),
            AttentionKind.Cubic => new CubicFeatureNetwork(D, e.Heads ?? 2 * D),
            _ => new SeparateAttention(D, e.Heads ?? D + 1, e.Rank ?? 1),
        };
        return (model, model.Initialize(e.Init, e.InitSeed ?? e.Seed, e.InitScheme));
    }

    /// <summary>Writes the choices that were left open into the experiment, so that <c>run.json</c> says all.</summary>
    private static Experiment Resolve(Experiment e, RegressionTask task, AttentionModel model) => e with
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

    private static SampleCorrections CorrectionsOf(Experiment e) =>
        (e.Whiten ? SampleCorrections.WhitenTasks : SampleCorrections.None) | (e.Centre ? SampleCorrections.CentreInputs : SampleCorrections.None);

    private static IAttentionLoss LossOf(
        Experiment e, RegressionTask task, ISequenceSource? sequences, ulong seed, PopulationLoss? population, IProgress<double>? progress, CancellationToken cancellation)
    {
        if (e.Data.Kind == DataKind.Population)
            return population ?? throw new InputException("--data population knows in-context sequences only; with --in-context-fraction below 1 take --data sample:P or online:B.");
        if (e.Data.Kind == DataKind.Online)
        {
            IStatisticSource stream = BartlettStatistics.Applies(task)
                ? new BartlettStatistics(task, long.MaxValue, seed)
                : new TokenStatistics(task.Sample(int.MaxValue, seed), task.OutputScale, task.VaryContext);
            return new OnlineLoss(stream, e.Data.Count);
        }

        var statistics = new TokenStatistics(sequences!, task.OutputScale, task.VaryContext);

        return PrefersMoments(AttentionMap.Length(task.InputDimension), (double)statistics.Count * statistics.StatisticsPerSequence)
            ? QuadraticLoss.From(statistics, progress, cancellation)
            : SequenceLoss.From(statistics);
    }

    /// <summary>Moments cost n² a step, sequences P·n: take what is cheaper and fits.</summary>
    /// <param name="n">The length of a map.</param>
    /// <param name="rows">The statistics of all sequences.</param>
    internal static bool PrefersMoments(double n, double rows) => (n + 1) * (n + 1) * sizeof(double) <= LargestMoments && rows >= n / 4;
}
