namespace Staircase.Lab;

/// <summary>Where a training changes, found by the change-point detector in each measure by itself; nothing is marked by eye.</summary>
/// <remarks>Series are read evenly in the logarithm of the step: memorization takes a few hundred steps, what follows thousands.</remarks>
/// <param name="Changes">The largest change of each measure that has one.</param>
/// <param name="Memorized">When train accuracy rises; null if the detector sees no rise.</param>
/// <param name="CleanUpStarts">When the fall of the test loss begins, by the detector's error bounds; null if it sees no fall to below the level before memorization.</param>
/// <param name="Generalized">When test accuracy rises, as <paramref name="Memorized"/>.</param>
internal sealed record ModularPhases(IReadOnlyList<MeasuredChange> Changes, double? Memorized, double? CleanUpStarts, double? Generalized)
{
    /// <summary>Fewer even points than this do not tell a change from noise.</summary>
    private const int LeastPoints = 40;

    /// <summary>Points that series are read at, evenly over the steps.</summary>
    private const int EvenPoints = 400;

    /// <summary>Added to a step before its logarithm is taken, so that the first steps do not fill the axis.</summary>
    private const double Offset = 10;

    /// <summary>A rise in accuracy counts from this size, in means over the detector's windows.</summary>
    private const double LeastRise = 0.2;

    /// <summary>One for all: it keeps the null series that it simulates.</summary>
    private static readonly ChangePointDetector Detector = new(EvenPoints);

    /// <summary>Finds the phases.</summary>
    public static ModularPhases Of(IReadOnlyList<TrajectoryPoint> points, IReadOnlyList<ModularCheckpoint> checkpoints)
    {
        double[] steps = [.. points.Select(p => (double)p.Step)];
        var changes = new List<MeasuredChange>();
        ChangePoint? memorized = Largest("train accuracy", steps, [.. points.Select(p => p.Strengths[1])], rising: true);
        ChangePoint? generalized = Largest("test accuracy", steps, [.. points.Select(p => p.Strengths[2])], rising: true);
        ChangePoint? cleaned = Largest("ln test loss", steps, [.. points.Select(p => Math.Log(p.Strengths[0]))], rising: false);
        Largest("squared norm", steps, [.. points.Select(p => p.Strengths[3])], rising: false);
        if (checkpoints.Count > 0 && checkpoints[0].Spectrum is not null)
        {
            double[] kept = [.. checkpoints.Select(c => (double)c.Step)];
            Largest("ln restricted loss", kept, [.. checkpoints.Select(c => Math.Log(c.Spectrum!.RestrictedLoss))], rising: false);
            Largest("excluded loss", kept, [.. checkpoints.Select(c => c.Spectrum!.ExcludedLoss)], rising: true);
            Largest("Gini of W_E", kept, [.. checkpoints.Select(c => c.Spectrum!.EmbeddingGini)], rising: true);
            Largest("Gini of W_U W_out", kept, [.. checkpoints.Select(c => c.Spectrum!.OutputGini)], rising: true);
        }

        if (checkpoints.Count > 0)
        {
            double[] kept = [.. checkpoints.Select(c => (double)c.Step)];
            Largest("QK effective rank, mean of the heads", kept, [.. checkpoints.Select(c => c.Heads.Average(h => h.QK.EffectiveRank))], rising: false);
            Largest("OV effective rank, mean of the heads", kept, [.. checkpoints.Select(c => c.Heads.Average(h => h.OV.EffectiveRank))], rising: false);
        }

        return new([.. changes.OrderBy(c => c.Change.Position)], Rise(memorized), generalized is { Size: > LeastRise } ? cleaned?.Earliest : null, Rise(generalized));

        static double? Rise(ChangePoint? change) => change is { Size: > LeastRise } ? change.Position : null;

        ChangePoint? Largest(string measure, double[] positions, double[] values, bool rising)
        {
            if (positions.Length < LeastPoints || !Array.TrueForAll(values, double.IsFinite))
                return null;
            double[] logarithms = [.. positions.Select(step => Math.Log(step + Offset))];
            ChangePoint? largest = Detector.Detect(EvenSeries.Read(logarithms, values, EvenPoints)).Where(c => c.Size > 0 == rising).MaxBy(c => Math.Abs(c.Size));
            if (largest is null)
                return null;
            largest = largest with { Position = Step(largest.Position), Earliest = Step(largest.Earliest), Latest = Step(largest.Latest) };
            changes.Add(new(measure, largest));
            return largest;

            static double Step(double logarithm) => Math.Max(0, Math.Exp(logarithm) - Offset);
        }
    }

    /// <summary>The phases in words.</summary>
    public IReadOnlyList<string> Sentences()
    {
        if (Memorized is not { } memorized)
            return ["No phases: train accuracy does not rise in a way that the detector tells from chance."];
        if (Generalized is not { } generalized)
            return [$"Memorization, centred at step {Step(memorized)}; test accuracy does not rise in a way that the detector tells from chance: it does not grok within these steps."];
        double cleanUp = Math.Clamp(CleanUpStarts ?? generalized, memorized, generalized);
        return [$"Memorization, centred at step {Step(memorized)}; circuit formation until about step {Step(cleanUp)}, where the fall of the test loss begins; clean-up to step {Step(generalized)}, the middle of the rise in test accuracy."];

        static string Step(double step) => step.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>A change that the detector found in a measure.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Change">Where, how much, and how often chance alone would show as much.</param>
internal sealed record MeasuredChange(string Measure, ChangePoint Change);
