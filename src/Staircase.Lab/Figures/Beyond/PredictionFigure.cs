using MathNet.Numerics.Statistics;

namespace Staircase.Lab;

/// <summary>Beyond the papers: the merged curve and the separate staircase, head by head, from the initial weights alone.</summary>
internal sealed class PredictionFigure() : Figure(
    "prediction", "Training predicted from the initial weights alone",
    "the merged curve and the separate staircase from the initial weights alone, 20 seeds", Beyond,
    MergedCurve.Result, HeadRace.Result), IAdjustableFigure
{
    private static readonly (double Entry, double Bound)[] Merged = [(1e-2, 5e-3), (1e-4, 1e-4)];

    private static readonly (int Rank, double Entry, double Bound)[] Separate =
        [(1, 1e-2, 1e-2), (1, 1e-3, 1e-3), (2, 1e-2, 1e-2), (2, 1e-3, 1e-3)];

    public override ReportSection Reproduce(Bench bench)
    {
        ulong[] seeds = [.. Range(1, bench.Quick ? 6 : 20).Select(i => (ulong)i)];
        Check[] curves =
            [.. Merged.Select(m => CurveCheck(m.Entry, m.Bound, bench.ForEach(seeds, seed => Deviation(bench, m.Entry, seed))))];
        Race[] races = [.. Separate.Select(s => Race.Of(bench, s.Rank, s.Entry, s.Bound, seeds))];
        return Titled with
        {
            Lead = "Merged attention: project the initial weights on the one direction that grows and follow $D + 1$ scalars. "
                + "Separate attention: let the heads race. No free parameter, no training. Gradient flow of the population loss, $D = 4$.",
            Plots =
            [
                Times(races),
                RegressionPlots.Loss(bench.Regress(new RegressionExperiment { Seed = 1 })) with { Id = "example", Title = "One of them" },
            ],
            Checks = [.. curves, .. races.SelectMany(race => race.Checks())],
            Tables = [Drops(races)],
        };
    }

    public Experiment Setting(ulong seed) => new RegressionExperiment { Seed = seed, Tolerance = 1e-7 };

    public ReportSection Draw(Bench bench, IReadOnlyList<Experiment> experiments)
    {
        RegressionFindings[] runs = bench.Regress(experiments);
        Require(
            runs.All(run => run.Study is { Model: SeparateAttention, FollowsFlow: true, Prediction: not null } && run.Training.HasTime),
            "Drops are predicted head by head of ‹attention› separate, by an optimizer that follows the flow, where there is theory"
            + (runs[0].Study.NoTheory is { } missing ? $": {missing}." : "."));
        RegressionExperiment setting = runs[0].Study.Experiment;
        Race[] races = [new(setting.Rank!.Value, setting.Init, Separate[0].Bound, [.. runs.SelectMany(Drop.Of)])];
        return Titled with
        {
            Plots = [Times(races), RegressionPlots.Loss(runs[0]) with { Id = "example", Title = "One of them" }],
            Settings = runs[0].Study.Settings,
            Tables = [Drops(races)],
        };
    }

    private static Table Drops(Race[] races) => Table.Of(
        "Separate attention, drop by drop",
        [
            "rank", "entries", "drops", "flagged as near-ties", "median error", "90 % of unflagged below", "worst unflagged",
            "flagged and named wrong",
        ],
        races, race => race.Row());

    private static double Deviation(Bench bench, double entry, ulong seed) => bench.Regress(
        new RegressionExperiment { Attention = AttentionKind.Merged, Init = entry, Seed = seed, Tolerance = 1e-8 })
        .Comparison!.LargestDeviation!.Value;

    private static Check CurveCheck(double entry, double bound, double[] deviations) => Check.AtMost(
        $"merged, entries of {Power(entry)}: largest |ΔL|/L₀ over the curve, worst seed", Own(MergedCurve.Result),
        deviations.Max(), bound);

    private static Plot Times(Race[] races)
    {
        double[] all = [.. races.SelectMany(race => race.Drops).Select(drop => drop.Predicted)], ends = [all.Min(), all.Max()];
        return Plot.Of(
            "drop-times", "Drop times of separate attention",
            Axis.Logarithmic("predicted time of the drop"), Axis.Logarithmic("measured time of the drop"),
            "Every drop of every seed; on the line theory and training agree.",
            races.Select((race, i) => Series.Points(
                $"rank {race.Rank}, entries of {Power(race.Entry)}", race.Drops.OrderBy(d => d.Predicted), d => d.Predicted,
                d => d.Measured, i))
                .Prepend(Series.Guide("equal", ends, ends)));
    }

    /// <summary>The drops of all seeds.</summary>
    private sealed record Race(int Rank, double Entry, double Bound, Drop[] Drops)
    {
        private double[] Errors => [.. Drops.Where(drop => !drop.Flagged).Select(drop => drop.Error)];

        public static Race Of(Bench bench, int rank, double entry, double bound, ulong[] seeds) =>
            new(rank, entry, bound, [.. bench.ForEach(seeds, seed => Drop.Of(bench.Regress(
                new RegressionExperiment { Rank = rank, Init = entry, Seed = seed, Tolerance = 1e-7 }))).SelectMany(drops => drops)]);

        public IEnumerable<Check> Checks()
        {
            (string setting, string source) = ($"separate, rank {Rank}, entries of {Power(Entry)}", Own(HeadRace.Result));
            yield return Check.AtMost($"{setting}: median error of a drop's time", source, Errors.Median(), Bound);
            yield return Check.Same(
                $"{setting}: unflagged drops with the wrong head or component", source, $"{NamedWrong(flagged: false)}", "0");
        }

        public IReadOnlyList<string> Row() =>
        [
            $"{Rank}", Power(Entry), $"{Drops.Length}", $"{Drops.Count(drop => drop.Flagged)}",
            Percent(Errors.Median()), Percent(Errors.Quantile(0.9)), Percent(Errors.Max()), $"{NamedWrong(flagged: true)}",
        ];

        private int NamedWrong(bool flagged) => Drops.Count(drop => drop.Flagged == flagged && !drop.NamedRight);
    }

    /// <summary>
    /// A drop: measured where its component passes half its strength; its head is the one that holds most of it at the end.
    /// </summary>
    private sealed record Drop(double Measured, double Predicted, bool NamedRight, bool Flagged)
    {
        public double Error => Abs(Measured / Predicted - 1);

        public static Drop[] Of(RegressionFindings run)
        {
            var model = (SeparateAttention)run.Study.Model;
            (double[] halfWay, double[] weights) = (run.HalfWay(), run.Training.FinalWeights);
            return
            [
                .. run.Study.Prediction!.Drops.SelectMany(drop => drop.Modes.Select(
                    mode => new Drop(halfWay[mode], drop.Time, HeadOf(mode) == drop.Head, drop.NearTie is not null))),
            ];

            int HeadOf(int mode) => Range(0, model.Heads).MaxBy(h => model.Head(weights, h).Strength(mode));
        }
    }
}
