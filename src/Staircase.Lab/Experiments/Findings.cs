namespace Staircase.Lab;

/// <summary>What a prediction or a comparison says: to people as tables and sentences, to machines as one object.</summary>
/// <param name="Tables">Tables, in order.</param>
/// <param name="Sentences">What follows from them, a line each.</param>
/// <param name="Data">The same numbers, to be written as JSON.</param>
public sealed record Findings(IReadOnlyList<Table> Tables, IReadOnlyList<string> Sentences, object Data);
