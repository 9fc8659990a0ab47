using System.Globalization;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, Fig. 3a: separate keys and queries lose their loss in steps, one principal component a step.</summary>
internal sealed class SeparateStaircase : IAdjustableFigure
{
    /// <summary>
    /// Heads that have learned also fit the chance of 5,000 sequences: a training loss 1 to 2 % below the plateau of the modes.
    /// </summary>
    private const double SampleHeight = 0.02;

    /// <summary>In a sample chance drives the map a little: the first drop's time is right to about 1/√P.</summary>
    private const double FirstDrop = 0.02;

    /// <summary>
    /// In the population a plateau is as flat as its length allows: heads still relax by 1e-3 of the loss half-way through.
    /// </summary>
    private const double PopulationHeight = 1e-3;

    /// <summary>The race at entries of 1e-3, outside near-ties: what growing heads do to each other is beyond its leading order.</summary>
    private const double PopulationEnd = 5e-3;

    public string Name => "separate-staircase";

    public string Shows => "the staircase of separate keys and queries, one principal component a step";

    public string Source => "Zhang et al. 2025, Fig. 3a";

    public IReadOnlyList<Result> Results => [SeparateFixedPoints.Result, HeadRace.Result, HeadGrowth.Result];

    public Experiment Setting(ulong seed) => Published.Separate(seed) with { Heads = null, Steps = null, Record = null };

    public ReportSection Reproduce(Bench bench)
    {
        ulong[] seeds = bench.Quick ? [1, 2] : [1, 2, 3, 4, 5, 6];
        RegressionFindings[] runs = bench.ForEach(seeds, seed => Published.Separate(bench, seed));
        ReportSection sample = Draw(bench, runs);
        RegressionFindings population = bench.Regress(new RegressionExperiment { Init = 1e-3, Tolerance = 1e-7, Seed = 1 });
        Comparison exact = population.Comparison!;
        int D = population.Study.Model.InputDimension;
        return sample with
        {
            Lead = "Full-batch gradient descent on 5,000 sequences. The loss falls in $D$ steps to the heights $L(M_m)$; on plateau $m$ "
                + "the first $m$ principal components have been learned. "
                + "The published runs end at step 10,000 (time 400); here they go on until the last component is learned.",
            Plots =
            [
                .. sample.Plots,
                RegressionPlots.Loss(("population", population)) with { Id = "population", Title = "Loss in the population limit",
                    Caption = "Gradient flow of the population loss from entries of size 1e-3: theory and training coincide." },
            ],
            Checks =
            [
                .. sample.Checks,
                Check.Same("population: plateaus", "Zhang et al. 2025, §4.3", $"{exact.Plateaus.Count}", $"{D + 1}"),
                .. exact.Plateaus.SelectMany((plateau, m) => PopulationChecks(plateau, m, m == exact.Plateaus.Count - 1)),
            ],
        };
    }

    public ReportSection Draw(Bench bench, IReadOnlyList<Experiment> experiments) =>
        Draw(bench, bench.ForEach(experiments, experiment => RegressionFindings.Of(bench.Train(experiment))));

    private ReportSection Draw(Bench bench, RegressionFindings[] runs)
    {
        ulong[] seeds = [.. runs.Select(run => run.Study.Experiment.Seed)];
        Comparison[] comparisons = bench.ForEach(
            runs, run => run.Comparison ?? throw new InputException($"There is no theory for this setting: {run.Study.NoTheory}."));
        int D = runs[0].Study.Model.InputDimension;
        return new ReportSection
        {
            Id = Name,
            Title = "Separate keys and queries: a staircase",
            Lead = "The loss falls in $D$ steps to the heights $L(M_m)$; on plateau $m$ the first $m$ principal components have been "
                + "learned.",
            Plots =
            [
                RegressionPlots.Loss([.. runs.Zip(seeds, (run, seed) => ($"seed {seed}", run))]),
                RegressionPlots.Strengths(runs[0]),
            ],
            Settings = runs[0].Study.Settings,
            Checks =
            [
                Check.Same("components learned, in order, seed by seed", "Zhang et al. 2025, §4.3", string.Join("; ", runs.Select(Order)),
                    string.Join("; ", runs.Select(_ => string.Join(' ', Enumerable.Range(1, D))))),
                .. Enumerable.Range(0, D + 1).Select(m => Check.AtMost(
                    $"sample: height of the plateau with {m} components against L(M_{m}), worst seed, relative error",
                        "Zhang et al. 2025, Eq. 19",
                    comparisons.Max(c => HeightError(c, m)), SampleHeight)),
                Check.AtMost(
                    "sample: end of the first plateau against the initial weights alone, worst seed, relative error",
                        "Staircase, head-race",
                    comparisons.Max(c => Math.Abs(c.Plateaus[0].Measured.End / c.Plateaus[0].Predicted!.End - 1)), FirstDrop),
            ],
            Tables = [Durations(seeds, comparisons)],
            Notes =
            [
                "The heights of the sample's plateaus are those of its own moments; a head that has learned a component also fits the "
                    + "chance of the sample, which lowers the training loss by another 1 to 2 %.",
                "After the first drop the times of a sample's drops depend on how heads that have learned saturate in all their blocks, "
                    + "which the race does not model: the table shows how far that goes.",
            ],
        };
    }

    /// <summary>The components in the order in which they pass half their strength.</summary>
    private static string Order(RegressionFindings run) =>
        string.Join(
            ' ',
            run.HalfWay().Select((at, d) => (At: at, Component: d + 1)).Where(x => double.IsFinite(x.At)).OrderBy(x => x.At)
                .Select(x => x.Component));

    /// <summary>
    /// The plateau on which exactly the first m components are learned; where a drop has a shoulder of its own, the longest.
    /// </summary>
    private static double HeightError(Comparison comparison, int m) => comparison.Plateaus
        .Where(p => p.Learned.Count == m && p.Predicted is not null)
        .OrderByDescending(p => p.Measured.Duration).FirstOrDefault()?.HeightError is { } error ? Math.Abs(error) : double.PositiveInfinity;

    private static IEnumerable<Check> PopulationChecks(ComparedPlateau plateau, int m, bool last)
    {
        if (plateau.Predicted is not { } predicted)
            yield break;
        yield return Check.Relative(
            $"population: height of the plateau with {m} components", "Zhang et al. 2025, Eq. 19", plateau.Measured.Height,
            predicted.Height, PopulationHeight);
        if (!last && plateau.NearTie is null)
        {
            yield return Check.Relative(
                $"population: end of the plateau with {m} components", "Staircase, head-race", plateau.Measured.End, predicted.End,
                PopulationEnd);
        }
    }

    private static Table Durations(ulong[] seeds, Comparison[] comparisons) => new(
        "How long each plateau lasts on the sample: measured, and predicted from the initial weights alone",
        ["seed", "components learned", "from", "to", "predicted from", "predicted to", "doubt"],
        [.. seeds.Zip(comparisons).SelectMany(pair => pair.Second.Plateaus.Select(p => (IReadOnlyList<string>)
        [
            $"{pair.First}", string.Join(' ', p.Learned.Select(d => d + 1)), Number(p.Measured.Start), Number(p.Measured.End),
            Number(p.Predicted?.Start), Number(p.Predicted?.End), p.NearTie ?? "",
        ]))]);
}
