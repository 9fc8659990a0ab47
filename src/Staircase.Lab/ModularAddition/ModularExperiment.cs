using Staircase.Transformers;
using static Staircase.Lab.KeyTable;

namespace Staircase.Lab;

/// <summary>What to run on a binary operation, as data. Defaults are the setting of Nanda et al. 2023 and of Mainali, Teixeira 2025, Fig. 3B and 7.</summary>
public sealed record ModularExperiment : IExperiment
{
    /// <summary>Every key, in the order of the help page.</summary>
    public static IReadOnlyList<ExperimentKey<ModularExperiment>> Keys { get; } =
    [
        new("operation", "addition|subtraction|multiplication|FILE.csv", "what is learned: an operation mod p, or a table of one's own, n rows of n results from 0", (e, v) => e with { Operation = v }, e => e.Operation),
        Integer<ModularExperiment>("modulus", "P", "p, prime or not (default: 113; a table has its own size)", (e, v) => e with { Modulus = v }, e => e.Modulus),
        Real<ModularExperiment>("training-fraction", "F", "share of all pairs that is trained on; the others test", (e, v) => e with { TrainingFraction = v }, e => e.TrainingFraction),
        Switch<ModularExperiment>("shuffle-labels", "a control: shuffle the results of the training pairs, which leaves only the pairs to be learned", (e, v) => e with { ShuffleLabels = v }, e => e.ShuffleLabels),
        Integer<ModularExperiment>("width", "D", "d_model, width of the residual stream", (e, v) => e with { Width = v }, e => e.Width),
        Integer<ModularExperiment>("heads", "H", "attention heads", (e, v) => e with { Heads = v }, e => e.Heads),
        Integer<ModularExperiment>("head-width", "D", "d_head (default: width over heads)", (e, v) => e with { HeadWidth = v }, e => e.HeadWidth),
        Integer<ModularExperiment>("hidden", "D", "d_mlp, hidden units", (e, v) => e with { Hidden = v }, e => e.Hidden),
        Choice<ModularExperiment, ModularBiases>("biases", "which parts have biases: none, the MLP as published, or all", (e, v) => e with { Biases = v }, e => e.Biases),
        Real<ModularExperiment>("init", "SCALE", "size of the initial weights over the published one", (e, v) => e with { Init = v }, e => e.Init),
        Choice<ModularExperiment, OptimizerKind>("optimizer", "full batch: adam (with weight decay AdamW), muon, gd or momentum", (e, v) => e with { Optimizer = v }, e => e.Optimizer),
        Real<ModularExperiment>("learning-rate", "η", "learning rate", (e, v) => e with { LearningRate = v }, e => e.LearningRate),
        Real<ModularExperiment>("weight-decay", "λ", "weight decay, apart from the gradient", (e, v) => e with { WeightDecay = v }, e => e.WeightDecay),
        Real<ModularExperiment>("momentum", "μ", "β₁ of adam (0.9), momentum of muon (0.95) and momentum (0.9)", (e, v) => e with { Momentum = v }, e => e.Momentum),
        Real<ModularExperiment>("second-decay", "β₂", "decay of adam's second moment", (e, v) => e with { SecondDecay = v }, e => e.SecondDecay),
        new("steps", "T", "the last step; each sees all training pairs", (e, v) => e with { Steps = WholeNumber("steps", v) }, e => e.Steps.ToString()),
        new("record", "every:K|log:K", "which steps are measured (default: a thousand)", (e, v) => e with { Record = RecordSchedule.Parse(v) }, e => e.Record?.ToString()),
        new("checkpoints", "every:K|log:K", "which steps are kept as checkpoints, and five times as many within a transition (default: a hundred)", (e, v) => e with { Checkpoints = RecordSchedule.Parse(v) }, e => e.Checkpoints?.ToString()),
        Seed<ModularExperiment>("seed", "where all random numbers come from", (e, v) => e with { Seed = v }, e => e.Seed),
        Seed<ModularExperiment>("data-seed", "varies the choice of training pairs alone", (e, v) => e with { DataSeed = v }, e => e.DataSeed),
        Seed<ModularExperiment>("init-seed", "varies the initial weights alone", (e, v) => e with { InitSeed = v }, e => e.InitSeed),
    ];

    /// <summary>The operation: a name, or a file with its table.</summary>
    public string Operation { get; init; } = "addition";

    /// <summary>p; null is 113, or the size of the table.</summary>
    public int? Modulus { get; init; }

    /// <summary>The share of all pairs that is trained on.</summary>
    public double TrainingFraction { get; init; } = 0.3;

    /// <summary>Whether the results of the training pairs are shuffled.</summary>
    public bool ShuffleLabels { get; init; }

    /// <summary>d_model.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>d_head; null is width over heads.</summary>
    public int? HeadWidth { get; init; }

    /// <summary>d_mlp.</summary>
    public int Hidden { get; init; } = 512;

    /// <summary>Which parts have biases.</summary>
    public ModularBiases Biases { get; init; } = ModularBiases.Mlp;

    /// <summary>The size of the initial weights over the published one.</summary>
    public double Init { get; init; } = 1;

    /// <summary>How to train.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>η.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>λ.</summary>
    public double WeightDecay { get; init; } = 1;

    /// <summary>β₁ or μ; null is the optimizer's usual one.</summary>
    public double? Momentum { get; init; }

    /// <summary>β₂ of Adam.</summary>
    public double SecondDecay { get; init; } = 0.98;

    /// <summary>The last step.</summary>
    public long Steps { get; init; } = 25_000;

    /// <summary>Which steps are measured; null takes about a thousand.</summary>
    public RecordSchedule? Record { get; init; }

    /// <summary>Which steps are kept; null takes about a hundred.</summary>
    public RecordSchedule? Checkpoints { get; init; }

    /// <summary>Where all random numbers come from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Varies the training pairs alone.</summary>
    public ulong? DataSeed { get; init; }

    /// <summary>Varies the initial weights alone.</summary>
    public ulong? InitSeed { get; init; }

    /// <inheritdoc/>
    IExperimentKind IExperiment.Kind => ExperimentKinds.Others.First(kind => kind.Name == ModularAdditionKind.KindName);

    /// <inheritdoc/>
    IExperiment IExperiment.With(string key, string value) => Keys.First(known => known.Name == key).Set(this, value);

    /// <inheritdoc/>
    IStudy IExperiment.Prepare() => ModularStudy.Prepare(this);
}
