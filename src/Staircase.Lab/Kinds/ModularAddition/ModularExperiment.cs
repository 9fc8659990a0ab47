namespace Staircase.Lab;

/// <summary>
/// What to run on a binary operation, as data. Defaults are the setting of Nanda et al. 2023 and of Mainali, Teixeira 2025, Fig. 3B and 7.
/// </summary>
public sealed record ModularExperiment : TransformerExperiment
{
    /// <summary>The published setting.</summary>
    public ModularExperiment()
    {
        (Width, Hidden, Init, LearningRate, WeightDecay, SecondDecay) = (128, 512, 1, 1e-3, 1, 0.98);
        (Steps, Seed) = (25_000, 0);
    }

    /// <summary>The kind.</summary>
    public static ExperimentKind Type { get; } = new(new ModularExperiment(), Keys())
    {
        Name = "modular-addition",
        Describes = "a one-layer transformer learns a binary operation such as a + b mod p: memorization, circuit formation, clean-up",
        Example = "staircase train --kind modular-addition --modulus 59 --width 64 --hidden 256 --learning-rate 5e-3 --steps 2000",
        EndKeys = ["steps"],
    };

    /// <inheritdoc/>
    public override ExperimentKind Kind => Type;

    /// <summary>The operation: a name, or a file with its table.</summary>
    public string Operation { get; init; } = "addition";

    /// <summary>p; null is 113, or the size of the table.</summary>
    public int? Modulus { get; init; }

    /// <summary>The share of all pairs that is trained on.</summary>
    public double TrainingFraction { get; init; } = 0.3;

    /// <summary>Whether the results of the training pairs are shuffled.</summary>
    public bool ShuffleLabels { get; init; }

    /// <summary>Which parts have biases.</summary>
    public ModularBiases Biases { get; init; } = ModularBiases.Mlp;

    /// <inheritdoc/>
    protected override Study Resolve(IProgress<double>? progress, CancellationToken cancellation) =>
        ModularStudy.Of((ModularExperiment)Completed());

    private static IReadOnlyList<ExperimentKey> Keys()
    {
        KeyTable<ModularExperiment> task = new("task"), model = new("model"), training = new(Training);
        return
        [
            task.Text("operation", "addition|subtraction|multiplication|FILE.csv",
                "what is learned: an operation mod p, or a table of one's own, n rows of n results from 0",
                (e, v) => e with { Operation = v }, e => e.Operation),
            task.Integer("modulus", "P", "p, prime or not", new(2, OperationFile.LargestModulus),
                (e, v) => e with { Modulus = v }, e => e.Modulus, "113; a table has its own"),
            task.Real("training-fraction", "F", "share of all pairs that is trained on; the others test", new(0, 1, IsOpen: true),
                (e, v) => e with { TrainingFraction = v }, e => e.TrainingFraction),
            task.Switch("shuffle-labels", "a control: shuffle the results of the training pairs, which leaves only the pairs to be learned",
                (e, v) => e with { ShuffleLabels = v }, e => e.ShuffleLabels),
            .. SizeKeys(model, Range.AtLeastOne, "d_mlp, hidden units"),
            model.Choice<ModularBiases>("biases", "which parts have biases: none, the MLP as published, or all",
                (e, v) => e with { Biases = v }, e => e.Biases),
            .. TrainingKeys(training, "size of the initial weights over the published one"),
            .. training.RecordingAndSeeds("step", "1,000 of them", "100, five times as dense in a transition"),
        ];
    }
}
