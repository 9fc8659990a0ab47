using System.Globalization;
using Staircase.Transformers;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>In-context learning of Markov chains (Edelman et al. 2024; Mainali, Teixeira 2025, Fig. 5, 6): after a plateau on which frequencies are all it knows, a transformer of two layers learns to count transitions, at once; one of one layer never does.</summary>
internal sealed class AttentionOnly : IFigure
{
    /// <summary>A window of 10 to 90 % that is shorter than the time before its middle.</summary>
    private const double Sudden = 1;

    /// <summary>How far from frequencies alone the loss may be to count as on the plateau, and the part of the steps to the middle of the window that may lie off it.</summary>
    private const double Plateau = 0.03, OffPlateau = 0.5;

    /// <summary>How near to counting transitions training ends; a quick run ends earlier, on shorter sequences.</summary>
    private const double Final = 0.02, QuickFinal = 0.03;

    private const string Source1 = "Edelman et al. 2024, §3", Source2 = "Mainali, Teixeira 2025, Fig. 5";

    /// <summary>How many times longer absolute positions train: long enough for their window to end, which a quick run does not wait for.</summary>
    private const int Longer = 4, QuickLonger = 2;

    private static readonly ulong[] Seeds = [1, 2, 3];

    public string Name => "attention-only";

    public string Shows => "in-context learning of Markov chains: sudden in two layers after a plateau, absent in one";

    public string Source => "Mainali, Teixeira 2025, Fig. 5, 6; Edelman et al. 2024";

    public IReadOnlyList<Result> Results => [DirichletPrediction.Result];

    public ReportSection Reproduce(Bench bench)
    {
        AttentionExperiment published = Setting(bench);
        ulong[] controls = bench.Quick ? Seeds[..1] : Seeds;
        (string Name, AttentionExperiment Experiment)[] settings =
        [
            .. Seeds.Select(seed => ("two layers, relative", published with { Seed = seed })),
            .. controls.Select(seed => ("one layer, relative", published with { Seed = seed, Layers = 1 })),
            .. controls.Select(seed => ("two layers, absolute", published with { Seed = seed, Positions = PositionKind.Absolute, Steps = (bench.Quick ? QuickLonger : Longer) * published.Steps })),
        ];

        // The longest first, so that no core waits for the last one.
        AttentionHistory[] runs = [.. bench.ForEach([.. settings.Reverse()], s => AttentionHistory.Train(s.Experiment, null, bench.Cancellation)).Reverse()];
        AttentionHistory[] relative = runs[..Seeds.Length], one = runs[Seeds.Length..(Seeds.Length + controls.Length)], absolute = runs[(Seeds.Length + controls.Length)..];
        return new ReportSection
        {
            Id = Name,
            Title = "In-context learning of Markov chains",
            Lead = "Every sequence is a Markov chain with a table of its own. A transformer of two layers first learns how frequent each state is, and then, at once, which state follows which; of one layer it stays with the frequencies.",
            Plots =
            [
                Course(settings, runs, "courses", "Validation loss", "cross-entropy (nats)", run => run.Losses, run => [("unigram", run.BaselineLoss(^2)), ("bigram", run.BaselineLoss(^1))]),
                Course(settings, runs, "scores", "In-context score", "late minus early loss (nats)", run => run.Scores, run => [("unigram", run.BaselineScore(^2)), ("bigram", run.BaselineScore(^1))]),
                .. relative[0].Plots("relative-"),
            ],
            Weights = [.. new[] { Maps(relative[0], "relative-", "two layers, relative positions"), Maps(one[0], "one-layer-", "one layer"), Maps(absolute[0], "absolute-", "two layers, absolute positions") }.OfType<WeightMaps>()],
            Settings = relative[0].Study.Settings,
            Checks =
            [
                Check.Same("two layers, relative positions: seeds in which in-context learning emerges", Source2, Emerging(relative), $"{Seeds.Length} of {Seeds.Length}"),
                Check.Same("one layer: seeds in which it emerges", Source2, Emerging(one), $"0 of {one.Length}"),
                Check.AtMost("two layers, relative positions: width of the window over its middle, the slowest seed (sudden)", Source1, Worst(relative, run => run.Emergence is { } e ? e.Width / e.Half : double.NaN), Sudden),
                Check.AtMost("two layers, relative positions: part of the steps to the middle of the window on which the loss is not within 3 % of frequencies alone (plateau), the shortest plateau of the seeds", Source1, Worst(relative, OffThePlateau), OffPlateau),
                Check.AtMost("two layers, relative positions: last loss over that of counting transitions, minus 1, the worst seed", Source1, Worst(relative, run => run.Losses[^1] / run.BaselineLoss(^1) - 1), bench.Quick ? QuickFinal : Final),
                Check.AtMost("one layer: distance of the last loss from frequencies alone, the farthest seed", Source2, Worst(one, run => Math.Abs(run.Losses[^1] / run.BaselineLoss(^2) - 1)), Plateau),
                .. bench.Quick ? Array.Empty<Check>() :
                [
                    Check.Same("absolute positions beside relative ones, middle of the window", Source2, Compared(absolute, relative, e => e.Half, "later", "not later"), "later"),
                    Check.Same("absolute positions beside relative ones, width of the window", Source2, Compared(absolute, relative, e => e.Width, "more gradual", "not more gradual"), "more gradual"),
                ],
            ],
            Tables =
            [
                new("When in-context learning emerges: 10, 50 and 90 % of the score's way from frequencies alone to its end", ["", "seed", "10 %", "50 %", "90 %", "last loss", "unigram", "bigram"],
                [
                    .. settings.Zip(runs, (s, run) => (IReadOnlyList<string>)
                    [
                        s.Name, $"{s.Experiment.Seed}", Whole(run.Emergence?.Start), Whole(run.Emergence?.Half), Whole(run.Emergence?.End),
                        Number(run.Losses[^1]), Number(run.BaselineLoss(^2)), Number(run.BaselineLoss(^1)),
                    ]),
                ]),
                AttentionHistory.LeadTable(relative),
            ],
            Notes =
            [
                "Nothing is marked by eye: the window goes from 10 to 90 % of the score's way from that of frequencies alone, which is known exactly, to where the score ends; a model that gains less than half of what counting transitions has over frequencies has not learned it.",
                "Each seed has validation chains of its own; the predictors are read off the same chains.",
                .. bench.Quick ? ["Quick: sequences of 64 tokens in batches of 32 at twice the learning rate, and one seed of each control. Absolute positions are drawn, not compared: their score has not gone half of the way by then, though their loss nearly has."] : Array.Empty<string>(),
            ],
        };
    }

