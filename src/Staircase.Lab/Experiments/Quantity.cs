namespace Staircase.Lab;

/// <summary>A number that runs of one experiment have in common, measured and predicted: the time of a drop, the height of a plateau.</summary>
/// <param name="Name">What it is, the same in every run that has it.</param>
/// <param name="Measured">As it was measured; null where it was not.</param>
/// <param name="Predicted">As theory has it; null where it has none.</param>
public sealed record Quantity(string Name, double? Measured, double? Predicted);
