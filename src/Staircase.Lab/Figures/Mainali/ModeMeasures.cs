using System.Globalization;

namespace Staircase.Lab;

/// <summary>Mainali, Teixeira 2025, Fig. 4A–C: measures that turn where modes are learned, beside the loss, its slopes and its transitions.</summary>
internal sealed class ModeMeasures : IFigure
{
    /// <summary>Epochs or lags: what can be read off a curve that was published as a picture.</summary>
    private const double Reading = 3;

    /// <summary>Two published digits of a minimum, four of an end.</summary>
    private const double MinimumDigits = 0.005;

    private const string Rank = "Mainali, Teixeira 2025, Fig. 4A", Lags = "Mainali, Teixeira 2025, Fig. 4B", Norm = "Mainali, Teixeira 2025, Fig. 4C";

    /// <summary>The largest false-alarm rate of a transition that is shown, and how far apart one of the loss and one of a measure may be to belong together.</summary>
    private const double Level = 0.05, Reach = 40;

    private static readonly (double Epoch, double Minimum, double End)[] Minima = [(72, .31, .9858), (109, .31, .9917), (162, .79, .9984)];
    private static readonly (double Lag, bool IsMaximum)[] LagExtrema = [(73, false), (138, true), (194, false), (365, true)];
    private static readonly (double Epoch, bool IsMaximum)[] NormExtrema = [(52, true), (84, false), (169, true), (245, false)];

    public string Name => "mode-measures";

    public string Shows => "effective rank, loss autocovariance and norm of the modes, with transitions, leads and lags";

    public string Source => "Mainali, Teixeira 2025, Fig. 4A–C";

    public IReadOnlyList<Result> Results => [ModeDynamics.Result, FiniteContextFlow.Result];

    public ReportSection Reproduce(Bench bench)
    {
        double[] times = PublishedModes.Times();
        Measured closed = new(new ModeDynamics(PublishedModes.Task(), PublishedModes.Start, PublishedModes.EpochRate).Course(times));
        Measured exact = new(FiniteContextFlow.Solve(PublishedModes.Task(), PublishedModes.Start, PublishedModes.EpochRate, times));
        Measured simulated = new(PublishedModes.Published(bench)[0]);
        var detector = new ChangePointDetector(times.Length);
        IReadOnlyList<ChangePoint>[] changes = bench.ForEach(simulated.Series, s => detector.Detect(s.Series, Level));
        EvenSeries lagged = LossAutocovariance.CurvatureByLag(closed.Loss), curvature = NormCurvature.Of(closed.Norm);
        return new ReportSection
        {
            Id = Name,
            Title = "Measures of modes, and what they see when",
            Lead = "The published curves follow from the closed form. Beside them stand the plain slopes of the loss, which say as much and say it in time: the axis of an autocovariance is a lag.",
            Plots = [RankPlot(closed, simulated), LagPlot(lagged, simulated), SlopePlot(closed, simulated, changes[0]), NormPlot(curvature, simulated)],
            Settings = PublishedModes.Settings(bench),
            Checks =
            [
                .. Minima.SelectMany((m, k) => RankChecks(closed.Ranks[k], k, m)),
                .. LagExtrema.Select(e => Check.Absolute($"loss autocovariance curvature: {(e.IsMaximum ? "maximum" : "minimum")} near lag {e.Lag}", Lags, NearestExtremum(lagged, e.Lag, e.IsMaximum), e.Lag, Reading)),
                .. NormExtrema.Select(e => Check.Absolute($"curvature of ‖p₂‖: {(e.IsMaximum ? "maximum" : "minimum")} near epoch {e.Epoch}", Norm, NearestExtremum(curvature, e.Epoch, e.IsMaximum), e.Epoch, Reading)),
            ],
            Tables = [Elsewhere(closed, exact, simulated), Transitions(simulated, changes), Leads(simulated, changes, detector.Window)],
            Notes =
            [
                "Closed form, exact flow and simulation differ by less than can be read off the published curves; the first table says by how much.",
                "The published curves are: the normalized effective rank of diag a from σ, modes left out by index; minus the second derivative of the unbiased autocovariance of the whole loss curve, over lags; "
                + "the second derivative of the norm of one factor, ‖p₂‖ = √Σa. Smoothing: Gaussian, 8 epochs. The last two have one more, shallow pair of extrema each (lags 280 and 315; epochs 107 and 126).",
                "An extremum at a lag is no transition at that time: continuing the run moves it.",
                $"Transitions: windows of {detector.Window} epochs, false-alarm rate at most {100 * Level:G2} % a series; looking at {simulated.Series.Count} series multiplies it. They are those of a single training.",
            ],
        };
    }

