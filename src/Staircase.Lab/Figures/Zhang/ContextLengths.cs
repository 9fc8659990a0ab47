namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, appendix: trained on contexts of every length at once, the staircase stays, with heights from moments averaged over lengths.</summary>
internal sealed class ContextLengths : IFigure
{
    private const double PopulationHeight = 1e-3, SampleHeight = 0.02, EndTolerance = 5e-3;

    public string Name => "context-lengths";

    public string Shows => "the staircase of a loss averaged over context lengths 1 to N";

    public string Source => "Zhang et al. 2025, appendix";

    public IReadOnlyList<Result> Results => [SeparateFixedPoints.Result, HeadRace.Result];

    public ReportSection Reproduce(Bench bench)
    {
        var population = new Experiment { VaryContext = true, Scale = OutputScale.Tokens, Init = 1e-3, Tolerance = 1e-7, Seed = 1 };
        TrainedStudy exact = bench.Train(population), fixedLength = bench.Train(population with { VaryContext = false });
        Study study = Study.Prepare(Published.Separate(1) with { VaryContext = true, Scale = OutputScale.Tokens, LearningRate = 0.5, Steps = bench.Quick ? 20_000 : 60_000, Record = new(false, 4) }, null, bench.Cancellation);
        TrainedStudy sample = bench.Train(study);
        Comparison comparison = exact.Compare(), sampled = sample.Compare();
        int D = exact.Study.Model.InputDimension;
        return new ReportSection
        {
            Id = Name,
            Title = "Contexts of varying length",
            Lead = "The loss averages over context lengths 1 to 31; the attention sum is divided by the number of tokens, as in the authors' code. Averaged moments take the place of those of one length.",
            Plots =
            [
                RunPlots.Loss(("lengths 1 to 31", exact), ("length 31", fixedLength)),
                RunPlots.Loss(("sample of 5,000", sample)) with { Id = "sample", Title = "Loss on 5,000 sequences" },
            ],
            Settings = ExperimentKey.Write(exact.Study.Experiment),
            Checks =
            [
                Check.Same("population: plateaus", "Zhang et al. 2025, appendix", $"{comparison.Plateaus.Count}", $"{D + 1}"),
                .. comparison.Plateaus.Where(p => p.Predicted is not null).Select(p => Check.Relative(
                    $"population: height of the plateau with {p.Learned.Count} components", "Zhang et al. 2025, Eq. 19 with averaged moments", p.Measured.Height, p.Predicted!.Height, PopulationHeight)),
                .. comparison.Plateaus.SkipLast(1).Where(p => p is { Predicted: not null, NearTie: null }).Select(p => Check.Relative(
                    $"population: end of the plateau with {p.Learned.Count} components", "Staircase, head-race with averaged moments", p.Measured.End, p.Predicted!.End, EndTolerance)),
                Check.AtMost("sample: heights of its plateaus, worst, relative error", "Zhang et al. 2025, Eq. 19 with averaged moments",
                    sampled.Plateaus.Where(p => p.Predicted is not null).GroupBy(p => p.Learned.Count).Max(g => Math.Abs(g.MaxBy(p => p.Measured.Duration)!.HeightError!.Value)), SampleHeight),
            ],
        };
    }
}
