namespace Staircase.Lab;

/// <summary>What came of a prediction or a run, for the terminal, for JSON and for <c>run.json</c>.</summary>
/// <param name="Tables">Tables of text.</param>
/// <param name="Sentences">What they say, and what is to be known besides.</param>
/// <param name="Data">All numbers, camelCase, as <c>--json</c> prints them.</param>
public sealed record Findings(IReadOnlyList<Table> Tables, IReadOnlyList<string> Sentences, JsonObject Data)
{
    /// <summary>The numbers that the runs of an ensemble have in common, measured and predicted, in the order in which they are told.
    /// </summary>
    public IReadOnlyList<Quantity> Quantities { get; init; } = [];

    /// <summary>The few numbers that sum up a run, by name, as <c>run.json</c> keeps them; null where there is none.</summary>
    public IReadOnlyDictionary<string, double?> Summary { get; init; } = new Dictionary<string, double?>();
}
