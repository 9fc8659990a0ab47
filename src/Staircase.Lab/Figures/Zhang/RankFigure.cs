namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, Fig. 4 and 12: a head of rank R learns R components almost at once, so conspicuous plateaus stand only where a new
/// head must start.
/// </summary>
internal sealed class RankFigure() : RunFigure(
    "rank", "Rank of keys and queries: which plateaus are conspicuous",
    "the staircases of rank 1 to 8: conspicuous plateaus only where a new head must start", Zhang("Fig. 4, 12"),
    RankReduction.Result, SeparateFixedPoints.Result, HeadRace.Result)
{
    /// <summary>A sample of 80,000 lowers a plateau below L(M_m) by the chance that heads fit, and short plateaus still slope.</summary>
    private const double SampleHeight = 0.03;

    private const double PopulationHeight = 1e-3;

    private const double Larger = 1e-3, Smaller = 1e-4;

    /// <summary>
    /// Ten times smaller entries wait ten times longer for a new head, but only ln 10 longer for the next pair of a head.
    /// </summary>
    private const double Conspicuous = 5, Inconspicuous = 2;

    private const int D = 8;

    private const string HowLong = "How long each number of components was the number learned";

    public override ReportSection Reproduce(Bench bench)
    {
        int[] ranks = bench.Quick ? [1, 2, 4] : [.. Range(1, D)];
        Trained[] runs = Train(bench, ranks);
        return Titled with
        {
            Lead = "One value weight serves $R$ key–query pairs. Once the first pair of a head has made it large, the other pairs follow "
                + "within a time that grows only like $\\ln(1/w)$; a new head must wait for a time of order $1/w$. "
                + "So conspicuous plateaus stand at $m = 0, R, 2R, \\dots$, the more so the smaller the initial weights $w$.",
            Plots =
            [
                Losses("published", "Published setting: entries of size 5e-3", runs, run => run.Published, logarithmic: false),
                Losses("small", $"Population, entries of size {Power(Smaller)}", runs, run => run.Small, logarithmic: true),
            ],
            Settings = runs[0].Published.Study.Settings,
            Checks = [.. runs.Select(Conspicuously), .. Heights(runs)],
            Tables =
            [
                new(HowLong, ["rank", "entries", .. Range(0, D).Select(m => $"m = {m}")], [.. runs.SelectMany(Rows)]),
            ],
            Notes =
            [
                "At the published size of entries, 5e-3, the wait of the weakest pairs, $\\ln(1/w)/(v\\lambda^2)$, is as long as that for "
                + "a new head, $1/(\\lambda^2 w)$: there plateaus stand between multiples of $R$, too, "
                + "and some at multiples are passed over. The law is one of small entries, and is put to the test there.",
            ],
        };
    }

    public override Experiment Setting(ulong seed) => new RegressionExperiment { Dimension = D, Rank = 2, Init = Larger, Seed = seed };

    protected override FigurePart Draw(Run one)
    {
        var run = RegressionFindings.Of(one);
        Require(
            run.Study.Model is SeparateAttention && run.Comparison is not null,
            "Plateaus of a rank are those of ‹attention› separate"
            + $"{(run.Study.NoTheory is { } missing ? $", with theory: {missing}" : "")}.");
        string[] waits = WaitsIn(run);
        return new(
            [RegressionPlots.Loss(run), RegressionPlots.Strengths(run)],
            [new(HowLong, [.. waits.Select((_, m) => $"m = {m}")], [waits])], []);
    }

    private static Trained[] Train(Bench bench, int[] ranks)
    {
        RegressionStudy sample = bench.Study(Published.Rank(1, seed: 1, bench.Quick ? 8000 : 80_000));
        RegressionStudy[] studies =
        [
            .. ranks.Select(rank => sample.With(sample.Experiment with { Rank = rank })),
            .. ranks.Select(rank => InPopulation(rank, Larger)),
            .. ranks.Select(rank => InPopulation(rank, Smaller)),
        ];
        RegressionFindings[] runs = bench.ForEach(studies, bench.Regress);
        int count = ranks.Length;
        return [.. ranks.Select((rank, i) => new Trained(rank, runs[i], runs[count + i], runs[2 * count + i]))];

        RegressionStudy InPopulation(int rank, double entry) => bench.Study(
            new() { Dimension = D, Heads = D + 1, Rank = rank, Init = entry, Seed = 1, Until = 3e4 / entry });
    }

    /// <summary>
    /// At which numbers of components the wait is about inversely proportional to the entries; a question mark where it is neither that nor
    /// logarithmic.
    /// </summary>
    private static Check Conspicuously(Trained run)
    {
        double[] growth = [.. Waits(run.Small).Zip(Waits(run.Large), (small, large) => small / large)];
        return Same(
            $"rank {run.Rank}: plateaus that grow with 1/w, by number of components learned", Zhang("§5"),
            Range(0, D).Where(m => growth[m] > Inconspicuous).Select(m => growth[m] > Conspicuous ? $"{m}" : $"{m}?"),
            Range(0, D).Where(m => m % run.Rank == 0).Select(m => $"{m}"));
    }

    private static IEnumerable<Check> Heights(Trained[] runs)
    {
        yield return Check.AtMost(
            $"population, entries of {Power(Smaller)}: heights of the plateaus at m = 0, R, 2R, … against L(M_m), worst, relative error",
            Zhang("Eq. 19"), runs.Max(run => HeightError(run.Small, run.Rank)), PopulationHeight);
        yield return Check.AtMost(
            "published setting: heights of the plateaus at m = 0, R, 2R, … that are seen, against L(M_m), worst, relative error",
            Zhang("Eq. 19"), runs.Max(run => HeightError(run.Published, run.Rank)), SampleHeight);
    }

    /// <summary>How long each number of components was the number learned: between half-way points of successive components.</summary>
    private static double[] Waits(RegressionFindings run)
    {
        double[] times = [0, .. run.HalfWay().Order()];
        return [.. times.Skip(1).Zip(times, (after, before) => after - before)];
    }

    private static double HeightError(RegressionFindings run, int rank) => run.Comparison!.LongestPlateaus
        .Where(p => p.Learned.Count % rank == 0).Max(p => Abs(p.HeightError!.Value));

    private static Plot Losses(string id, string title, Trained[] runs, Func<Trained, RegressionFindings> which, bool logarithmic)
    {
        Trajectory[] trainings = [.. runs.Select(run => which(run).Training)];
        ModeMoments moments = which(runs[0]).Study.Moments!;
        double start = logarithmic ? trainings.Min(t => t.Times![1]) : 0, end = trainings.Max(t => t.Times![^1]);
        return Plot.Of(
            id, title, RegressionPlots.PositionAxis(true) with { IsLogarithmic = logarithmic }, "loss",
            $"One curve a rank. Dotted: $L(M_m)$ for $m = 0 \\dots {D}$.",
            trainings.Select((training, i) => Series.Measured($"rank {runs[i].Rank}", training.Positions, training.Losses, i))
                .Prepend(Series.Levels(
                    "L(M_m)", SeriesRole.Guide,
                    Range(0, D + 1).Select(m => (start, end, moments.PlateauHeight([.. moments.Order.Take(m)]))))));
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(Trained run) =>
    [
        [$"{run.Rank}", "5e-3, sample", .. WaitsIn(run.Published)],
        [$"{run.Rank}", $"{Power(Larger)}, population", .. WaitsIn(run.Large)],
        [$"{run.Rank}", $"{Power(Smaller)}, population", .. WaitsIn(run.Small)],
    ];

    private static string[] WaitsIn(RegressionFindings run) =>
        [.. Waits(run).Select(wait => Number(double.IsFinite(wait) ? wait : null, 3))];

    /// <summary>A rank in the published setting, and in the population from larger and from smaller entries.</summary>
    private sealed record Trained(int Rank, RegressionFindings Published, RegressionFindings Large, RegressionFindings Small);
}
