namespace Staircase.Lab;

/// <summary>An experiment on a binary operation with its pairs and the sizes of its model.</summary>
internal sealed class ModularStudy : Study<ModularExperiment>
{
    private const int RecordedSteps = 1000, KeptCheckpoints = 100;

    private ModularStudy(ModularExperiment experiment, OperationTable operation)
        : base(experiment)
    {
        Operation = operation;
        (Training, Test) = PairSet.Split(operation, experiment.TrainingFraction, experiment.DataSeed!.Value, experiment.ShuffleLabels);
        Shape = new(
            operation.Size, operation.Classes, experiment.Width, experiment.Heads, experiment.HeadWidth!.Value, experiment.Hidden,
            experiment.Biases);
    }

    /// <summary>What is learned.</summary>
    public OperationTable Operation { get; }

    /// <summary>The pairs trained on.</summary>
    public PairSet Training { get; }

    /// <summary>The others.</summary>
    public PairSet Test { get; }

    /// <summary>The model's sizes.</summary>
    public ModularShape Shape { get; }

    public override IReadOnlyList<Result> Results => Operation.Order is null ? [] : [FourierAddition.Result];

    public override string Description
    {
        get
        {
            ModularExperiment e = Experiment;
            return $"{Operation.Name}{(e.ShuffleLabels ? ", labels shuffled" : "")}; "
                + $"{Whole(Training.Count)} of {Whole(Operation.Size * Operation.Size)} pairs; "
                + $"one layer, d_model {e.Width}, {e.Heads} heads of {e.HeadWidth}, d_mlp {e.Hidden}; "
                + e.Trained($"full batch, {Whole(e.Steps)} steps");
        }
    }

    public override IReadOnlyList<string> Announcements => [.. Announce()];

    public override Findings Predict(bool check = true, CancellationToken cancellation = default) => throw new InputException(
        "There is no theory yet that predicts when this model groks: train it (staircase train --kind modular-addition), "
        + "and see the measures that move before it does.");

    public override ITraining Begin()
    {
        ModularTransformer<float> model = NewModel();
        return Experiment.Train(
            model, Experiment.Fork?.Weights<float>(Shape.Layout()) ?? model.Initialize(Experiment.Init, Experiment.InitSeed!.Value),
            new ModularMeasurement(model, Training, Test),
            new Dictionary<string, string>(Experiment.Sizes)
            {
                ["model"] = "one-layer transformer of modular arithmetic, names and shapes of TransformerLens",
                ["operation"] = Operation.Name,
                ["act_fn"] = "relu",
            });
    }

    public override string? Awaited(Trajectory soFar) => soFar.Count == 0 ? null
        : Test.Count > 0 ? $"test accuracy {Percent(soFar["test_accuracy"][^1])}"
        : $"train accuracy {Percent(soFar["train_accuracy"][^1])}";

    public override RunView View(Run run) => new ModularFindings(run);

    /// <summary>Resolves an experiment.</summary>
    /// <param name="e">With what every transformer resolves.</param>
    /// <exception cref="InputException">The table is not what it should be, or choices do not go together.</exception>
    internal static ModularStudy Of(ModularExperiment e)
    {
        OperationTable operation = OperationFile.Read(e.Operation, e.Modulus);
        Require(
            e.TrainingFraction * operation.Size * operation.Size >= 1,
            $"‹training-fraction› must leave a pair to train on, not {AllDigits(e.TrainingFraction)}.");
        RequireMemory(e, operation);
        TrainingPlan plan = TrainingPlan.Of(e, e.Steps, RecordedSteps, KeptCheckpoints);
        return new(e with { Modulus = operation.Size, Record = plan.Rows, Checkpoints = plan.Checkpoints }, operation);
    }

    /// <summary>A model of these sizes; not thread-safe.</summary>
    internal ModularTransformer<float> NewModel() => new(Shape, Training);

    private static void RequireMemory(ModularExperiment e, OperationTable operation)
    {
        double n = operation.Size, pairs = n * n, heads = e.Heads, widest = Max(Max(e.Hidden, n), e.Width);
        double weights = (2 * n + 4 * heads * e.HeadWidth!.Value + 2.0 * e.Hidden) * e.Width;
        double numbers = 8 * weights + pairs * (6 * heads + e.Width + e.Hidden + n);
        Require(
            numbers * sizeof(float) <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes && pairs * widest <= Array.MaxLength,
            $"The experiment is too large: {pairs:N0} pairs with {e.Hidden} hidden units (‹modulus›, ‹hidden›, ‹width›) "
            + $"would be {Number(numbers, digits: 3)} numbers.");
    }

    private IEnumerable<string> Announce()
    {
        if (Test.Count == 0)
            yield return "All pairs are trained on (training-fraction 1): there are none to test, and no generalization to see.";
        if (Operation.Order is null)
            yield return $"{Operation.Name} is not known to be an addition on a circle: the Fourier measures are left out.";
    }
}
