namespace Staircase.Lab;

/// <summary>
/// What to run on sequences of tokens, as data. Defaults are the published setting of in-context Markov chains (Edelman et al. 2024;
/// Mainali, Teixeira 2025, Fig. 5, 6).
/// </summary>
public sealed record TokenExperiment : TransformerExperiment
{
    /// <summary>The published setting. Matrices begin with PyTorch's usual size, 1/√3.</summary>
    public TokenExperiment()
    {
        (Width, Init, LearningRate, WeightDecay, SecondDecay) = (32, 0.577, 5e-4, 0.1, 0.95);
        (Steps, Record, Checkpoints, Seed) = (2000, Schedule.PerDecade(30), Schedule.PerDecade(6), 1);
    }

    /// <summary>The kind.</summary>
    public static ExperimentKind Type { get; } = new(new TokenExperiment(), Keys())
    {
        Name = "attention-only",
        Describes = "an attention-only transformer learns in context: Markov chains, repeated tokens, trigger bigrams, "
            + "or a text of your own",
        Example = "staircase train --kind attention-only --context 64 --batch 32 --learning-rate 1e-3 --steps 1500",
        EndKeys = ["steps"],
    };

    /// <inheritdoc/>
    public override ExperimentKind Kind => Type;

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
    protected override Study Resolve(IProgress<double>? progress, CancellationToken cancellation)
    {
        TokenTaskKind task = Task ?? (Text is null ? TokenTaskKind.Markov : TokenTaskKind.Text);
        bool isText = task == TokenTaskKind.Text;
        int early = Early ?? Max(1, Context / 10), late = Late ?? Context;
        Require(!isText || Text is not null, "‹task› text needs a file: ‹text› FILE.");
        Require(isText || Text is null, $"‹text› goes with ‹task› text, not with {Word(task)}.");
        Require(!isText || Vocabulary is null, "‹vocabulary› is not for text, which has its own: ‹tokens› bpe:V chooses its size.");
        Require(
            late > early && late <= Context,
            $"‹early› and ‹late› are two tokens of the {Context}, the early one first; found {early} and {late}.");
        return new TokenStudy((TokenExperiment)Completed() with
        {
            Task = task,
            Vocabulary = isText ? null : Vocabulary ?? (task == TokenTaskKind.Markov ? 3 : 64),
            Early = early,
            Late = late,
        });
    }

    private static IReadOnlyList<ExperimentKey> Keys()
    {
        KeyTable<TokenExperiment> task = new("task"), model = new("model"), training = new(Training);
        return
        [
            task.Choice<TokenTaskKind>("task", "what sequences are made of", (e, v) => e with { Task = v }, e => e.Task,
                "markov; text where there is one"),
            task.Text("text", "FILE", "a UTF-8 text to learn", (e, v) => e with { Text = v }, e => e.Text),
            task.Text("tokens", "characters|bpe:V", "of a text: its characters, or V byte-pair tokens",
                (e, v) => e with { Tokens = v }, e => e.Tokens),
            task.Real("validation", "F", "part of a text, at its end, that is kept for validation", null,
                (e, v) => e with { Validation = v }, e => e.Validation),
            task.Integer("vocabulary", "K", "different tokens; a text has its own", null,
                (e, v) => e with { Vocabulary = v }, e => e.Vocabulary, "3 states, 64 tokens"),
            task.Integer("order", "M", "tokens that the next one of a chain depends on", null,
                (e, v) => e with { Order = v }, e => e.Order),
            task.Real("concentration", "α", "of the Dirichlet prior of a chain's rows, or of the language's", null,
                (e, v) => e with { Concentration = v }, e => e.Concentration),
            task.Integer("triggers", "N", "trigger tokens", null, (e, v) => e with { Triggers = v }, e => e.Triggers),
            task.Integer("context", "N", "tokens of a sequence", new(2), (e, v) => e with { Context = v }, e => e.Context),
            model.Integer("layers", "L", "layers", Range.AtLeastOne, (e, v) => e with { Layers = v }, e => e.Layers),
            .. SizeKeys(model, Range.NotNegative, "d_mlp of an MLP block after each attention; 0 is attention-only"),
            model.Choice<PositionKind>("positions", "learned vectors of positions, or of offsets",
                (e, v) => e with { Positions = v }, e => e.Positions),
            model.Switch("norm", "layer normalizations before every block and before the unembedding",
                (e, v) => e with { Norm = v }, e => e.Norm),
            .. TrainingKeys(
                training, "of the initial weights: embeddings; matrices over √(numbers read)"),
            training.Integer("batch", "B", "fresh sequences of a step", Range.AtLeastOne, (e, v) => e with { Batch = v }, e => e.Batch),
            training.Integer("early", "N",
                "in-context score: loss up to late minus loss from early on", Range.AtLeastOne,
                (e, v) => e with { Early = v }, e => e.Early, "a tenth of the context"),
            training.Integer("late", "N", "see early", null, (e, v) => e with { Late = v }, e => e.Late, "the last token"),
            .. training.RecordingAndSeeds("step"),
        ];
    }
}
