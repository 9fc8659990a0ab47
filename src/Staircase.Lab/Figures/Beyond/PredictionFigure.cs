using System.Globalization;
using MathNet.Numerics.Statistics;

namespace Staircase.Lab;

/// <summary>Beyond the papers: the merged curve and the separate staircase, head by head, from the initial weights alone.</summary>
internal sealed class PredictionFigure : IFigure
{
    /// <summary>
    /// A drop is measured where its component passes half its strength; its head is the one that holds most of it at the end.
    /// </summary>
    private const double Half = 0.5;

    public string Name => "prediction";

    public string Shows => "the merged curve and the separate staircase from the initial weights alone, 20 seeds";

    public string Source => "beyond the papers";

    public IReadOnlyList<Result> Results => [MergedCurve.Result, HeadRace.Result];

    public ReportSection Reproduce(Bench bench)
    {
        ulong[] seeds = [.. Enumerable.Range(1, bench.Quick ? 6 : 20).Select(i => (ulong)i)];
        (double Entry, double Bound)[] merged = [(1e-2, 5e-3), (1e-4, 1e-4)];
        (int Rank, double Entry, double Bound)[] separate = [(1, 1e-2, 1e-2), (1, 1e-3, 1e-3), (2, 1e-2, 1e-2), (2, 1e-3, 1e-3)];
        double[][] deviations = [.. merged.Select(m => bench.ForEach(seeds, seed => DeviationOf(bench, m.Entry, seed)))];
        Drop[][] drops = [.. separate.Select(s => bench.ForEach(seeds, seed => Drop.Of(bench, s.Rank, s.Entry, seed)).SelectMany(x => x)
            .ToArray())];
        return new ReportSection
        {
            Id = Name,
            Title = "Training predicted from the initial weights alone",
            Lead = "Merged attention: project the initial weights on the one direction that grows and follow $D + 1$ scalars. Separate "
                + "attention: let the heads race. No free parameter, no training. Gradient flow of the population loss, $D = 4$.",
            Plots =
            [
                new Plot
                {
                    Id = "drop-times",
                    Title = "Drop times of separate attention",
                    Caption = "Every drop of every seed; on the line theory and training agree.",
                    X = new("predicted time of the drop", IsLogarithmic: true),
                    Y = new("measured time of the drop", IsLogarithmic: true),
                    Series =
                    [
                        Diagonal(drops),
                        .. separate.Zip(drops).Select((pair, i) => new Series(
                            $"rank {pair.First.Rank}, entries of {Text(pair.First.Entry)}", SeriesRole.MeasuredPoints,
                            [.. pair.Second.OrderBy(d => d.Predicted).Select(d => d.Predicted)],
                                [.. pair.Second.OrderBy(d => d.Predicted).Select(d => d.Measured)], i)),
                    ],
                },
                RegressionPlots.Loss(("rank 1, entries of 1e-2, seed 1",
                    bench.Regress(new RegressionExperiment { Seed = 1 }))) with { Id = "example", Title = "One of them" },
            ],
            Checks =
            [
                .. merged.Zip(deviations).Select(pair =>
                    Check.AtMost($"merged, entries of {Text(pair.First.Entry)}: largest |ΔL|/L₀ over the curve, worst seed",
                    "Staircase, merged-curve", pair.Second.Max(), pair.First.Bound)),
                .. separate.Zip(drops).SelectMany(pair => new[]
                {
                    Check.AtMost($"separate, rank {pair.First.Rank}, entries of {Text(pair.First.Entry)}: median error of a drop's time",
                        "Staircase, head-race", pair.Second.Where(d => !d.Flagged).Select(d => d.Error).Median(), pair.First.Bound),
                    Check.Same($"separate, rank {pair.First.Rank}, entries of {Text(pair.First.Entry)}: unflagged drops with the wrong "
                        + "head or component", "Staircase, head-race", $"{pair.Second.Count(d => !d.Flagged && !d.NamedRight)}", "0"),
                }),
            ],
            Tables =
            [
                new("Separate attention, drop by drop",
                    ["rank", "entries", "drops", "flagged as near-ties", "median error", "90 % of unflagged below", "worst unflagged",
                    "flagged and named wrong"],
                    [.. separate.Zip(drops).Select(pair => Row(pair.First.Rank, pair.First.Entry, pair.Second))]),
            ],
        };
    }

    private static Series Diagonal(Drop[][] drops)
    {
        double[] ends = [drops.SelectMany(d => d).Min(d => d.Predicted), drops.SelectMany(d => d).Max(d => d.Predicted)];
        return new("equal", SeriesRole.Guide, ends, ends, 8);
    }

    private static IReadOnlyList<string> Row(int rank, double entry, Drop[] drops)
    {
        double[] errors = [.. drops.Where(d => !d.Flagged).Select(d => d.Error)];
        return [$"{rank}", Text(entry), $"{drops.Length}", $"{drops.Count(d => d.Flagged)}", Percent(errors.Median()),
            Percent(errors.Quantile(0.9)), Percent(errors.Max()), $"{drops.Count(d => d.Flagged && !d.NamedRight)}"];
    }

    private static string Text(double entry) => entry.ToString("0e-0", CultureInfo.InvariantCulture);

    private static string Percent(double value) => (100 * value).ToString("G3", CultureInfo.InvariantCulture) + " %";

    private static double DeviationOf(Bench bench, double entry, ulong seed)
    {
        RegressionFindings run = bench.Regress(
            new RegressionExperiment { Attention = AttentionKind.Merged, Init = entry, Seed = seed, Tolerance = 1e-8 });
        return run.Comparison!.LargestDeviation!.Value;
    }

    /// <summary>A drop, measured and predicted.</summary>
    private sealed record Drop(double Measured, double Predicted, bool NamedRight, bool Flagged)
    {
        public double Error => Math.Abs(Measured / Predicted - 1);

        public static Drop[] Of(Bench bench, int rank, double entry, ulong seed)
        {
            RegressionFindings run = bench.Regress(new RegressionExperiment { Rank = rank, Init = entry, Seed = seed, Tolerance = 1e-7 });
            double[] halfWay = run.HalfWay();
            return [.. run.Study.Prediction!.Drops.SelectMany(drop =>
                drop.Modes.Select(mode => new Drop(halfWay[mode], drop.Time, HeadOf(run, mode) == drop.Head, drop.NearTie is not null)))];
        }

        private static int HeadOf(RegressionFindings run, int mode)
        {
            var model = (SeparateAttention)run.Study.Model;
            double[] w = run.Training.Checkpoints[^1].Weights;
            return Enumerable.Range(0, model.Heads).MaxBy(h => model.Head(w, h).Strength(mode));
        }
    }
}