    private static IEnumerable<Check> RankChecks(EvenSeries rank, int left, (double Epoch, double Minimum, double End) published)
    {
        int lowest = Array.IndexOf(rank.Values, rank.Values.Min());
        yield return Check.Absolute($"normalized effective rank without {left} modes: minimum", Rank, rank.Values[lowest], published.Minimum, MinimumDigits);
        yield return Check.Absolute($"normalized effective rank without {left} modes: epoch of the minimum", Rank, rank.PositionAt(lowest), published.Epoch, Reading);
        yield return Check.Absolute($"normalized effective rank without {left} modes: at the end", Rank, rank.Values[^1], published.End, PublishedModes.FourDigits);
    }

    /// <summary>The extremum of that kind nearest a position; NaN if there is none.</summary>
    private static double NearestExtremum(EvenSeries series, double position, bool isMaximum) => series.Extrema()
        .Where(i => series.Values[i] > series.Values[i - 1] == isMaximum)
        .Select(i => series.PositionAt(i)).DefaultIfEmpty(double.NaN).MinBy(x => Math.Abs(x - position));

    private static Series Line(string name, SeriesRole role, EvenSeries series, int colour) =>
        new(name, role, [.. Enumerable.Range(0, series.Count).Select(i => series.PositionAt(i))], series.Values, colour);

    private static Plot RankPlot(Measured closed, Measured simulated) => new()
    {
        Id = "rank",
        Title = "Normalized effective rank, the first k modes left out",
        Caption = "Solid: one simulated training. Dashed: the closed form, as published. A minimum marks the mode after those left out.",
        X = new("epoch"),
        Y = new("ln erank / ln n"),
        Series = [.. Enumerable.Range(0, 3).SelectMany(k => new[] { Line($"simulated, k = {k}", SeriesRole.Measured, simulated.Ranks[k], k), Line($"closed form, k = {k}", SeriesRole.Predicted, closed.Ranks[k], k) })],
    };

    private static Plot LagPlot(EvenSeries lagged, Measured simulated) => new()
    {
        Id = "lags",
        Title = "Curvature of the loss autocovariance",
        Caption = "Over lags, which are differences of times and not times. Solid: one simulated training. Dashed: the closed form, as published.",
        X = new("lag, epochs"),
        Y = new("−A″"),
        Series = [Line("simulated", SeriesRole.Measured, LossAutocovariance.CurvatureByLag(simulated.Loss), 0), Line("closed form", SeriesRole.Predicted, lagged, 0)],
    };

    private static Plot SlopePlot(Measured closed, Measured simulated, IReadOnlyList<ChangePoint> transitions)
    {
        EvenSeries slope = LossSlope.Of(simulated.Loss), bend = LossSlope.Curvature(simulated.Loss);
        return new()
        {
            Id = "slopes",
            Title = "Slope and curvature of the loss, over time",
            Caption = "A drop is a peak of −dL/dt and a minimum followed by a maximum of d²L/dt² (ten times enlarged). Points: transitions of the simulated loss.",
            X = new("epoch"),
            Y = new("a epoch"),
            Series =
            [
                Line("simulated −dL/dt", SeriesRole.Measured, slope, 0),
                Line("closed form −dL/dt", SeriesRole.Predicted, LossSlope.Of(closed.Loss), 0),
                Line("simulated 10 d²L/dt²", SeriesRole.Measured, bend.With([.. bend.Values.Select(x => 10 * x)]), 1),
                new("transitions of the loss", SeriesRole.MeasuredPoints, [.. transitions.Select(c => c.Position)], [.. transitions.Select(c => slope.Values[(int)c.Position])], 2),
            ],
        };
    }

    private static Plot NormPlot(EvenSeries curvature, Measured simulated) => new()
    {
        Id = "norm",
        Title = "Curvature of ‖p₂‖",
        Caption = "Of one factor, as published; the norm of the product turns elsewhere. Solid: one simulated training. Dashed: the closed form.",
        X = new("epoch"),
        Y = new("d²‖p₂‖/dt²"),
        Series = [Line("simulated", SeriesRole.Measured, NormCurvature.Of(simulated.Norm), 0), Line("closed form", SeriesRole.Predicted, curvature, 0)],
    };

