namespace Staircase.Lab;

/// <summary>What theory says of the flow, or why it says nothing.</summary>
internal sealed record Theory(Prediction? Prediction, string? Missing);
