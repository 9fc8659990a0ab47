namespace Staircase;

/// <summary>Theory laid over a training.</summary>
/// <param name="Plateaus">Every measured plateau with the predicted one.</param>
/// <param name="Missed">Predicted plateaus that were not seen: too short to show, or training ended before.</param>
/// <param name="LargestDeviation">max |L − L_predicted| / L₀ over the recorded points; null without flow time.</param>
/// <param name="UnitIsTime">Whether positions are times of the flow; else they are steps.</param>
public sealed record Comparison(
    IReadOnlyList<ComparedPlateau> Plateaus, IReadOnlyList<PredictedPlateau> Missed, double? LargestDeviation, bool UnitIsTime)
{
    /// <summary>Compares a prediction with a training.</summary>
    /// <param name="prediction">What theory said.</param>
    /// <param name="training">What was recorded; with strengths, else no plateau is matched.</param>
    /// <param name="examine">Which algorithm given weights run in context; asked on each plateau on which weights were kept.</param>
    /// <exception cref="InvalidOperationException">No strengths were recorded.</exception>
    public static Comparison Of(Prediction prediction, Trajectory training, Func<double[], Algorithm>? examine = null)
    {
        double[] positions = training.Positions;
        var plateaus = new List<ComparedPlateau>();
        int last = -1;
        foreach (MeasuredPlateau plateau in PhaseDetector.Plateaus(positions, training.Losses))
        {
            int index = Array.BinarySearch(positions, plateau.Middle);
            int[] learned = prediction.Moments.Learned(training.StrengthsAt(index < 0 ? Math.Min(~index, training.Count - 1) : index));
            int match = Match(learned);
            if (match >= 0)
                last = match;
            plateaus.Add(new(
                plateau, learned,
                match < 0 ? null : prediction.Plateaus[match],
                match >= 0 && match < prediction.Drops.Count ? prediction.Drops[match].NearTie : null,
                training.CheckpointOn(plateau) is { } checkpoint ? examine?.Invoke(checkpoint.Weights) : null));
        }

        return new(
            plateaus,
            [.. prediction.Plateaus.Where(p => plateaus.TrueForAll(seen => seen.Predicted != p))],
            training.Times?.Zip(training.Losses, (time, loss) => Math.Abs(loss - prediction.LossAt(time)))
                .Max() / prediction.Moments.ZeroLoss,
            training.HasTime);

        // The same directions, whatever the axes in a space of nearly equal drives; a set that comes twice is taken in order.
        int Match(int[] learned)
        {
            int[] same = [.. Enumerable.Range(0, prediction.Plateaus.Count)
                .Where(i => prediction.Moments.AreSameDirections(prediction.Plateaus[i].Learned, learned))];
            return same.Length == 0 ? -1 : same.FirstOrDefault(i => i > last, same[^1]);
        }
    }
}
