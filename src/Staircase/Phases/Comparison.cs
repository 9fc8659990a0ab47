namespace Staircase;

/// <summary>Theory laid over a training.</summary>
/// <param name="Plateaus">Every measured plateau with the predicted one.</param>
/// <param name="Missed">Predicted plateaus that were not seen: too short to show, or training ended before.</param>
/// <param name="LargestDeviation">max |L − L_predicted| / L₀ over the recorded points; null without flow time.</param>
/// <param name="UnitIsTime">Whether positions are times of the flow; else they are steps.</param>
public sealed record Comparison(
    IReadOnlyList<ComparedPlateau> Plateaus, IReadOnlyList<PredictedPlateau> Missed, double? LargestDeviation, bool UnitIsTime)
{
    /// <summary>Compares a prediction with a trajectory.</summary>
    /// <param name="prediction">What theory said.</param>
    /// <param name="points">What was recorded.</param>
    /// <param name="examine">The algorithm run at a position, or null where no weights were kept near it.</param>
    public static Comparison Of(Prediction prediction, IReadOnlyList<TrajectoryPoint> points, Func<MeasuredPlateau, Algorithm?>? examine = null)
    {
        bool hasTime = points.All(point => double.IsFinite(point.Time));
        double[] positions = [.. points.Select(point => hasTime ? point.Time : point.Step)];
        IReadOnlyList<MeasuredPlateau> measured = PhaseDetector.Plateaus(positions, [.. points.Select(point => point.Loss)]);

        var plateaus = new List<ComparedPlateau>();
        foreach (MeasuredPlateau plateau in measured)
        {
            int index = Array.BinarySearch(positions, plateau.Middle);
            int[] learned = prediction.Moments.Learned(points[index < 0 ? Math.Min(~index, points.Count - 1) : index].Strengths);
            int match = prediction.Plateaus.ToList().FindIndex(p => p.Learned.ToHashSet().SetEquals(learned));
            plateaus.Add(new(
                plateau, learned,
                match < 0 ? null : prediction.Plateaus[match],
                match >= 0 && match < prediction.Drops.Count ? prediction.Drops[match].NearTie : null,
                examine?.Invoke(plateau)));
        }

        PredictedPlateau[] missed = [.. prediction.Plateaus.Where(p => plateaus.TrueForAll(seen => seen.Predicted != p))];
        double? deviation = hasTime ? points.Max(p => Math.Abs(p.Loss - prediction.LossAt(p.Time))) / prediction.Moments.ZeroLoss : null;
        return new(plateaus, missed, deviation, hasTime);
    }
}
