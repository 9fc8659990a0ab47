namespace Staircase;

/// <summary>A plateau as theory predicts it.</summary>
/// <param name="Height">The loss on it.</param>
/// <param name="Start">When the drop before it is half done (0 for the first), in time of the gradient flow.</param>
/// <param name="End">When the drop after it is half done; infinite for the last.</param>
/// <param name="Learned">The modes learned before it, in the order of learning, numbered along the spectrum from 0.</param>
public sealed record PredictedPlateau(double Height, double Start, double End, IReadOnlyList<int> Learned);
