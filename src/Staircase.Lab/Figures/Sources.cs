namespace Staircase.Lab;

/// <summary>Who says what the figures check.</summary>
internal static class Sources
{
    public const string Beyond = "beyond the papers"; // what goes beyond the papers

    /// <summary>Linear attention's training dynamics: an equation, a figure or a section of it.</summary>
    public static string Zhang(string where) => $"Zhang et al. 2025, {where}";

    /// <summary>Exact dynamics of vector-valued tasks, and transformers that are not linear.</summary>
    public static string Mainali(string where) => $"Mainali, Teixeira 2025, {where}";

    /// <summary>In-context learning of Markov chains.</summary>
    public static string Edelman(string where) => $"Edelman et al. 2024, {where}";

    /// <summary>What a transformer that adds on a circle learns, and when.</summary>
    public static string Nanda(string where) => $"Nanda et al. 2023, {where}";

    /// <summary>A neighbour of the two papers: an equation, a figure or a section of it.</summary>
    public static string Of(Paper paper, string where) => $"{paper.ShortName}, {where}";

    /// <summary>A result of this program.</summary>
    public static string Own(Result result) => $"Staircase, {result.Name}";
}
