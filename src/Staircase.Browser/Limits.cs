namespace Staircase.Browser;

/// <summary>What is too large for a browser, which computes on one thread and some ten times slower than the program.</summary>
internal static class Limits
{
    // H R D³: that of the default setting at D = 24 is 350,000, and its prediction takes some ten seconds.
    private const double MostRacing = 500_000;

    private const int MostMergedDimensions = 48;

    // P·n, the statistics that a sample's moments are made of.
    private const double MostSampled = 5e7;

    // Multiplications of an epoch of a network: about ten seconds.
    private const double MostOfAnEpoch = 3e9;

    private static (string Asked, Study Study, Lazy<Study> Sketched)? _last;

    /// <summary>The study of what was asked for; asked for the same again, the same with all that it has found out.</summary>
    /// <exception cref="InputException">It cannot be used, or is too large for a browser.</exception>
    public static Study Study(ExperimentWords words) => Asked(words).Study;

    /// <summary>The same with theory roughly and at once, where there is such.</summary>
    /// <inheritdoc cref="Study"/>
    public static Study Sketched(ExperimentWords words) => Asked(words).Sketched.Value;

    private static (string Asked, Study Study, Lazy<Study> Sketched) Asked(ExperimentWords words)
    {
        string asked = $"{words.Kind?.Name} {string.Join(' ', words.Words.Select(word => $"{word.Key}={word.Value}"))}";
        if (_last is { } last && last.Asked == asked)
            return last;
        Study study = Prepare(words);
        var now = (asked, study, new Lazy<Study>(() => (study as RegressionStudy)?.Sketched() ?? study));
        _last = now;
        return now;
    }

    private static Study Prepare(ExperimentWords words)
    {
        Experiment experiment = words.Experiment();
        if (Cost(experiment) is { } tooLarge)
        {
            throw new InputException(
                $"{tooLarge} would keep a browser busy for minutes; the command line takes it: {CopiedCode.Command("train", words)}");
        }

        return experiment.Prepare();
    }

    private static string? Cost(Experiment experiment) => experiment switch
    {
        RegressionExperiment e => Cost(e),
        VectorExperiment e => e.EffectiveDimension > 32 ? $"{e.EffectiveDimension} dimensions" : null,
        ModularExperiment e => Cost(e),
        TokenExperiment e => 12.0 * e.Batch * e.Context * e.Layers * e.Width * (e.Context + 4.0 * e.Width) > MostOfAnEpoch
            ? $"a step of {e.Batch} sequences of {e.Context} tokens and {e.Layers} layers of width {e.Width}" : null,
        _ => null,
    };

    private static string? Cost(RegressionExperiment e)
    {
        double D = e.EffectiveDimension, H = e.Heads ?? D + 1, R = e.Rank ?? 1, n = D * (D + 1) * (D + 2) / 2;
        if (e.Attention is AttentionKind.Merged or AttentionKind.Cubic)
            return D > MostMergedDimensions || H > 10 * D ? $"{D} dimensions and {H} merged heads" : null;
        if (H * R * D * D * D > MostRacing)
            return $"{D} dimensions and {H} heads of rank {R}";
        if (e.Data.Kind == DataKind.Sample && e.Data.Count * n > MostSampled)
            return $"a sample of {e.Data.Count} sequences in {D} dimensions";
        return null;
    }

    private static string? Cost(ModularExperiment e)
    {
        double p = e.Modulus ?? 113, pairs = p * p * e.TrainingFraction;
        return 20 * pairs * (4.0 * e.Width * e.Width + 2.0 * e.Width * e.Hidden + p * e.Width) > MostOfAnEpoch
            ? $"an epoch of {pairs:F0} pairs with a network of width {e.Width} and {e.Hidden} hidden units"
            : null;
    }
}
