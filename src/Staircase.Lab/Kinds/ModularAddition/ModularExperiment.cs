using Staircase.Transformers;
using static Staircase.Lab.KeyTable;

namespace Staircase.Lab;

/// <summary>What to run on a binary operation, as data. Defaults are the setting of Nanda et al. 2023 and of Mainali, Teixeira 2025, Fig. 3B and 7.</summary>
public sealed record ModularExperiment : NetworkExperiment, IExperiment
{
    /// <summary>Every key, in the order of the help page.</summary>
    public static IReadOnlyList<ExperimentKey<ModularExperiment>> Keys { get; } =
    [
        new("operation", "addition|subtraction|multiplication|FILE.csv", "what is learned: an operation mod p, or a table of one's own, n rows of n results from 0", (e, v) => e with { Operation = v }, e => e.Operation),
        Integer<ModularExperiment>("modulus", "P", "p, prime or not (default: 113; a table has its own size)", (e, v) => e with { Modulus = v }, e => e.Modulus),
        Real<ModularExperiment>("training-fraction", "F", "share of all pairs that is trained on; the others test", (e, v) => e with { TrainingFraction = v }, e => e.TrainingFraction),
        Switch<ModularExperiment>("shuffle-labels", "a control: shuffle the results of the training pairs, which leaves only the pairs to be learned", (e, v) => e with { ShuffleLabels = v }, e => e.ShuffleLabels),
        Integer<ModularExperiment>("hidden", "D", "d_mlp, hidden units", (e, v) => e with { Hidden = v }, e => e.Hidden),
        Choice<ModularExperiment, ModularBiases>("biases", "which parts have biases: none, the MLP as published, or all", (e, v) => e with { Biases = v }, e => e.Biases),
        Real<ModularExperiment>("init", "SCALE", "size of the initial weights over the published one", (e, v) => e with { Init = v }, e => e.Init),
        new("record", "every:K|log:K", "which steps are measured (default: a thousand)", (e, v) => e with { Record = RecordSchedule.Parse(v) }, e => e.Record?.ToString()),
        new("checkpoints", "every:K|log:K", "which steps are kept as checkpoints, and five times as many within a transition (default: a hundred)", (e, v) => e with { Checkpoints = RecordSchedule.Parse(v) }, e => e.Checkpoints?.ToString()),
        .. NetworkExperiment.SharedKeys<ModularExperiment>(),
    ];

    /// <summary>The published setting.</summary>
    public ModularExperiment()
    {
        (Width, Hidden, Init, LearningRate, WeightDecay, SecondDecay) = (128, 512, 1, 1e-3, 1, 0.98);
        Steps = 25_000;
    }

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
    IExperimentKind IExperiment.Kind => ExperimentKinds.Others.First(kind => kind.Name == ModularAdditionKind.KindName);

    /// <inheritdoc/>
    IExperiment IExperiment.With(string key, string value) => Keys.First(known => known.Name == key).Set(this, value);

    /// <inheritdoc/>
    IStudy IExperiment.Prepare() => ModularStudy.Prepare(this);
}
