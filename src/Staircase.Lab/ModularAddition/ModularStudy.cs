using System.Globalization;
using Staircase.Kernels;
using Staircase.Transformers;

namespace Staircase.Lab;

/// <summary>An experiment on a binary operation with its pairs and its model: what is trained, and what is measured on the way.</summary>
public sealed class ModularStudy : IStudy, INetworkCourse
{
    private const int RecordedPoints = 1000, KeptCheckpoints = 100;
    private const long LargestSteps = 1_000_000_000;

    /// <summary>A transition is where accuracy moved by more than this over the last few recorded points.</summary>
    private const double Change = 0.02;

    private const int ChangePoints = 5;

    private readonly ModularTransformer<float> _model;

    private ModularStudy(ModularExperiment experiment, OperationTable operation, ThreadTeam? team)
    {
        (Experiment, Operation) = (experiment, operation);
        (Training, Test) = PairSet.Split(operation, experiment.TrainingFraction, experiment.DataSeed!.Value, experiment.ShuffleLabels);
        Shape = new(operation.Size, operation.Classes, experiment.Width, experiment.Heads, experiment.HeadWidth!.Value, experiment.Hidden, experiment.Biases);
        _model = new(Shape, Training, team);
        Schedule = new(experiment.Steps, experiment.Record!, experiment.Checkpoints!);
    }

    /// <summary>What was asked for, with the choices that were left open made.</summary>
    public ModularExperiment Experiment { get; }

    /// <summary>What is learned.</summary>
    public OperationTable Operation { get; }

    /// <summary>The pairs trained on.</summary>
    public PairSet Training { get; }

    /// <summary>The others.</summary>
    public PairSet Test { get; }

    /// <summary>The model's sizes.</summary>
    public ModularShape Shape { get; }

    /// <summary>How long, and what is written down.</summary>
    public NetworkSchedule Schedule { get; }

    /// <summary>The model. It is not thread-safe.</summary>
    public ModularTransformer<float> Model => _model;

    /// <inheritdoc/>
    INetwork<float> INetworkCourse.Network => _model;

    /// <inheritdoc/>
    public IOptimizer Optimizer => Experiment.Optimizer switch
    {
        OptimizerKind.Adam => new Adam(Experiment.LearningRate, Experiment.Momentum ?? 0.9, Experiment.SecondDecay, WeightDecay: Experiment.WeightDecay),
        OptimizerKind.Muon => new Muon(Experiment.LearningRate, Experiment.Momentum ?? 0.95, Experiment.WeightDecay, Stacked: true),
        OptimizerKind.Gd => new GradientDescent(Experiment.LearningRate, Experiment.WeightDecay),
        _ => new Momentum(Experiment.LearningRate, Experiment.Momentum ?? 0.9, Experiment.WeightDecay),
    };

