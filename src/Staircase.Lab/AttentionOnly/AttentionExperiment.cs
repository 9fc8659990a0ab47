using Staircase.Transformers;
using static Staircase.Lab.KeyTable;

namespace Staircase.Lab;

/// <summary>What to run on sequences of tokens, as data. Defaults are the published setting of in-context Markov chains (Edelman et al. 2024; Mainali, Teixeira 2025, Fig. 5, 6).</summary>
public sealed record AttentionExperiment : IExperiment
{
    /// <summary>Every key, in the order of the help page.</summary>
    public static IReadOnlyList<ExperimentKey<AttentionExperiment>> Keys { get; } =
    [
        Choice<AttentionExperiment, TokenTaskKind>("task", "what sequences are made of (default: markov, or text where there is one)", (e, v) => e with { Task = v }, e => e.Task),
        new("text", "FILE", "a UTF-8 text to learn", (e, v) => e with { Text = v }, e => e.Text),
        new("tokens", "characters|bpe:V", "tokens of a text: its characters, or V byte-pair tokens learned from it", (e, v) => e with { Tokens = v }, e => e.Tokens),
        Real<AttentionExperiment>("validation", "F", "part of a text, at its end, that is kept for validation", (e, v) => e with { Validation = v }, e => e.Validation),
        Integer<AttentionExperiment>("vocabulary", "K", "states of a chain (default: 3), or different tokens (default: 64); a text has its own", (e, v) => e with { Vocabulary = v }, e => e.Vocabulary),
        Integer<AttentionExperiment>("order", "M", "tokens that the next one of a chain depends on", (e, v) => e with { Order = v }, e => e.Order),
        Real<AttentionExperiment>("concentration", "α", "of the Dirichlet prior of a chain's rows, or of the language's", (e, v) => e with { Concentration = v }, e => e.Concentration),
        Integer<AttentionExperiment>("triggers", "N", "trigger tokens", (e, v) => e with { Triggers = v }, e => e.Triggers),
        Integer<AttentionExperiment>("context", "N", "tokens of a sequence", (e, v) => e with { Context = v }, e => e.Context),
        Integer<AttentionExperiment>("layers", "L", "layers", (e, v) => e with { Layers = v }, e => e.Layers),
        Integer<AttentionExperiment>("heads", "H", "attention heads of a layer", (e, v) => e with { Heads = v }, e => e.Heads),
        Integer<AttentionExperiment>("width", "D", "d_model, width of the residual stream", (e, v) => e with { Width = v }, e => e.Width),
        Integer<AttentionExperiment>("head-width", "D", "d_head (default: width over heads)", (e, v) => e with { HeadWidth = v }, e => e.HeadWidth),
        Integer<AttentionExperiment>("hidden", "D", "d_mlp of an MLP block after each attention; 0 is attention-only", (e, v) => e with { Hidden = v }, e => e.Hidden),
        Choice<AttentionExperiment, PositionKind>("positions", "learned: a vector a position, or a vector an offset in the keys", (e, v) => e with { Positions = v }, e => e.Positions),
        Switch<AttentionExperiment>("norm", "layer normalizations before every block and before the unembedding", (e, v) => e with { Norm = v }, e => e.Norm),
        Real<AttentionExperiment>("init", "SCALE", "size of the initial weights: embeddings SCALE, matrices SCALE over the root of the numbers they read", (e, v) => e with { Init = v }, e => e.Init),
        Choice<AttentionExperiment, OptimizerKind>("optimizer", "adam (with weight decay AdamW), muon, gd or momentum", (e, v) => e with { Optimizer = v }, e => e.Optimizer),
        Real<AttentionExperiment>("learning-rate", "η", "learning rate", (e, v) => e with { LearningRate = v }, e => e.LearningRate),
        Real<AttentionExperiment>("weight-decay", "λ", "weight decay, apart from the gradient", (e, v) => e with { WeightDecay = v }, e => e.WeightDecay),
        Real<AttentionExperiment>("momentum", "μ", "β₁ of adam (0.9), momentum of muon (0.95) and momentum (0.9)", (e, v) => e with { Momentum = v }, e => e.Momentum),
        Real<AttentionExperiment>("second-decay", "β₂", "decay of adam's second moment", (e, v) => e with { SecondDecay = v }, e => e.SecondDecay),
        Integer<AttentionExperiment>("batch", "B", "fresh sequences of a step", (e, v) => e with { Batch = v }, e => e.Batch),
        new("steps", "T", "the last step", (e, v) => e with { Steps = WholeNumber("steps", v) }, e => e.Steps.ToString()),
        Integer<AttentionExperiment>("early", "N", "the in-context score is the loss up to the late token minus the loss from the early token on (default: a tenth of the context)", (e, v) => e with { Early = v }, e => e.Early),
        Integer<AttentionExperiment>("late", "N", "see early (default: the last token)", (e, v) => e with { Late = v }, e => e.Late),
        new("record", "every:K|log:K", "which steps are measured", (e, v) => e with { Record = RecordSchedule.Parse(v) }, e => e.Record.ToString()),
        new("checkpoints", "every:K|log:K", "which steps are kept as checkpoints, and five times as many within a transition", (e, v) => e with { Checkpoints = RecordSchedule.Parse(v) }, e => e.Checkpoints.ToString()),
        Seed<AttentionExperiment>("seed", "where all random numbers come from", (e, v) => e with { Seed = v }, e => e.Seed),
        Seed<AttentionExperiment>("data-seed", "varies the sequences alone", (e, v) => e with { DataSeed = v }, e => e.DataSeed),
        Seed<AttentionExperiment>("init-seed", "varies the initial weights alone", (e, v) => e with { InitSeed = v }, e => e.InitSeed),
    ];

