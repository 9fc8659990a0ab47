namespace Staircase;

/// <summary>One measure of a recorded training.</summary>
/// <param name="Name">Its name in tables and files, such as <c>test_accuracy</c>.</param>
/// <param name="Meaning">What it says, for a reader who has not seen it before.</param>
/// <param name="Unit">Its unit; empty where it is a pure number.</param>
public sealed record Column(string Name, ColumnKind Kind, string Meaning, string Unit = "")
{
    /// <summary>The column <c>loss</c>, which every training has first.</summary>
    public static Column Loss { get; } = new("loss", ColumnKind.Loss, "the loss that is recorded");

    /// <summary>The strengths m₁ … m_D of the principal components.</summary>
    public static IEnumerable<Column> Strengths(int modes) =>
        Range(1, modes).Select(d => new Column($"m{d}", ColumnKind.Strength, $"strength e_dᵀ M e_d of principal component {d}"));
}
