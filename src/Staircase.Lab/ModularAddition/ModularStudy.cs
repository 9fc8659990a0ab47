using System.Globalization;
using Staircase.Kernels;
using Staircase.Transformers;
using static Staircase.Lab.InputException;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>An experiment on a binary operation with its pairs and its model: what is trained, and what is measured on the way.</summary>
public sealed class ModularStudy : IStudy, INetworkCourse
{
    private const int RecordedPoints = 1000, KeptCheckpoints = 100;

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
    public IOptimizer Optimizer => Experiment.CreateOptimizer();

    /// <inheritdoc/>
    public IReadOnlyList<string> Columns { get; } = ["test_loss", "train_accuracy", "test_accuracy", "squared_norm"];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["model"] = "one-layer transformer of modular arithmetic, names and shapes of TransformerLens",
        ["operation"] = Operation.Name,
        ["d_model"] = $"{Shape.ModelDimension}",
        ["n_heads"] = $"{Shape.Heads}",
        ["d_head"] = $"{Shape.HeadDimension}",
        ["d_mlp"] = $"{Shape.MlpDimension}",
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
            return $"{Operation.Name}{(e.ShuffleLabels ? ", labels shuffled" : "")}; {Whole(Training.Count)} of {Whole(Operation.Size * Operation.Size)} pairs; one layer, d_model {e.Width}, {e.Heads} heads of {e.HeadWidth}, d_mlp {e.Hidden}; "
                + $"{e.Optimizer.ToString().ToLowerInvariant()}, learning rate {e.LearningRate:R}, weight decay {e.WeightDecay:R}, full batch, {Whole(e.Steps)} steps; seed {e.Seed}.";
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
        e = NetworkExperiment.Complete(e, leastHidden: 1);
        OperationTable operation = OperationFile.Read(e.Operation, e.Modulus);
        Require(e.TrainingFraction is > 0 and <= 1 && e.TrainingFraction * operation.Size * operation.Size >= 1,
            $"--training-fraction must be above 0 and at most 1 and leave a pair to train on, not {e.TrainingFraction:R}.");
        e = e with
        {
            Modulus = operation.Size,
            Record = e.Record ?? new(false, (int)Math.Clamp(e.Steps / RecordedPoints, 1, int.MaxValue)),
            Checkpoints = e.Checkpoints ?? new(false, (int)Math.Clamp(e.Steps / KeptCheckpoints, 1, int.MaxValue)),
        };
        RequireMemory(e, operation);
        return new ModularStudy(e, operation, team);
    });

    /// <inheritdoc/>
    public float[] InitialWeights() => _model.Initialize(Experiment.Init, Experiment.InitSeed!.Value);

    /// <inheritdoc/>
    public double[] Measure(long step, ReadOnlySpan<float> weights)
    {
        (double loss, double accuracy) = _model.Test(weights, Training);
        (double testLoss, double testAccuracy) = _model.Test(weights, Test);
        return [loss, testLoss, accuracy, testAccuracy, VectorKernels.SumOfSquares(weights)];
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
