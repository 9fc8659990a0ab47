namespace Staircase.Lab;

/// <summary>
/// In-context learning of Markov chains (Edelman et al. 2024; Mainali, Teixeira 2025, Fig. 5, 6): after a plateau on which frequencies are
/// all it knows, a transformer of two layers learns to count transitions, at once; one of one layer never does.
/// </summary>
internal sealed class AttentionOnly() : Figure(
    "attention-only", "In-context learning of Markov chains",
    "in-context learning of Markov chains: sudden in two layers after a plateau, absent in one",
    Mainali("Fig. 5, 6") + "; Edelman et al. 2024", DirichletPrediction.Result)
{
    private const double Sudden = 1; // a window of 10 to 90 % that is shorter than the time before its middle

    /// <summary>
    /// How far from frequencies alone the loss may be to count as on the plateau, and the part of the steps to the middle of the window
    /// that may lie off it.
    /// </summary>
    private const double Plateau = 0.03, OffPlateau = 0.5;

    /// <summary>How near to counting transitions training ends; a quick run ends earlier, on shorter sequences.</summary>
    private const double Final = 0.02, QuickFinal = 0.03;

    /// <summary>
    /// How many times longer absolute positions train: long enough for their window to end, which a quick run does not wait for.
    /// </summary>
    private const int Longer = 4, QuickLonger = 2;

    private static readonly string Sequences = Edelman("§3"), Layers = Mainali("Fig. 5");

    private static readonly ulong[] Seeds = [1, 2, 3];

    /// <summary>Trainings that differ in their seeds alone.</summary>
    /// <param name="Name">What they are.</param>
    /// <param name="Prefix">The same for names of plots.</param>
    /// <param name="Runs">One a seed.</param>
    private sealed record Setting(string Name, string Prefix, TokenFindings[] Runs)
    {
        public TokenFindings First => Runs[0];
    }

    public override ReportSection Reproduce(Bench bench)
    {
        Setting[] settings = Train(bench);
        (Setting relative, Setting one, Setting absolute) = (settings[0], settings[1], settings[2]);
        return Titled with
        {
            Lead = "Every sequence is a Markov chain with a table of its own. A transformer of two layers first learns how frequent each "
                + "state is, and then, at once, which state follows which; of one layer it stays with the frequencies.",
            Plots =
            [
                Course(settings, "loss", "courses", "Validation loss", "cross-entropy (nats)", predictor => predictor.Loss),
                Course(settings, "score", "scores", "In-context score", "late minus early loss (nats)", predictor => predictor.Score),
                .. relative.First.PlotsOf(relative.Prefix),
            ],
            Weights = [.. settings.Select(Maps).OfType<WeightMaps>()],
            Settings = relative.First.Study.Settings,
            Checks =
            [
                .. Emergence(relative, one), .. Suddenness(relative, bench.Quick), Frequencies(one),
                .. bench.Quick ? [] : Positions(relative, absolute),
            ],
            Tables = [Windows(settings), TokenFindings.LeadTable(relative.Runs)],
            Notes =
            [
                "Nothing is marked by eye: the window goes from 10 to 90 % of the score's way from that of frequencies alone, which is "
                + "known exactly, to where the score ends; a model that gains less than half of what counting transitions has over "
                + "frequencies has not learned it.",
                "Each seed has validation chains of its own; the predictors are read off the same chains.",
                .. bench.Quick ? [Quick] : Array.Empty<string>(),
            ],
        };
    }

    private static string Quick =>
        "Quick: sequences of 64 tokens in batches of 32 at twice the learning rate, and one seed of each control. Absolute positions are "
        + "drawn, not compared: their score has not gone half of the way by then, though their loss nearly has.";

    /// <summary>Two layers with relative positions, one layer, and absolute positions.</summary>
    private static Setting[] Train(Bench bench)
    {
        TokenExperiment published = bench.Quick
            ? new() { Context = 64, Batch = 32, LearningRate = 1e-3, Steps = 1500, Record = Schedule.PerDecade(20) }
            : new();
        TokenExperiment[] seeds = [.. Seeds.Select(seed => published with { Seed = seed })], controls = bench.Quick ? seeds[..1] : seeds;
        long steps = (bench.Quick ? QuickLonger : Longer) * published.Steps;
        (string Name, string Prefix, TokenExperiment[] Experiments)[] settings =
        [
            ("two layers, relative", "relative-", seeds),
            ("one layer, relative", "one-layer-", [.. controls.Select(e => e with { Layers = 1 })]),
            ("two layers, absolute", "absolute-", [.. controls.Select(e => e with { Positions = PositionKind.Absolute, Steps = steps })]),
        ];

        // The longest first, so that no core waits for the last one.
        TokenExperiment[] longestFirst =
            [.. settings.SelectMany(setting => setting.Experiments).OrderByDescending(experiment => experiment.Steps * experiment.Layers)];
        TokenFindings[] runs = bench.ForEach(longestFirst, experiment => TokenFindings.Of(bench.Train(experiment)));
        return [.. settings.Select(s => new Setting(s.Name, s.Prefix, [.. s.Experiments.Select(RunOf)]))];

        TokenFindings RunOf(TokenExperiment experiment) => runs[Array.IndexOf(longestFirst, experiment)];
    }

    private static IEnumerable<Check> Emergence(Setting relative, Setting one)
    {
        yield return Check.Same(
            "two layers, relative positions: seeds in which in-context learning emerges", Layers, Emerging(relative),
            $"{Seeds.Length} of {Seeds.Length}");
        yield return Check.Same("one layer: seeds in which it emerges", Layers, Emerging(one), $"0 of {one.Runs.Length}");

        static string Emerging(Setting setting) => $"{setting.Runs.Count(run => run.Emergence is not null)} of {setting.Runs.Length}";
    }

    private static IEnumerable<Check> Suddenness(Setting relative, bool isQuick)
    {
        yield return Check.AtMost(
            "two layers, relative positions: width of the window over its middle, the slowest seed (sudden)", Sequences,
            Worst(relative, run => run.Emergence is { } e ? e.Width / e.Half : double.NaN), Sudden);
        yield return Check.AtMost(
            "two layers, relative positions: part of the steps to the middle of the window on which the loss is not within 3 % of "
            + "frequencies alone (plateau), the shortest plateau of the seeds", Sequences, Worst(relative, OffThePlateau), OffPlateau);
        yield return Check.AtMost(
            "two layers, relative positions: last loss over that of counting transitions, minus 1, the worst seed", Sequences,
            Worst(relative, run => run["loss"][^1] / run.Best.Loss - 1), isQuick ? QuickFinal : Final);
    }

    private static Check Frequencies(Setting one) => Check.AtMost(
        "one layer: distance of the last loss from frequencies alone, the farthest seed", Layers,
        Worst(one, run => Abs(run["loss"][^1] / run.Simple.Loss - 1)), Plateau);

    private static IEnumerable<Check> Positions(Setting relative, Setting absolute)
    {
        yield return Check.Same(
            "absolute positions beside relative ones, middle of the window", Layers, Compared(e => e.Half, "later", "not later"), "later");
        yield return Check.Same(
            "absolute positions beside relative ones, width of the window", Layers,
            Compared(e => e.Width, "more gradual", "not more gradual"), "more gradual");

        // Seed by seed, of windows that are both there.
        string Compared(Func<Emergence, double> of, string more, string notMore)
        {
            (Emergence? First, Emergence? Second)[] pairs =
                [.. absolute.Runs.Zip(relative.Runs, (first, second) => (first.Emergence, second.Emergence))];
            if (pairs.Any(pair => pair.First is null || pair.Second is null))
                return "no window";
            return pairs.All(pair => of(pair.First!) > of(pair.Second!)) ? more : notMore;
        }
    }

    /// <summary>
    /// The part of the steps to the middle of the window on which the loss differs from that of frequencies alone, steps between records
    /// counting as the record after them.
    /// </summary>
    private static double OffThePlateau(TokenFindings run)
    {
        if (run.Emergence is not { } e)
            return double.NaN;
        double unigram = run.Simple.Loss, off = 0;
        for (int i = 1; i < run.Steps.Length && run.Steps[i - 1] < e.Half; i++)
            off += Abs(run["loss"][i] / unigram - 1) > Plateau ? Min(run.Steps[i], e.Half) - run.Steps[i - 1] : 0;
        return off / e.Half;
    }

    private static double Worst(Setting setting, Func<TokenFindings, double> of) =>
        setting.Runs.Select(of).Aggregate((a, b) => double.IsNaN(a) || a > b ? a : b);

    private static WeightMaps? Maps(Setting setting) => setting.First.MapsOf(setting.Prefix) is { } maps
        ? maps with { Title = $"Attention of every head, {(setting.Prefix == "one-layer-" ? "one layer" : $"{setting.Name} positions")}" }
        : null;

    private static Table Windows(Setting[] settings) => Table.Of(
        "When in-context learning emerges: 10, 50 and 90 % of the score's way from frequencies alone to its end",
        ["", "seed", "10 %", "50 %", "90 %", "last loss", "unigram", "bigram"],
        settings.SelectMany(setting => setting.Runs.Select(run => (setting.Name, Run: run))),
        row =>
        [
            row.Name, $"{row.Run.Study.Experiment.Seed}", Whole(row.Run.Emergence?.Start), Whole(row.Run.Emergence?.Half),
            Whole(row.Run.Emergence?.End), Number(row.Run["loss"][^1]), Number(row.Run.Simple.Loss), Number(row.Run.Best.Loss),
        ]);

    private static Plot Course(
        Setting[] settings, string column, string id, string title, string label, Func<KnownPredictor, double> of)
    {
        double[] ends = [1, settings.SelectMany(setting => setting.Runs).Max(run => run.Steps[^1])];
        KnownPredictor[] predictors = [settings[0].First.Simple, settings[0].First.Best];
        return Plot.Of(
            id, title, Axis.Logarithmic("step"), label, "One curve a seed; dashed: the predictors on the chains of the first seed.",
            [
                .. settings.SelectMany((setting, s) => setting.Runs.Select(run => Series.Measured(
                    $"{setting.Name}, seed {run.Study.Experiment.Seed}", run.Steps, run[column], s))),
                .. predictors.Select((predictor, p) =>
                    Series.Predicted(predictor.Name, ends, [of(predictor), of(predictor)], settings.Length + p)),
            ]);
    }
}
