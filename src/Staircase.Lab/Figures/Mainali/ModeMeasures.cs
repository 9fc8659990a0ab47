using static Staircase.Lab.PublishedModes;

namespace Staircase.Lab;

/// <summary>
/// Mainali, Teixeira 2025, Fig. 4A–C: measures that turn where modes are learned, beside the loss, its slopes and its transitions.
/// </summary>
internal sealed class ModeMeasures() : RunFigure(
    "mode-measures", "Measures of modes, and what they see when",
    "effective rank, loss autocovariance and norm of the modes, with transitions, leads and lags", Mainali("Fig. 4A–C"),
    ModeDynamics.Result, FiniteContextFlow.Result)
{
    private const double Reading = 3; // epochs or lags: what can be read off a curve that was published as a picture
    private const double MinimumDigits = 0.005; // two published digits of a minimum, four of an end

    /// <summary>
    /// The largest false-alarm rate of a transition that is shown, and how far apart one of the loss and one of a measure may be to belong
    /// together.
    /// </summary>
    private const double Level = 0.05, Reach = 40;

    private static readonly string Rank = Mainali("Fig. 4A"), Lags = Mainali("Fig. 4B"), Norm = Mainali("Fig. 4C");

    private static readonly (double Epoch, double Minimum, double End)[] Minima = [(72, .31, .9858), (109, .31, .9917), (162, .79, .9984)];
    private static readonly (double Lag, bool IsMaximum)[] LagExtrema = [(73, false), (138, true), (194, false), (365, true)];
    private static readonly (double Epoch, bool IsMaximum)[] NormExtrema = [(52, true), (84, false), (169, true), (245, false)];

    public override ReportSection Reproduce(Bench bench)
    {
        VectorFindings trained = Trained(bench);
        Measured simulated = new(trained.Training(0)), closed = new(Limit.Theories(Times())[1].Course), exact = new(Limit.Exact(Times()));
        var detector = new ChangePointDetector(simulated.Loss.Count);
        IReadOnlyList<ChangePoint>[] changes = bench.ForEach(simulated.Series, s => detector.Detect(s.Series, Level));
        return Titled with
        {
            Lead = "The published curves follow from the closed form. Beside them stand the plain slopes of the loss, which say as much "
                + "and say it in time: the axis of an autocovariance is a lag.",
            Plots =
            [
                RankPlot(closed, simulated), LagPlot(closed, simulated), SlopePlot(closed, simulated, changes[0]),
                NormPlot(closed, simulated),
            ],
            Settings = trained.Study.Settings,
            Checks = [.. Minima.SelectMany((m, k) => RankChecks(closed.Ranks[k], k, m)), .. ExtremumChecks(closed)],
            Tables = [Elsewhere(closed, exact, simulated), Transitions(simulated, changes), Leads(simulated, changes, detector.Window)],
            Notes =
            [
                "Closed form, exact flow and simulation differ by less than can be read off the published curves; "
                + "the first table says by how much.",
                "The published curves are: the normalized effective rank of diag a from σ, modes left out by index; "
                + "minus the second derivative of the unbiased autocovariance of the whole loss curve, over lags; "
                + "the second derivative of the norm of one factor, ‖p₂‖ = √Σa. Smoothing: Gaussian, 8 epochs. "
                + "The last two have one more, shallow pair of extrema each (lags 280 and 315; epochs 107 and 126).",
                "An extremum at a lag is no transition at that time: continuing the run moves it.",
                $"Transitions: windows of {detector.Window} epochs, false-alarm rate at most {Percent(Level)} a series; looking at "
                + $"{simulated.Series.Count} series multiplies it. They are those of a single training.",
            ],
        };
    }

    public override Experiment Setting(ulong seed) => PublishedModes.Setting(seed);

    protected override FigurePart Draw(Run run)
    {
        VectorFindings findings = RequireAligned(VectorFindings.Of(run));
        VectorStudy study = findings.Study;
        Require(
            study.Task.InputDimension > Minima.Length && study.TimePerEpoch == 1 && study.Plan.Checkpoints == Schedule.All,
            $"The measures leave out up to {Minima.Length - 1} modes, epoch by epoch: there must be more than {Minima.Length} in "
            + "‹spectrum›, with ‹checkpoints› every:1 and ‹optimizer› gd.");
        IReadOnlyList<VectorPoint> course = findings.Training(0);
        Measured simulated = new(course), closed = new(study.Theories([.. course.Select(point => point.Time)])[1].Course);
        IReadOnlyList<ChangePoint> changes = new ChangePointDetector(simulated.Loss.Count).Detect(simulated.Loss, Level);
        return Part(
            findings, RankPlot(closed, simulated), LagPlot(closed, simulated), SlopePlot(closed, simulated, changes),
            NormPlot(closed, simulated));
    }

    private static IEnumerable<Check> RankChecks(EvenSeries rank, int left, (double Epoch, double Minimum, double End) published)
    {
        string claim = $"normalized effective rank without {left} modes:";
        int lowest = Array.IndexOf(rank.Values, rank.Values.Min());
        yield return Check.Absolute($"{claim} minimum", Rank, rank.Values[lowest], published.Minimum, MinimumDigits);
        yield return Check.Absolute($"{claim} epoch of the minimum", Rank, rank.PositionAt(lowest), published.Epoch, Reading);
        yield return Check.Absolute($"{claim} at the end", Rank, rank.Values[^1], published.End, FourDigits);
    }

    private static IEnumerable<Check> ExtremumChecks(Measured closed)
    {
        foreach ((double lag, bool isMaximum) in LagExtrema)
        {
            yield return Check.Absolute(
                $"loss autocovariance curvature: {Kind(isMaximum)} near lag {lag}", Lags,
                Nearest(closed.Lagged, lag, isMaximum), lag, Reading);
        }

        foreach ((double epoch, bool isMaximum) in NormExtrema)
        {
            yield return Check.Absolute(
                $"curvature of ‖p₂‖: {Kind(isMaximum)} near epoch {epoch}", Norm,
                Nearest(closed.NormBend, epoch, isMaximum), epoch, Reading);
        }

        static string Kind(bool isMaximum) => isMaximum ? "maximum" : "minimum";
    }

    /// <summary>The extremum of that kind nearest a position; NaN if there is none.</summary>
    private static double Nearest(EvenSeries series, double position, bool isMaximum) => series.Extrema()
        .Where(i => series.Values[i] > series.Values[i - 1] == isMaximum)
        .Select(i => series.PositionAt(i)).DefaultIfEmpty(double.NaN).MinBy(x => Abs(x - position));

    private static Series Line(string name, SeriesRole role, EvenSeries series, int colour = 0) =>
        new(name, role, [.. Range(0, series.Count).Select(i => series.PositionAt(i))], series.Values, colour);

    private static Series[] Both(string suffix, Measured simulated, Measured closed, Func<Measured, EvenSeries> of, int colour = 0) =>
    [
        Line($"simulated{suffix}", SeriesRole.Measured, of(simulated), colour),
        Line($"closed form{suffix}", SeriesRole.Predicted, of(closed), colour),
    ];

    private static Plot RankPlot(Measured closed, Measured simulated) => Plot.Of(
        "rank", "Normalized effective rank, the first k modes left out", "epoch", "ln erank / ln n",
        "Solid: one simulated training. Dashed: the closed form, as published. A minimum marks the mode after those left out.",
        Range(0, Minima.Length).SelectMany(k => Both($", k = {k}", simulated, closed, course => course.Ranks[k], k)));

    private static Plot LagPlot(Measured closed, Measured simulated) => Plot.Of(
        "lags", "Curvature of the loss autocovariance", "lag, epochs", "−A″",
        "Over lags, which are differences of times and not times. Solid: one simulated training. Dashed: the closed form, as published.",
        Both("", simulated, closed, course => course.Lagged));

    private static Plot SlopePlot(Measured closed, Measured simulated, IReadOnlyList<ChangePoint> transitions)
    {
        EvenSeries slope = LossSlope.Of(simulated.Loss), bend = LossSlope.Curvature(simulated.Loss);
        return Plot.Of(
            "slopes", "Slope and curvature of the loss, over time", "epoch", "a epoch",
            "A drop is a peak of −dL/dt and a minimum followed by a maximum of d²L/dt² (ten times enlarged). "
            + "Points: transitions of the simulated loss.",
            [
                .. Both(" −dL/dt", simulated, closed, course => LossSlope.Of(course.Loss)),
                Line("simulated 10 d²L/dt²", SeriesRole.Measured, bend.With([.. bend.Values.Select(x => 10 * x)]), 1),
                Series.Points("transitions of the loss", transitions, c => c.Position, c => slope.Values[(int)c.Position], 2),
            ]);
    }

    private static Plot NormPlot(Measured closed, Measured simulated) => Plot.Of(
        "norm", "Curvature of ‖p₂‖", "epoch", "d²‖p₂‖/dt²",
        "Of one factor, as published; the norm of the product turns elsewhere. Solid: one simulated training. Dashed: the closed form.",
        Both("", simulated, closed, course => course.NormBend));

    /// <summary>The same numbers from the exact flow and from a training.</summary>
    private static Table Elsewhere(params Measured[] courses)
    {
        return new("The published numbers in theory and in one training", ["", "published", "closed form", "exact flow", "simulation"],
        [
            .. Minima.SelectMany((m, k) => new[]
            {
                Row($"effective rank without {k} modes: minimum", m.Minimum, c => c.Ranks[k].Values.Min()),
                Row("at epoch", m.Epoch, c => Array.IndexOf(c.Ranks[k].Values, c.Ranks[k].Values.Min())),
                Row("at the end", m.End, c => c.Ranks[k].Values[^1]),
            }),
            .. LagExtrema.Select(e => Row(
                "loss autocovariance curvature: extremum at lag", e.Lag, c => Nearest(c.Lagged, e.Lag, e.IsMaximum))),
            .. NormExtrema.Select(e => Row(
                "curvature of ‖p₂‖: extremum at epoch", e.Epoch, c => Nearest(c.NormBend, e.Epoch, e.IsMaximum))),
        ]);

        string[] Row(string name, double published, Func<Measured, double> of) =>
            [name, Number(published), .. courses.Select(course => Number(of(course)))];
    }

    private static Table Transitions(Measured simulated, IReadOnlyList<ChangePoint>[] changes)
    {
        return new(
            "Transitions of one simulated training", ["series", "at epoch", "between", "size", "standard errors", "false-alarm rate"],
            [.. simulated.Series.Zip(changes).SelectMany(of => of.Second.DefaultIfEmpty(), (of, change) => Row(of.First.Name, change))]);

        static string[] Row(string name, ChangePoint? change) => change is not { } c
            ? [name, "none", "", "", "", ""]
            :
            [
                name, Number(c.Position), $"{Number(c.Earliest)} and {Number(c.Latest)}", Number(c.Size), Number(c.Strength, digits: 2),
                Percent(c.FalseAlarmRate),
            ];
    }

    /// <summary>How much earlier each measure changes than the loss: transition by transition, and over the whole course.</summary>
    private static Table Leads(Measured simulated, IReadOnlyList<ChangePoint>[] changes, int window)
    {
        return new(
            $"Lead of each measure over the loss, in epochs (negative: it lags; nothing below the window of {window} could have been known "
            + "in advance)",
            [
                "measure", .. changes[0].Select(c => $"transition at {Number(c.Position)}"), "by chance as near",
                "whole course, slope against slope", "correlation",
            ],
            [.. simulated.Series.Zip(changes).Skip(1).Select(pair => Row(pair.First.Name, pair.First.Series, pair.Second))]);

        string[] Row(string name, EvenSeries series, IReadOnlyList<ChangePoint> its)
        {
            IReadOnlyList<MatchedTransition> matched = MatchedTransition.Match(changes[0], its, Reach, Epochs);
            SlopeLead lead = SlopeLead.Of(series, simulated.Loss, (int)Reach);
            string[] chances = [.. matched.Where(m => m.Measure is not null).Select(m => Percent(m.ByChance))];
            return
            [
                name, .. matched.Select(m => m.Measure is null ? "—" : WithError(m.Lead, m.Uncertainty)),
                chances.Length > 0 ? string.Join(", ", chances) : "—",
                WithError(lead.Lead, lead.Uncertainty) + (lead.IsPeak ? "" : " (no peak within reach)"),
                Number(lead.Correlation, digits: 2),
            ];
        }

        static string WithError(double lead, double error) => $"{lead:+0.#;-0.#;0} ± {error:0.#}";
    }

    /// <summary>The measures of one course, epoch by epoch.</summary>
    private sealed class Measured
    {
        public Measured(IReadOnlyList<VectorPoint> course)
        {
            Loss = Every(point => point.Loss);
            Lagged = LossAutocovariance.CurvatureByLag(Loss);
            EvenSeries norm = Every(point => Sqrt(point.Value.Sum(x => x * x)));
            NormBend = NormCurvature.Of(norm);
            Ranks = [.. Minima.Select((_, k) => Every(point => EffectiveRank.Normalized(Marginalization.ByMode(point.Strengths, k))))];
            Series =
            [
                ("loss", Loss), ("−dL/dt", LossSlope.Of(Loss)), ("d²L/dt²", LossSlope.Curvature(Loss)), ("‖p₂‖", norm),
                ("curvature of ‖p₂‖", NormBend), .. Ranks.Select((rank, k) => ($"effective rank, k = {k}", rank)),
            ];

            EvenSeries Every(Func<VectorPoint, double> of) => new(0, 1, [.. course.Select(of)]);
        }

        public EvenSeries Loss { get; }

        /// <summary>The curvature of the loss autocovariance, over lags.</summary>
        public EvenSeries Lagged { get; }

        /// <summary>The curvature of ‖p₂‖.</summary>
        public EvenSeries NormBend { get; }

        /// <summary>The normalized effective rank without the first 0, 1, 2 modes.</summary>
        public EvenSeries[] Ranks { get; }

        /// <summary>Everything that may change, the loss first.</summary>
        public IReadOnlyList<(string Name, EvenSeries Series)> Series { get; }
    }
}
