namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, Fig. 3a: separate keys and queries lose their loss in steps, one principal component a step.</summary>
internal sealed class SeparateStaircase() : Figure(
    "separate-staircase", "Separate keys and queries: a staircase",
    "the staircase of separate keys and queries, one principal component a step", Zhang("Fig. 3a"),
    SeparateFixedPoints.Result, HeadRace.Result, HeadGrowth.Result), IAdjustableFigure
{
    /// <summary>
    /// Heads that have learned also fit the chance of 5,000 sequences: a training loss 1 to 2 % below the plateau of the modes.
    /// </summary>
    private const double SampleHeight = 0.02;

    private const double FirstDrop = 0.02; // in a sample chance drives the map a little: the first drop's time is right to about 1/√P

    /// <summary>
    /// In the population a plateau is as flat as its length allows: heads still relax by 1e-3 of the loss half-way through.
    /// </summary>
    private const double PopulationHeight = 1e-3;

    /// <summary>The race at entries of 1e-3, outside near-ties: what growing heads do to each other is beyond its leading order.</summary>
    private const double PopulationEnd = 5e-3;

    public Experiment Setting(ulong seed) => Published.Separate(seed) with { Heads = null, Steps = null, Record = null };

    public override ReportSection Reproduce(Bench bench)
    {
        ReportSection sample = Draw(bench, bench.ForEach(Published.Seeds(bench), seed => Published.Separate(bench, seed)));
        RegressionFindings population = bench.Regress(new RegressionExperiment { Init = 1e-3, Tolerance = 1e-7, Seed = 1 });
        return sample with
        {
            Lead = "Full-batch gradient descent on 5,000 sequences. The loss falls in $D$ steps to the heights $L(M_m)$; "
                + "on plateau $m$ the first $m$ principal components have been learned. "
                + "The published runs end at step 10,000 (time 400); here they go on until the last component is learned.",
            Plots =
            [
                .. sample.Plots,
                RegressionPlots.Loss(population) with
                {
                    Id = "population",
                    Title = "Loss in the population limit",
                    Caption = "Gradient flow of the population loss from entries of size 1e-3: theory and training coincide.",
                },
            ],
            Checks = [.. sample.Checks, .. InPopulation(population)],
        };
    }

    public ReportSection Draw(Bench bench, IReadOnlyList<Experiment> experiments) => Draw(bench, bench.Regress(experiments));

    private ReportSection Draw(Bench bench, RegressionFindings[] runs)
    {
        Comparison[] comparisons = bench.ForEach(runs, RegressionBench.Compared);
        return Titled with
        {
            Lead = "The loss falls in $D$ steps to the heights $L(M_m)$; on plateau $m$ the first $m$ principal components have been "
                + "learned.",
            Plots = [RegressionBench.Losses(runs), RegressionPlots.Strengths(runs[0])],
            Settings = runs[0].Study.Settings,
            Checks = [.. OnSample(runs, comparisons)],
            Tables = [Durations(runs, comparisons)],
            Notes =
            [
                "Heights and times of the sample are those of all heads on its own moments, with the chance that they fit, too; what is "
                + "left is the step of gradient descent, 0.04 in time, and shoulders of a drop that count as plateaus.",
            ],
        };
    }

    private static IEnumerable<Check> OnSample(RegressionFindings[] runs, Comparison[] comparisons)
    {
        int D = runs[0].Study.Model.InputDimension;
        yield return Same(
            "components learned, in order, seed by seed", Zhang("§4.3"), runs.Select(Order), runs.Select(_ => FromOne(Range(0, D))), "; ");
        for (int m = 0; m <= D; m++)
        {
            yield return Check.AtMost(
                $"sample: height of the plateau with {m} components against L(M_{m}), worst seed, relative error", Zhang("Eq. 19"),
                comparisons.Max(comparison => HeightError(comparison, m)), SampleHeight);
        }

        yield return Check.AtMost(
            "sample: end of the first plateau against the initial weights alone, worst seed, relative error",
            Own(HeadRace.Result),
            comparisons.Max(FirstEndError), FirstDrop);
    }

    /// <summary>
    /// Of the last plateau on which nothing is learned: a shoulder in the first drop, as two heads make it that share a component, is one,
    /// too. Infinite where there is none.
    /// </summary>
    private static double FirstEndError(Comparison comparison) => Abs(
        comparison.Plateaus.LastOrDefault(plateau => plateau.Learned.Count == 0)?.EndError(isLast: false) ?? double.PositiveInfinity);

    private static IEnumerable<Check> InPopulation(RegressionFindings run)
    {
        IReadOnlyList<ComparedPlateau> plateaus = run.Comparison!.Plateaus;
        yield return Check.Same(
            "population: plateaus", Zhang("§4.3"), $"{plateaus.Count}", $"{run.Study.Model.InputDimension + 1}");
        for (int m = 0; m < plateaus.Count; m++)
        {
            (ComparedPlateau plateau, MeasuredPlateau measured) = (plateaus[m], plateaus[m].Measured);
            if (plateau.Predicted is not { } predicted)
                continue;
            yield return Check.Relative(
                $"population: height of the plateau with {m} components", Zhang("Eq. 19"),
                measured.Height, predicted.Height, PopulationHeight);
            if (m < plateaus.Count - 1 && plateau is { Drop: { } drop, NearTie: null })
            {
                yield return Check.Relative(
                    $"population: end of the plateau with {m} components", Own(HeadRace.Result),
                    measured.End, drop.Time, PopulationEnd);
            }
        }
    }

    /// <summary>The components in the order in which they pass half their strength.</summary>
    private static string Order(RegressionFindings run)
    {
        double[] halfWay = run.HalfWay();
        return FromOne(Range(0, halfWay.Length).Where(d => double.IsFinite(halfWay[d])).OrderBy(d => halfWay[d]));
    }

    /// <summary>Infinite where no plateau has exactly the first m components learned.</summary>
    private static double HeightError(Comparison comparison, int m) =>
        Abs(comparison.LongestPlateaus.FirstOrDefault(p => p.Learned.Count == m)?.HeightError ?? double.PositiveInfinity);

    private static Table Durations(RegressionFindings[] runs, Comparison[] comparisons) => Table.Of(
        "How long each plateau lasts on the sample: measured, and predicted from the initial weights alone",
        ["seed", "components learned", "from", "to", "predicted from", "predicted to", "doubt"],
        runs.Zip(comparisons)
            .SelectMany(pair => pair.Second.Plateaus.Select(plateau => (pair.First.Study.Experiment.Seed, Plateau: plateau))),
        row =>
        [
            $"{row.Seed}", FromOne(row.Plateau.Learned),
            Number(row.Plateau.Measured.Start), Number(row.Plateau.Measured.End),
            Number(row.Plateau.Predicted?.Start), Number(row.Plateau.Drop?.Time), row.Plateau.NearTie ?? "",
        ]);
}
