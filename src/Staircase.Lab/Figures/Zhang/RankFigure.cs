using System.Globalization;

namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, Fig. 4 and 12: a head of rank R learns R components almost at once, so conspicuous plateaus stand only where a new
/// head must start.
/// </summary>
internal sealed class RankFigure : IFigure
{
    /// <summary>A sample of 80,000 lowers a plateau below L(M_m) by the chance that heads fit, and short plateaus still slope.</summary>
    private const double SampleHeight = 0.03;

    private const double PopulationHeight = 1e-3;

    /// <summary>
    /// Ten times smaller entries wait ten times longer for a new head, but only ln 10 longer for the next pair of a head.
    /// </summary>
    private const double Smaller = 10, Conspicuous = 5, Inconspicuous = 2;

    private static readonly double[] Entries = [1e-3, 1e-4];

    public string Name => "rank";

    public string Shows => "the staircases of rank 1 to 8: conspicuous plateaus only where a new head must start";

    public string Source => "Zhang et al. 2025, Fig. 4, 12";

    public IReadOnlyList<Result> Results => [RankReduction.Result, SeparateFixedPoints.Result, HeadRace.Result];

    public ReportSection Reproduce(Bench bench)
    {
        int[] ranks = bench.Quick ? [1, 2, 4] : [1, 2, 3, 4, 5, 6, 7, 8];
        RegressionStudy sample = bench.Study(Published.Rank(1, seed: 1, bench.Quick ? 8000 : 80_000));
        RegressionFindings[] published = bench.ForEach(ranks, rank => bench.Regress(sample.With(sample.Experiment with { Rank = rank })));
        (int Rank, double Entry)[] settings = [.. ranks.SelectMany(rank => Entries.Select(entry => (rank, entry)))];
        RegressionFindings[] population = bench.ForEach(
            settings,
            s => bench.Regress(new RegressionExperiment { Dimension = 8, Heads = 9, Rank = s.Rank, Init = s.Entry, Seed = 1, Until = 3e4 / s.Entry }));
        double[][] waits = [.. population.Select(Waits)];
        return new ReportSection
        {
            Id = Name,
            Title = "Rank of keys and queries: which plateaus are conspicuous",
            Lead = "One value weight serves $R$ key–query pairs. Once the first pair of a head has made it large, the other pairs follow within a time that grows only like $\\ln(1/w)$; "
                + "a new head must wait for a time of order $1/w$. So conspicuous plateaus stand at $m = 0, R, 2R, \\dots$, the more so the smaller the initial weights $w$.",
            Plots =
            [
                PlotOf("published", "Published setting: entries of size 5e-3", ranks.Zip(published), false),
                PlotOf("small", "Population, entries of size 1e-4", ranks.Zip(settings.Zip(population).Where(x => x.First.Entry == 1e-4).Select(x => x.Second)), true),
            ],
            Settings = published[0].Study.Settings,
            Checks =
            [
                .. ranks.Select((rank, i) => Check.Same(
                    $"rank {rank}: plateaus that grow with 1/w, by number of components learned", "Zhang et al. 2025, §5",
                    Conspicuously(waits[2 * i], waits[2 * i + 1]), string.Join(' ', Enumerable.Range(0, 8).Where(m => m % rank == 0)))),
                Check.AtMost("population, entries of 1e-4: heights of the plateaus at m = 0, R, 2R, … against L(M_m), worst, relative error", "Zhang et al. 2025, Eq. 19",
                    ranks.Select((rank, i) => HeightError(population[2 * i + 1], rank)).Max(), PopulationHeight),
                Check.AtMost("published setting: heights of the plateaus at m = 0, R, 2R, … that are seen, against L(M_m), worst, relative error", "Zhang et al. 2025, Eq. 19",
                    ranks.Zip(published).Max(x => HeightError(x.Second, x.First)), SampleHeight),
            ],
            Tables = [Table(ranks, published, waits)],
            Notes =
            [
                "At the published size of entries, 5e-3, the wait of the weakest pairs, $\\ln(1/w)/(v\\lambda^2)$, is as long as that for a new head, $1/(\\lambda^2 w)$: there plateaus stand between multiples of $R$, too, "
                + "and some at multiples are passed over. The law is one of small entries, and is put to the test there.",
            ],
        };
    }

    /// <summary>How long each number of components was the number learned: between half-way points of successive components.</summary>
    private static double[] Waits(RegressionFindings run)
    {
        double[] times = [0, .. run.HalfWay().Order()];
        return [.. times.Skip(1).Zip(times, (after, before) => after - before)];
    }

    /// <summary>
    /// The numbers of components at which the wait is about inversely proportional to the entries; a question mark where it is neither that
    /// nor logarithmic.
    /// </summary>
    private static string Conspicuously(double[] large, double[] small) => string.Join(' ', Enumerable.Range(0, large.Length)
        .Where(m => small[m] > Inconspicuous * large[m])
        .Select(m => small[m] > Conspicuous * large[m] ? $"{m}" : $"{m}?"));

    private static double HeightError(RegressionFindings run, int rank) => run.Comparison!.Plateaus
        .Where(p => p.Learned.Count % rank == 0 && p.Predicted is not null)
        .GroupBy(p => p.Learned.Count).Select(g => g.MaxBy(p => p.Measured.Duration)!)
        .Max(p => Math.Abs(p.HeightError!.Value));

    private static Plot PlotOf(string id, string title, IEnumerable<(int Rank, RegressionFindings Run)> runs, bool logarithmic)
    {
        (int Rank, RegressionFindings Run)[] all = [.. runs];
        ModeMoments moments = all[0].Run.Study.Moments!;
        double start = logarithmic ? all.Min(x => x.Run.Training.Times![1]) : 0, end = all.Max(x => x.Run.Training.Times![^1]);
        double[] heights = [.. Enumerable.Range(0, moments.Count + 1).Select(m => moments.PlateauHeight([.. moments.Order.Take(m)]))];
        return new Plot
        {
            Id = id,
            Title = title,
            Caption = "One curve a rank. Dotted: $L(M_m)$ for $m = 0 \\dots 8$.",
            X = RegressionPlots.PositionAxis(true) with { IsLogarithmic = logarithmic },
            Y = new("loss"),
            Series =
            [
                new("L(M_m)", SeriesRole.Guide, [.. heights.SelectMany(_ => new[] { start, end, double.NaN })], [.. heights.SelectMany(height => new[] { height, height, double.NaN })], 8),
                .. all.Select((x, i) => new Series($"rank {x.Rank}", SeriesRole.Measured, x.Run.Training.Positions, [.. x.Run.Training.Losses], i)),
            ],
        };
    }

    private static Table Table(int[] ranks, RegressionFindings[] published, double[][] waits) => new(
        "How long each number of components was the number learned",
        ["rank", "entries", .. Enumerable.Range(0, 8).Select(m => $"m = {m}")],
        [
            .. ranks.SelectMany((rank, i) => new[]
            {
                Row(rank, "5e-3, sample", Waits(published[i])), Row(rank, "1e-3, population", waits[2 * i]), Row(rank, "1e-4, population", waits[2 * i + 1]),
            }),
        ]);

    private static IReadOnlyList<string> Row(int rank, string entries, double[] waits) =>
        [$"{rank}", entries, .. waits.Select(w => double.IsFinite(w) ? w.ToString("G3", CultureInfo.InvariantCulture) : "—")];
}