    /// <summary>The same numbers from the exact flow and from a training.</summary>
    private static Table Elsewhere(params Measured[] courses)
    {
        IReadOnlyList<string> Row(string name, string published, Func<Measured, double> of) => [name, published, .. courses.Select(of).Select(PublishedModes.Number)];
        return new("The published numbers in theory and in one training", ["", "published", "closed form", "exact flow", "simulation"],
        [
            .. Minima.SelectMany((m, k) => new[]
            {
                Row($"effective rank without {k} modes: minimum", PublishedModes.Number(m.Minimum), c => c.Ranks[k].Values.Min()),
                Row("at epoch", $"{m.Epoch}", c => Array.IndexOf(c.Ranks[k].Values, c.Ranks[k].Values.Min())),
                Row("at the end", PublishedModes.Number(m.End), c => c.Ranks[k].Values[^1]),
            }),
            .. LagExtrema.Select(e => Row("loss autocovariance curvature: extremum at lag", $"{e.Lag}", c => NearestExtremum(LossAutocovariance.CurvatureByLag(c.Loss), e.Lag, e.IsMaximum))),
            .. NormExtrema.Select(e => Row("curvature of ‖p₂‖: extremum at epoch", $"{e.Epoch}", c => NearestExtremum(NormCurvature.Of(c.Norm), e.Epoch, e.IsMaximum))),
        ]);
    }

    private static Table Transitions(Measured simulated, IReadOnlyList<ChangePoint>[] changes) => new(
        "Transitions of one simulated training", ["series", "at epoch", "between", "size", "standard errors", "false-alarm rate"],
        [
            .. simulated.Series.Zip(changes).SelectMany(pair => pair.Second.Count == 0
                ? [(IReadOnlyList<string>)[pair.First.Name, "none", "", "", "", ""]]
                : pair.Second.Select(c => (IReadOnlyList<string>)
                [
                    pair.First.Name, PublishedModes.Number(c.Position), $"{c.Earliest:G4} and {c.Latest:G4}", PublishedModes.Number(c.Size), PublishedModes.Small(c.Strength),
                    c.FalseAlarmRate.ToString("P1", CultureInfo.InvariantCulture),
                ])),
        ]);

    /// <summary>How much earlier each measure changes than the loss: transition by transition, and over the whole course.</summary>
    private static Table Leads(Measured simulated, IReadOnlyList<ChangePoint>[] changes, int window) => new(
        $"Lead of each measure over the loss, in epochs (negative: it lags; nothing below the window of {window} could have been known in advance)",
        ["measure", .. changes[0].Select(c => $"transition at {c.Position:G4}"), "by chance as near", "whole course, slope against slope", "correlation"],
        [
            .. simulated.Series.Zip(changes).Skip(1).Select(pair =>
            {
                IReadOnlyList<MatchedTransition> matched = MatchedTransition.Match(changes[0], pair.Second, Reach, PublishedModes.Epochs);
                SlopeLead lead = SlopeLead.Of(pair.First.Series, simulated.Loss, (int)Reach);
                return (IReadOnlyList<string>)
                [
                    pair.First.Name, .. matched.Select(m => m.Measure is null ? "—" : $"{m.Lead:+0.#;-0.#;0} ± {m.Uncertainty:0.#}"),
                    string.Join(", ", matched.Where(m => m.Measure is not null).Select(m => m.ByChance.ToString("P0", CultureInfo.InvariantCulture))) is { Length: > 0 } chance ? chance : "—",
                    $"{lead.Lead:+0.#;-0.#;0} ± {lead.Uncertainty:0.#}{(lead.IsPeak ? "" : " (no peak within reach)")}", PublishedModes.Small(lead.Correlation),
                ];
            }),
        ]);

    /// <summary>The measures of one course, epoch by epoch.</summary>
    private sealed class Measured(IReadOnlyList<VectorPoint> course)
    {
        public EvenSeries Loss { get; } = new(0, 1, [.. course.Select(p => p.Loss)]);

        public EvenSeries Norm { get; } = new(0, 1, [.. course.Select(p => Math.Sqrt(p.Value.Sum(x => x * x)))]);

        public EvenSeries[] Ranks { get; } =
            [.. Enumerable.Range(0, 3).Select(k => new EvenSeries(0, 1, [.. course.Select(p => EffectiveRank.Normalized(Marginalization.ByMode(p.Strengths, k)))]))];

        /// <summary>Everything that may change, the loss first.</summary>
        public IReadOnlyList<(string Name, EvenSeries Series)> Series =>
        [
            ("loss", Loss), ("−dL/dt", LossSlope.Of(Loss)), ("d²L/dt²", LossSlope.Curvature(Loss)), ("‖p₂‖", Norm), ("curvature of ‖p₂‖", NormCurvature.Of(Norm)),
            .. Ranks.Select((rank, k) => ($"effective rank, k = {k}", rank)),
        ];
    }
}