    /// <inheritdoc/>
    public IReadOnlyList<string> Columns { get; } = ["test_loss", "train_accuracy", "test_accuracy", "squared_norm"];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["model"] = "one-layer transformer of modular arithmetic, names and shapes of TransformerLens",
        ["operation"] = Operation.Name,
        ["d_model"] = $"{Shape.Width}",
        ["n_heads"] = $"{Shape.Heads}",
        ["d_head"] = $"{Shape.HeadWidth}",
        ["d_mlp"] = $"{Shape.Hidden}",
        ["act_fn"] = "relu",
    };

    /// <inheritdoc/>
    public IReadOnlyList<Result> Results => Operation.Order is null ? [] : [FourierAddition.Result];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => ModularExperiment.Keys.Write(Experiment);

    /// <inheritdoc/>
    public string Description
    {
        get
        {
            ModularExperiment e = Experiment;
            return $"{Operation.Name}{(e.ShuffleLabels ? ", labels shuffled" : "")}; {Text(Training.Count)} of {Text(Operation.Size * Operation.Size)} pairs; one layer, d_model {e.Width}, {e.Heads} heads of {e.HeadWidth}, d_mlp {e.Hidden}; "
                + $"{e.Optimizer.ToString().ToLowerInvariant()}, learning rate {e.LearningRate:R}, weight decay {e.WeightDecay:R}, full batch, {Text(e.Steps)} steps; seed {e.Seed}.";
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Announcements => [.. Announce()];

    /// <summary>Prepares an experiment.</summary>
    /// <param name="e">What was asked for.</param>
    /// <param name="team">Threads of the model; null takes the shared team.</param>
    /// <exception cref="InputException">A value is out of range, or the table is not what it should be.</exception>
    public static ModularStudy Prepare(ModularExperiment e, ThreadTeam? team = null) => InputException.Guard(() =>
    {
        Require(e.Width >= 1, $"--width must be at least 1, not {e.Width}.");
        Require(e.Heads >= 1, $"--heads must be at least 1, not {e.Heads}.");
        Require(e.HeadWidth is null or >= 1, $"--head-width must be at least 1, not {e.HeadWidth}.");
        Require(e.HeadWidth is not null || e.Width % e.Heads == 0, $"--width {e.Width} is not a multiple of --heads {e.Heads}: give --head-width.");
        Require(e.Hidden >= 1, $"--hidden must be at least 1, not {e.Hidden}.");
        Require(e.Init >= 0, $"--init must not be negative, not {e.Init:R}.");
        Require(e.LearningRate > 0, $"--learning-rate must be positive, not {e.LearningRate:R}.");
        Require(e.WeightDecay >= 0, $"--weight-decay must not be negative, not {e.WeightDecay:R}.");
        Require(e.Optimizer != OptimizerKind.Flow, "--optimizer flow is for regression, whose loss it follows exactly; here take adam, muon, gd or momentum.");
        Require(e.Momentum is null or (>= 0 and < 1), $"--momentum must be from 0 to below 1, not {e.Momentum:R}.");
        Require(e.SecondDecay is >= 0 and < 1, $"--second-decay must be from 0 to below 1, not {e.SecondDecay:R}.");
        Require(e.Steps is >= 1 and <= LargestSteps, $"--steps must be 1 to {LargestSteps:N0}, not {e.Steps}.");
        OperationTable operation = OperationFile.Read(e.Operation, e.Modulus);
        Require(e.TrainingFraction is > 0 and <= 1 && e.TrainingFraction * operation.Size * operation.Size >= 1,
            $"--training-fraction must be above 0 and at most 1 and leave a pair to train on, not {e.TrainingFraction:R}.");
        e = e with
        {
            Modulus = operation.Size,
            HeadWidth = e.HeadWidth ?? e.Width / e.Heads,
            DataSeed = e.DataSeed ?? e.Seed,
            InitSeed = e.InitSeed ?? e.Seed,
            Record = e.Record ?? new(false, (int)Math.Clamp(e.Steps / RecordedPoints, 1, int.MaxValue)),
            Checkpoints = e.Checkpoints ?? new(false, (int)Math.Clamp(e.Steps / KeptCheckpoints, 1, int.MaxValue)),
        };
        RequireMemory(e, operation);
        return new ModularStudy(e, operation, team);

        static void Require(bool condition, string message)
        {
            if (!condition)
                throw new InputException(message);
        }
    });

    /// <inheritdoc/>
    public float[] InitialWeights() => _model.Initialize(Experiment.Init, Experiment.InitSeed!.Value);

    /// <inheritdoc/>
    public double[] Measure(long step, ReadOnlySpan<float> weights)
    {
        (double loss, double accuracy) = _model.Test(weights, Training);
        (double testLoss, double testAccuracy) = _model.Test(weights, Test);
        return [loss, testLoss, accuracy, testAccuracy, Reductions.SumOfSquares(weights)];
    }

    /// <inheritdoc/>
    public bool IsChanging(IReadOnlyList<TrajectoryPoint> points)
    {
        if (points.Count < 2)
            return false;
        double[] now = points[^1].Strengths, before = points[Math.Max(0, points.Count - 1 - ChangePoints)].Strengths;
        return Math.Abs(now[1] - before[1]) > Change || Math.Abs(now[2] - before[2]) > Change;
    }

    /// <inheritdoc/>
    public Findings Predict() => throw new InputException(
        "There is no theory yet that predicts when this model groks: train it (staircase train --kind modular-addition), and see the measures that move before it does.");

    /// <inheritdoc/>
    public RunRecord Train(RunFolder folder, RunRecord? before, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var record = new RunRecord { Kind = ModularAdditionKind.KindName, Status = RunStatus.Running, Experiment = Settings };
        return new NetworkTrainer(this, Schedule, folder, record, before).Train(progress, cancellation);
    }

    /// <inheritdoc/>
    public Findings Compare(RunFolder folder) => ModularHistory.Read(this, folder).Findings();

    /// <inheritdoc/>
    public ReportSection Report(RunFolder folder, RunRecord record) => ModularHistory.Read(this, folder).Section(folder.Path, record);

    private static string Text(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static void RequireMemory(ModularExperiment e, OperationTable operation)
    {
        double n = operation.Size, pairs = n * n, weights = ((2 * n) + 4.0 * e.Heads * e.HeadWidth!.Value + 2.0 * e.Hidden) * e.Width;
        double numbers = 8 * weights + pairs * (3.0 * e.Heads * 2 + e.Width + e.Hidden + n);
        if (numbers * sizeof(float) > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes || pairs * Math.Max(Math.Max(e.Hidden, n), e.Width) > Array.MaxLength)
            throw new InputException($"The experiment is too large: {pairs:N0} pairs with {e.Hidden} hidden units (--modulus, --hidden, --width) would be {numbers:G3} numbers.");
    }

    private IEnumerable<string> Announce()
    {
        if (Test.Count == 0)
            yield return "All pairs are trained on (--training-fraction 1): there are none to test, and no generalization to see.";
        if (Operation.Order is null)
            yield return $"{Operation.Name} is not known to be an addition on a circle: the Fourier measures are left out.";
    }
}
