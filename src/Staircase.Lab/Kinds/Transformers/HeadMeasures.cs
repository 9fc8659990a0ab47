namespace Staircase.Lab;

/// <summary>A head at a checkpoint.</summary>
/// <param name="QK">Its circuit W_Q W_Kᵀ; spaces are those of rows, the directions that keys are read from.</param>
/// <param name="OV">Its circuit W_Oᵀ W_Vᵀ; spaces are those of columns, the directions that are written.</param>
/// <param name="MarginalizedQK">The normalized effective rank of QK without its largest singular value.</param>
/// <param name="MarginalizedOV">The same of OV.</param>
internal sealed record HeadMeasures(CircuitMeasures QK, CircuitMeasures OV, double MarginalizedQK, double MarginalizedOV);
