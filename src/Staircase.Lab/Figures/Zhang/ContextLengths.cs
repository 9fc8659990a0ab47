namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, appendix: trained on contexts of every length at once, the staircase stays, with heights from moments averaged over
/// lengths.
/// </summary>
internal sealed class ContextLengths() : RunFigure(
    "context-lengths", "Contexts of varying length",
    "the staircase of a loss averaged over context lengths 1 to N", Zhang("appendix"),
    SeparateFixedPoints.Result, HeadRace.Result)
{
    private const double PopulationHeight = 1e-3, SampleHeight = 0.02, EndTolerance = 5e-3;

    public override ReportSection Reproduce(Bench bench)
    {
        var population = (RegressionExperiment)Setting(seed: 1);
        RegressionFindings exact = bench.Regress(population), fixedLength = bench.Regress(population with { VaryContext = false });
        RegressionFindings sample = bench.Regress(OnSample(bench.Quick ? 20_000 : 60_000));
        return Titled with
        {
            Lead = "The loss averages over context lengths 1 to 31; the attention sum is divided by the number of tokens, as in the "
                + "authors' code. Averaged moments take the place of those of one length.",
            Plots =
            [
                RegressionPlots.Loss(("lengths 1 to 31", exact), ("length 31", fixedLength)),
                RegressionPlots.Loss(("sample of 5,000", sample)) with { Id = "sample", Title = "Loss on 5,000 sequences" },
            ],
            Settings = exact.Study.Settings,
            Checks = [.. OfPopulation(exact), OfSample(sample.Comparison!)],
        };
    }

    public override Experiment Setting(ulong seed) =>
        new RegressionExperiment { VaryContext = true, Scale = OutputScale.Tokens, Init = 1e-3, Tolerance = 1e-7, Seed = seed };

    protected override FigurePart Draw(Run one)
    {
        var run = RegressionFindings.Of(one);
        return new([RegressionPlots.Loss(run), RegressionPlots.Strengths(run)], run.Findings.Tables, [OfSample(run.Compared())]);
    }

    private static RegressionExperiment OnSample(long steps) => Published.Separate(1) with
    {
        VaryContext = true,
        Scale = OutputScale.Tokens,
        LearningRate = 0.5,
        Steps = steps,
        Record = Schedule.Every(4),
    };

    private static IEnumerable<Check> OfPopulation(RegressionFindings exact)
    {
        IReadOnlyList<ComparedPlateau> plateaus = exact.Comparison!.Plateaus;
        int expected = exact.Study.Model.InputDimension + 1;
        yield return Check.Same("population: plateaus", Zhang("appendix"), $"{plateaus.Count}", $"{expected}");
        foreach (ComparedPlateau plateau in plateaus.Where(p => p.Predicted is not null))
        {
            yield return Check.Relative(
                $"population: height of the plateau with {plateau.Learned.Count} components", Zhang("Eq. 19 with averaged moments"),
                plateau.Measured.Height, plateau.Predicted!.Height, PopulationHeight);
        }

        foreach (ComparedPlateau plateau in plateaus.SkipLast(1).Where(p => p is { Drop: not null, NearTie: null }))
        {
            yield return Check.Relative(
                $"population: end of the plateau with {plateau.Learned.Count} components",
                $"{Own(HeadRace.Result)} with averaged moments",
                plateau.Measured.End, plateau.Drop!.Time, EndTolerance);
        }
    }

    private static Check OfSample(Comparison sample) => Check.AtMost(
        "sample: heights of its plateaus, worst, relative error", Zhang("Eq. 19 with averaged moments"),
        sample.LongestPlateaus.Max(plateau => Abs(plateau.HeightError!.Value)), SampleHeight);
}
