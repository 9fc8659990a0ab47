namespace Staircase;

/// <summary>A drop as theory predicts it.</summary>
/// <param name="Time">When half of its loss is gone, in time of the gradient flow.</param>
/// <param name="Modes">The modes learned in it, numbered along the spectrum from 0.</param>
/// <param name="Head">The head that learns; null where all heads act as one.</param>
/// <param name="NearTie">The rival that may win instead or change the time, in words; null where the race is clear.</param>
public sealed record PredictedDrop(double Time, IReadOnlyList<int> Modes, int? Head, string? NearTie);
