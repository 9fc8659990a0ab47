namespace Staircase.Lab;

/// <summary>A column of numbers in an analysis: one measure of one of a row's matrices.</summary>
/// <param name="Name">The name in CSV and JSON.</param>
/// <param name="Measure">What is measured.</param>
/// <param name="Matrix">Of which of the row's matrices.</param>
public sealed record AnalysisColumn(string Name, CircuitMeasure Measure, Func<AnalysisRow, CircuitMeasures> Matrix)
{
    /// <summary>The columns of heads: those of QK, then those of OV.</summary>
    public static IReadOnlyList<AnalysisColumn> OfHeads { get; } = [.. CircuitMeasure.All.Select(OfQK), .. CircuitMeasure.All.Select(OfOV)];

    /// <summary>The columns of plain matrices.</summary>
    public static IReadOnlyList<AnalysisColumn> OfMatrices { get; } = [.. CircuitMeasure.All.Select(OfMatrix)];

    /// <summary>The number of a row.</summary>
    public double Of(AnalysisRow row) => Matrix(row)[Measure];

    /// <summary>A measure of a head's QK.</summary>
    public static AnalysisColumn OfQK(CircuitMeasure measure) => new(Prefixed("qk", measure.Name), measure, row => row.QK!);

    /// <summary>A measure of a head's OV.</summary>
    public static AnalysisColumn OfOV(CircuitMeasure measure) => new(Prefixed("ov", measure.Name), measure, row => row.OV!);

    /// <summary>A measure of a plain matrix.</summary>
    public static AnalysisColumn OfMatrix(CircuitMeasure measure) => new(measure.Name, measure, row => row.Matrix!);

    private static string Prefixed(string prefix, string name) => $"{prefix}{char.ToUpperInvariant(name[0])}{name[1..]}";
}
