namespace Staircase.Lab;

/// <summary>In-context learning on sequences of tokens: attention-only transformers, or small GPTs, on Markov chains, repeated tokens, trigger bigrams and text.</summary>
internal sealed class AttentionOnlyKind : IExperimentKind
{
    /// <summary>Its name.</summary>
    public const string KindName = "attention-only";

    public string Name => KindName;

    public string Describes => "an attention-only transformer learns in context: Markov chains, repeated tokens, trigger bigrams, or a text of your own";

    public IReadOnlyList<ExperimentKey> Keys => AttentionExperiment.Keys;

    public IReadOnlyList<string> ResumeKeys { get; } = ["steps"];

    public IExperiment Default => new AttentionExperiment();
}
