namespace Staircase.Lab;

/// <summary>What was measured of one head, or of one plain matrix, at one step.</summary>
/// <param name="Module">Which attention of the model, where it has several; empty where it has one, null for a plain matrix.</param>
/// <param name="Layer">The layer; null for a plain matrix.</param>
/// <param name="Head">The head; null for a plain matrix.</param>
/// <param name="Tensor">The tensor's name, for a plain matrix.</param>
/// <param name="QK">The circuit W_Qᵀ W_K, its spaces those of rows (keys); null for a plain matrix.</param>
/// <param name="OV">The circuit W_O W_V, its spaces those of columns (what is written); null for a plain matrix.</param>
/// <param name="Matrix">The plain matrix, its spaces those of rows.</param>
public sealed record AnalysisRow(
    long Step, string? Module, int? Layer, int? Head, string? Tensor, CircuitMeasures? QK, CircuitMeasures? OV, CircuitMeasures? Matrix)
{
    /// <summary>The attention that the head is in, for people.</summary>
    public string Attention => string.IsNullOrEmpty(Module) ? $"layer {Layer}" : $"{Module} layer {Layer}";

    /// <summary>What it is of, for people.</summary>
    public string Subject => Tensor ?? $"{Attention} head {Head}";
}

/// <summary>A place where a measure of one head, or a loss, changes.</summary>
/// <param name="Subject">What changes, for people.</param>
/// <param name="Measure">Which number of it.</param>
/// <param name="Step">Where, between checkpoints.</param>
/// <param name="Earliest">From here.</param>
/// <param name="Latest">To here.</param>
/// <param name="Size">By how much.</param>
/// <param name="FalseAlarmRate">How often chance alone shows as much anywhere in one series.</param>
public sealed record AnalysisTransition(
    string Subject, string Measure, double Step, double Earliest, double Latest, double Size, double FalseAlarmRate);
