namespace Staircase;

/// <summary>Theory laid over a training.</summary>
/// <param name="Plateaus">Every measured plateau with the predicted one.</param>
/// <param name="Missed">Predicted plateaus that were not seen: too short to show, or training ended before.</param>
/// <param name="LargestDeviation">max |L − L_predicted| / L₀ over the recorded points; null without flow time.</param>
/// <param name="UnitIsTime">Whether positions are times of the flow; else they are steps.</param>
public sealed record Comparison(
    IReadOnlyList<ComparedPlateau> Plateaus, IReadOnlyList<PredictedPlateau> Missed, double? LargestDeviation, bool UnitIsTime)
{
    /// <summary>Of each number of learned modes the longest plateau that was predicted: a drop may have a shoulder of its own.</summary>
    public IEnumerable<ComparedPlateau> LongestPlateaus => Plateaus.Where(p => p.Predicted is not null)
        .GroupBy(p => p.Learned.Count).Select(alike => alike.MaxBy(p => p.Measured.Duration)!);

    /// <summary>Compares a prediction with a training.</summary>
    /// <param name="prediction">What theory said.</param>
    /// <param name="training">What was recorded; with strengths, else no plateau is matched.</param>
    /// <param name="examine">
    /// Which algorithm given weights run in context; asked of a plateau on which weights were kept once its algorithm is asked for.
    /// </param>
    /// <exception cref="InvalidOperationException">No strengths were recorded.</exception>
    public static Comparison Of(Prediction prediction, Trajectory training, Func<double[], Algorithm>? examine = null)
    {
        double[] positions = training.Positions;
        var plateaus = new List<ComparedPlateau>();
        int last = -1;
        foreach (MeasuredPlateau plateau in PhaseDetector.Plateaus(positions, training.Losses))
        {
            int index = Array.BinarySearch(positions, plateau.Middle);
            int[] learned = prediction.Moments.Learned(training.StrengthsAt(index < 0 ? Min(~index, training.Count - 1) : index));
            int match = Match(learned);
            if (match >= 0)
                last = match;
            plateaus.Add(new(
                plateau, learned,
                match < 0 ? null : prediction.Plateaus[match],
                match >= 0 && match < prediction.Drops.Count ? prediction.Drops[match] : null,
                examine is not null && training.CheckpointOn(plateau) is { } kept ? new(() => examine(kept.Weights)) : null));
        }

        ShareOut(plateaus);
        return Of(prediction, plateaus, positions, training.Losses, training.HasTime);

        // The same directions, whatever the axes in a space of nearly equal drives; a set that comes twice is taken in order.
        int Match(int[] learned)
        {
            int[] same = [.. Range(0, prediction.Plateaus.Count)
                .Where(i => prediction.Moments.AreSameDirections(prediction.Plateaus[i].Learned, learned))];
            return same.Length == 0 ? -1 : same.FirstOrDefault(i => i > last, same[^1]);
        }
    }

    /// <summary>
    /// Compares a prediction with a loss curve of which nothing else is known: each measured plateau goes with the predicted one, behind
    /// those before it, whose height is nearest.
    /// </summary>
    /// <param name="prediction">What theory said.</param>
    /// <param name="positions">Ascending times of the flow or steps.</param>
    /// <param name="losses">The mean squared error at each.</param>
    /// <param name="unitIsTime">Whether positions are times.</param>
    /// <exception cref="ArgumentException">There are fewer than two points, a number is not finite, or positions do not ascend.</exception>
    public static Comparison OfCurve(
        Prediction prediction, IReadOnlyList<double> positions, IReadOnlyList<double> losses, bool unitIsTime)
    {
        for (int i = 0; i < losses.Count; i++)
        {
            if (!double.IsFinite(losses[i]))
                throw new ArgumentException($"Losses must be finite; number {i} is {losses[i]}.");
        }

        var plateaus = new List<ComparedPlateau>();
        int next = 0;
        foreach (MeasuredPlateau plateau in PhaseDetector.Plateaus(positions, losses))
        {
            int[] left = [.. Range(next, prediction.Plateaus.Count - next)];
            int match = left.Length == 0 ? -1 : left.MinBy(i => Abs(prediction.Plateaus[i].Height - plateau.Height));
            next = match < 0 ? next : match + 1;
            plateaus.Add(new(
                plateau, match < 0 ? [] : prediction.Plateaus[match].Learned, match < 0 ? null : prediction.Plateaus[match],
                match >= 0 && match < prediction.Drops.Count ? prediction.Drops[match] : null, Examination: null));
        }

        return Of(prediction, plateaus, positions, losses, unitIsTime);
    }

    private static Comparison Of(
        Prediction prediction, List<ComparedPlateau> plateaus, IReadOnlyList<double> positions, IReadOnlyList<double> losses,
        bool unitIsTime) => new(
            plateaus,
            [.. prediction.Plateaus.Where(p => plateaus.TrueForAll(seen => seen.Predicted != p))],
            unitIsTime ? Deviation(prediction, positions, losses) : null,
            unitIsTime);

    /// <summary>
    /// Of plateaus that go with the same predicted one, the nearest in height keeps it, and the last keeps the drop that ends it.
    /// </summary>
    private static void ShareOut(List<ComparedPlateau> plateaus)
    {
        for (int first = 0, next; first < plateaus.Count; first = next)
        {
            PredictedPlateau? predicted = plateaus[first].Predicted;
            for (next = first + 1; next < plateaus.Count && predicted is not null && plateaus[next].Predicted == predicted;)
                next++;
            int nearest = Range(first, next - first).MinBy(i => Abs(plateaus[i].HeightError ?? 0));
            for (int i = first; i < next; i++)
            {
                plateaus[i] = plateaus[i] with
                {
                    Predicted = i == nearest ? predicted : null,
                    Drop = i == next - 1 ? plateaus[i].Drop : null,
                };
            }
        }
    }

    /// <summary>max |L − L_predicted| / L₀ as far as the prediction goes.</summary>
    private static double Deviation(Prediction prediction, IReadOnlyList<double> times, IReadOnlyList<double> losses) =>
        times.Zip(losses).TakeWhile(row => row.First <= prediction.Until)
            .Max(row => Abs(row.Second - prediction.LossAt(row.First))) / prediction.Moments.ZeroLoss;
}
