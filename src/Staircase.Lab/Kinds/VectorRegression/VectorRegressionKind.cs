namespace Staircase.Lab;

/// <summary>Vector-valued tasks: y = Wx with W from a fixed set, learned in context by one linear attention layer.</summary>
internal sealed class VectorRegressionKind : IExperimentKind
{
    /// <summary>Its name.</summary>
    public const string KindName = "vector-regression";

    public string Name => KindName;

    public string Describes => "vector-valued labels y = Wx, W from a fixed set of tasks: modes, and what a finite context does to them";

    public IReadOnlyList<ExperimentKey> Keys => VectorExperiment.Keys;

    public IReadOnlyList<string> ResumeKeys { get; } = ["epochs"];

    public IExperiment Default => new VectorExperiment();
}
