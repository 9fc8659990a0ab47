using Staircase.Transformers;
using static Staircase.Lab.KeyTable;

namespace Staircase.Lab;

/// <summary>What to run on sequences of tokens, as data. Defaults are the published setting of in-context Markov chains (Edelman et al. 2024; Mainali, Teixeira 2025, Fig. 5, 6).</summary>
public sealed record AttentionExperiment : NetworkExperiment, IExperiment
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
        Integer<AttentionExperiment>("hidden", "D", "d_mlp of an MLP block after each attention; 0 is attention-only", (e, v) => e with { Hidden = v }, e => e.Hidden),
        Choice<AttentionExperiment, PositionKind>("positions", "learned: a vector a position, or a vector an offset in the keys", (e, v) => e with { Positions = v }, e => e.Positions),
        Switch<AttentionExperiment>("norm", "layer normalizations before every block and before the unembedding", (e, v) => e with { Norm = v }, e => e.Norm),
        Real<AttentionExperiment>("init", "SCALE", "size of the initial weights: embeddings SCALE, matrices SCALE over the root of the numbers they read", (e, v) => e with { Init = v }, e => e.Init),
        Integer<AttentionExperiment>("batch", "B", "fresh sequences of a step", (e, v) => e with { Batch = v }, e => e.Batch),
        Integer<AttentionExperiment>("early", "N", "the in-context score is the loss up to the late token minus the loss from the early token on (default: a tenth of the context)", (e, v) => e with { Early = v }, e => e.Early),
        Integer<AttentionExperiment>("late", "N", "see early (default: the last token)", (e, v) => e with { Late = v }, e => e.Late),
        new("record", "every:K|log:K", "which steps are measured", (e, v) => e with { Record = RecordSchedule.Parse(v) }, e => e.Record?.ToString()),
        new("checkpoints", "every:K|log:K", "which steps are kept as checkpoints, and five times as many within a transition", (e, v) => e with { Checkpoints = RecordSchedule.Parse(v) }, e => e.Checkpoints?.ToString()),
        .. NetworkExperiment.SharedKeys<AttentionExperiment>(),
    ];

    /// <summary>The published setting. Matrices begin with PyTorch's usual size, 1/√3.</summary>
    public AttentionExperiment()
    {
        (Width, Init, LearningRate, WeightDecay, SecondDecay) = (32, 0.577, 5e-4, 0.1, 0.95);
        (Steps, Record, Checkpoints, Seed) = (2000, new(true, 30), new(true, 6), 1);
    }

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

    /// <summary>How positions enter.</summary>
    public PositionKind Positions { get; init; } = PositionKind.Relative;

    /// <summary>Whether there are layer normalizations.</summary>
    public bool Norm { get; init; }

    /// <summary>Sequences of a step.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>The early token of the in-context score, from 1; null is a tenth of the context.</summary>
    public int? Early { get; init; }

    /// <summary>The late token; null is the last.</summary>
    public int? Late { get; init; }

    /// <inheritdoc/>
    IExperimentKind IExperiment.Kind => ExperimentKinds.Others.First(kind => kind.Name == AttentionOnlyKind.KindName);

    /// <inheritdoc/>
    IExperiment IExperiment.With(string key, string value) => Keys.First(known => known.Name == key).Set(this, value);

    /// <inheritdoc/>
    IStudy IExperiment.Prepare() => AttentionStudy.Prepare(this);
}
