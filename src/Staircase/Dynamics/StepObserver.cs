namespace Staircase;

/// <summary>Told of every step of a training.</summary>
/// <returns>Whether to go on.</returns>
public delegate bool StepObserver(in StepReport report);
