namespace Staircase.Lab;

/// <summary>How far a run has come.</summary>
/// <param name="Stage">What it is doing.</param>
/// <param name="Fraction">From 0 to 1; of time for a flow, of steps for a descent.</param>
/// <param name="Step">Steps so far.</param>
/// <param name="Loss">The loss; NaN before training.</param>
/// <param name="Awaited">What one waits for, and how it stands, such as <c>test accuracy 12 %</c>; null where that is the loss.</param>
public readonly record struct TrainingProgress(string Stage, double Fraction, long Step, double Loss, string? Awaited = null);
