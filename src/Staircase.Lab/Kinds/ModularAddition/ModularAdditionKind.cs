namespace Staircase.Lab;

/// <summary>Grokking: a one-layer transformer on modular arithmetic, or any other binary operation.</summary>
internal sealed class ModularAdditionKind : IExperimentKind
{
    /// <summary>Its name.</summary>
    public const string KindName = "modular-addition";

    public string Name => KindName;

    public string Describes => "a one-layer transformer learns a binary operation such as a + b mod p: memorization, circuit formation, clean-up";

    public IReadOnlyList<ExperimentKey> Keys => ModularExperiment.Keys;

    public IReadOnlyList<string> ResumeKeys { get; } = ["steps"];

    public IExperiment Default => new ModularExperiment();
}