    /// <summary>What sequences are made of; null is text where there is one, and else chains.</summary>
    public TokenTaskKind? Task { get; init; }

    /// <summary>The file of a text.</summary>
    public string? Text { get; init; }

    /// <summary>How a text becomes tokens.</summary>
    public string Tokens { get; init; } = "characters";

    /// <summary>The part of a text for validation.</summary>
    public double Validation { get; init; } = 0.1;

    /// <summary>Different tokens; null is 3 states, 64 tokens, or those of the text.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Order of a chain.</summary>
    public int Order { get; init; } = 1;

    /// <summary>α.</summary>
    public double Concentration { get; init; } = 1;

    /// <summary>Trigger tokens.</summary>
    public int Triggers { get; init; } = 5;

    /// <summary>Tokens of a sequence.</summary>
    public int Context { get; init; } = 100;

    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Heads of a layer.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>d_model.</summary>
    public int Width { get; init; } = 32;

    /// <summary>d_head; null is width over heads.</summary>
    public int? HeadWidth { get; init; }

    /// <summary>d_mlp; 0 for none.</summary>
    public int Hidden { get; init; }

    /// <summary>How positions enter.</summary>
    public PositionKind Positions { get; init; } = PositionKind.Relative;

    /// <summary>Whether there are layer normalizations.</summary>
    public bool Norm { get; init; }

    /// <summary>The size of the initial weights. The default is PyTorch's usual one for matrices, 1/√3.</summary>
    public double Init { get; init; } = 0.577;

    /// <summary>How to train.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>η.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>λ.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>β₁ or μ; null is the optimizer's usual one.</summary>
    public double? Momentum { get; init; }

    /// <summary>β₂ of Adam.</summary>
    public double SecondDecay { get; init; } = 0.95;

    /// <summary>Sequences of a step.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>The last step.</summary>
    public long Steps { get; init; } = 2000;

    /// <summary>The early token of the in-context score, from 1; null is a tenth of the context.</summary>
    public int? Early { get; init; }

    /// <summary>The late token; null is the last.</summary>
    public int? Late { get; init; }

    /// <summary>Which steps are measured.</summary>
    public RecordSchedule Record { get; init; } = new(true, 30);

    /// <summary>Which steps are kept.</summary>
    public RecordSchedule Checkpoints { get; init; } = new(true, 6);

    /// <summary>Where all random numbers come from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Varies the sequences alone.</summary>
    public ulong? DataSeed { get; init; }

    /// <summary>Varies the initial weights alone.</summary>
    public ulong? InitSeed { get; init; }

    /// <inheritdoc/>
    IExperimentKind IExperiment.Kind => ExperimentKinds.Others.First(kind => kind.Name == AttentionOnlyKind.KindName);

    /// <inheritdoc/>
    IExperiment IExperiment.With(string key, string value) => Keys.First(known => known.Name == key).Set(this, value);

    /// <inheritdoc/>
    IStudy IExperiment.Prepare() => AttentionStudy.Prepare(this);
}