    private static AttentionExperiment Setting(Bench bench) => bench.Quick
        ? new() { Context = 64, Batch = 32, LearningRate = 1e-3, Steps = 1500, Record = new(true, 20) }
        : new();

    private static WeightMaps? Maps(AttentionHistory run, string prefix, string of) => run.Maps(prefix) is { } maps ? maps with { Title = $"Attention of every head, {of}" } : null;

    /// <summary>The part of the steps to the middle of the window on which the loss differs from that of frequencies alone, steps between records counting as the record after them.</summary>
    private static double OffThePlateau(AttentionHistory run)
    {
        if (run.Emergence is not { } e)
            return double.NaN;
        double unigram = run.BaselineLoss(^2), off = 0;
        for (int i = 1; i < run.Steps.Length && run.Steps[i - 1] < e.Half; i++)
            off += Math.Abs(run.Losses[i] / unigram - 1) > Plateau ? Math.Min(run.Steps[i], e.Half) - run.Steps[i - 1] : 0;
        return off / e.Half;
    }

    private static string Emerging(AttentionHistory[] runs) => $"{runs.Count(run => run.Emergence is not null)} of {runs.Length}";

    private static double Worst(AttentionHistory[] runs, Func<AttentionHistory, double> of) => runs.Select(of).Aggregate((a, b) => double.IsNaN(a) || a > b ? a : b);

    /// <summary>Seed by seed, of windows that are both there.</summary>
    private static string Compared(AttentionHistory[] absolute, AttentionHistory[] relative, Func<Emergence, double> of, string more, string notMore) =>
        absolute.Zip(relative).Any(pair => pair.First.Emergence is null || pair.Second.Emergence is null) ? "no window"
        : absolute.Zip(relative).All(pair => of(pair.First.Emergence!) > of(pair.Second.Emergence!)) ? more : notMore;

    private static Plot Course(
        (string Name, AttentionExperiment Experiment)[] settings, AttentionHistory[] runs, string id, string title, string label,
        Func<AttentionHistory, double[]> of, Func<AttentionHistory, IReadOnlyList<(string Name, double Value)>> predictors)
    {
        string[] names = [.. settings.Select(s => s.Name).Distinct(StringComparer.Ordinal)];
        return new()
        {
            Id = id,
            Title = title,
            Caption = "One curve a seed; dashed: the predictors on the chains of the first seed.",
            X = new("step", IsLogarithmic: true),
            Y = new(label),
            Series =
            [
                .. settings.Zip(runs, (s, run) => new Series($"{s.Name}, seed {s.Experiment.Seed}", SeriesRole.Measured, run.Steps, of(run), Array.IndexOf(names, s.Name))),
                .. predictors(runs[0]).Select((p, i) => new Series(p.Name, SeriesRole.Predicted, [1, runs.Max(run => run.Steps[^1])], [p.Value, p.Value], names.Length + i)),
            ],
        };
    }
}
