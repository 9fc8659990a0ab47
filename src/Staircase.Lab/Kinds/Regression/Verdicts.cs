namespace Staircase.Lab;

/// <summary>A comparison in numbers, as <c>run.json</c> keeps it.</summary>
/// <param name="Plateaus">Plateaus that were seen.</param>
/// <param name="LargestHeightError">The largest |measured − predicted|/predicted height.</param>
/// <param name="LargestEndError">The largest |measured − predicted|/predicted end, near-ties left out.</param>
/// <param name="LargestDeviation">max |L − L_predicted|/L₀ over the curve.</param>
public sealed record Verdicts(int Plateaus, double? LargestHeightError, double? LargestEndError, double? LargestDeviation)
{
    /// <summary>The numbers of a comparison.</summary>
    public static Verdicts Of(Comparison comparison) => new(
        comparison.Plateaus.Count,
        Largest(comparison.Plateaus.Select(p => p.HeightError)),
        Largest(comparison.Plateaus.Where(p => p.NearTie is null).Select(p => p.EndError(p == comparison.Plateaus[^1]))),
        comparison.LargestDeviation);

    private static double? Largest(IEnumerable<double?> errors) => errors.Select(e => e is { } x ? Math.Abs(x) : e).Max();
}
