namespace Staircase.Lab;

/// <summary>Where a training changes, found by the change-point detector in each measure by itself; nothing is marked by eye.</summary>
/// <remarks>Series are read evenly in the logarithm of the step: memorization takes a few hundred steps, what follows thousands.</remarks>
/// <param name="Changes">The largest change of each measure that has one, each in the direction that learning gives it.</param>
/// <param name="Memorized">When train accuracy rises; null, as the others, if the detector sees no such change.</param>
/// <param name="CircuitFormed">When the excluded loss rises: what is key in the end has begun to carry the training pairs, too.</param>
/// <param name="CleanedUp">When the squared norm falls: what was memorized is forgotten.</param>
/// <param name="Generalized">When test accuracy rises, after memorization.</param>
internal sealed record ModularPhases(
    IReadOnlyList<MeasuredChange> Changes, double? Memorized, double? CircuitFormed, double? CleanedUp, double? Generalized)
{
    private const int LeastPoints = 40; // fewer even points than this do not tell a change from noise
    private const int EvenPoints = 400; // points that series are read at, evenly over the steps
    private const double Offset = 10; // added to a step before its logarithm is taken, so that the first steps do not fill the axis
    private const double LeastRise = 0.2; // a rise in accuracy counts from this size, in means over the detector's windows
    private static readonly ChangePointDetector Detector = new(EvenPoints); // one for all: it keeps the null series that it simulates

    /// <summary>Finds the phases.</summary>
    /// <param name="rows">What was recorded.</param>
    /// <param name="checkpoints">What was measured of the checkpoints.</param>
    public static ModularPhases Of(Trajectory rows, IReadOnlyList<ModularCheckpoint> checkpoints)
    {
        double[] steps = Steps(rows.Steps), kept = Steps(checkpoints.Select(checkpoint => checkpoint.Step));
        var changes = new List<MeasuredChange>();
        ChangePoint? memorized = Largest("train accuracy", steps, rows["train_accuracy"], rising: true);
        ChangePoint? generalized = Largest("test accuracy", steps, rows["test_accuracy"], rising: true);
        ChangePoint? cleanedUp = Largest("squared norm", steps, rows["squared_norm"], rising: false), formed = null;
        Largest("ln test loss", steps, rows["test_loss"].Select(loss => Log(loss)), rising: false);
        Largest("QK effective rank, mean of the heads", kept, checkpoints.Select(c => c.Heads("qk_rank").Average()), rising: false);
        Largest("OV effective rank, mean of the heads", kept, checkpoints.Select(c => c.Heads("ov_rank").Average()), rising: false);
        ModularSpectrum[] spectra = [.. checkpoints.Select(checkpoint => checkpoint.Spectrum).OfType<ModularSpectrum>()];
        if (spectra.Length > 0)
        {
            formed = Largest("excluded loss", kept, spectra.Select(s => s.ExcludedLoss), rising: true);
            Largest("ln restricted loss", kept, spectra.Select(s => Log(s.RestrictedLoss)), rising: false);
            Largest("Gini of W_E", kept, spectra.Select(s => s.EmbeddingGini), rising: true);
            Largest("Gini of W_U W_out", kept, spectra.Select(s => s.OutputGini), rising: true);
        }

        double? known = Rise(memorized), rise = Rise(generalized);
        return new([.. changes.OrderBy(c => c.Change.Position)], known, formed?.Position, cleanedUp?.Position, rise > known ? rise : null);

        static double[] Steps(IEnumerable<long> steps) => [.. steps.Select(step => (double)step)];

        static double? Rise(ChangePoint? change) => change is { Size: > LeastRise } ? change.Position : null;

        ChangePoint? Largest(string measure, double[] positions, IEnumerable<double> course, bool rising)
        {
            double[] values = [.. course];
            if (positions.Length < LeastPoints || !Array.TrueForAll(values, double.IsFinite))
                return null;
            double[] logarithms = [.. positions.Select(step => Log(step + Offset))];
            ChangePoint? largest = Detector.Detect(EvenSeries.Read(logarithms, values, EvenPoints))
                .Where(change => change.Size > 0 == rising).MaxBy(change => Abs(change.Size));
            if (largest is null)
                return null;
            changes.Add(new(measure, largest = largest with
            {
                Position = Step(largest.Position),
                Earliest = Step(largest.Earliest),
                Latest = Step(largest.Latest),
            }));
            return largest;

            static double Step(double logarithm) => Max(0, Exp(logarithm) - Offset);
        }
    }

    /// <summary>The phases in words.</summary>
    public IReadOnlyList<string> Sentences()
    {
        if (Memorized is not { } memorized)
            return ["No phases: train accuracy does not rise in a way that the detector tells from chance."];
        string memorization = $"Memorization at step {Whole(memorized)} (train accuracy rises)";
        if (Generalized is not { } generalized)
        {
            return
            [
                $"{memorization}; test accuracy does not rise after it in a way that the detector tells from chance: "
                + "it does not grok within these steps.",
            ];
        }

        string formation = CircuitFormed is { } formed
            ? $"circuit formation at {Whole(formed)} (the excluded loss rises)"
            : "no circuit formation to be seen in the excluded loss";
        string cleanUp = CleanedUp is { } cleaned ? $"clean-up at {Whole(cleaned)} (the norm falls)" : "no clean-up to be seen in the norm";
        return [$"{memorization}; {formation}; {cleanUp}; test accuracy rises at {Whole(generalized)}."];
    }
}

/// <summary>A change that the detector found in a measure.</summary>
/// <param name="Change">Where, how much, and how often chance alone would show as much.</param>
internal sealed record MeasuredChange(string Measure, ChangePoint Change);
