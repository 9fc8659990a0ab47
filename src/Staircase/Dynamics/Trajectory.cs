namespace Staircase;

/// <summary>What was recorded of a training, in order.</summary>
/// <param name="Points">The recorded points.</param>
/// <param name="FinalWeights">The whole weight vector at the last point.</param>
public sealed record Trajectory(IReadOnlyList<TrajectoryPoint> Points, double[] FinalWeights);
