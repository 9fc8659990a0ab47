using System.Globalization;

namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, App. E.8: what the flow conserves, and how discrete steps drift from it.</summary>
internal sealed class Conservation : IFigure
{
    /// <summary>The errors of some hundred steps, each of the size of the tolerance, cancel up to a few.</summary>
    private const double Steps = 10;

    /// <summary>The next order of the learning rate, which is at most a tenth of the largest stable one here.</summary>
    private const double SlopeTolerance = 0.1;

    private static readonly double[] Tolerances = [1e-6, 1e-8, 1e-10];

    private static readonly double[] Rates = [0.08, 0.04, 0.02, 0.01];

    public string Name => "conservation";

    public string Shows => "the invariants of the flow, and their drift under gradient descent in proportion to its rate";

    public string Source => "Zhang et al. 2025, App. E.8";

    public IReadOnlyList<Result> Results => [ConservationLaws.Result];

    public ReportSection Reproduce(Bench bench)
    {
        AttentionKind[] kinds = [AttentionKind.Merged, AttentionKind.Separate];
        Drifts[] drifts = bench.ForEach(kinds, kind => Drifts.Of(bench, kind));
        return new ReportSection
        {
            Id = Name,
            Title = "Conservation laws",
            Lead = "Every block of the weights free, on 500 sequences, through the drops. The flow keeps its invariants to the tolerance of its solver; gradient descent drifts by $O(\\eta)$.",
            Plots =
            [
                new Plot
                {
                    Id = "descent",
                    Title = "Drift of gradient descent",
                    Caption = "Largest change of any invariant over the training; dotted: in proportion to the learning rate.",
                    X = new("learning rate", IsLogarithmic: true),
                    Y = new("drift over the largest squared weight", IsLogarithmic: true),
                    Series =
                    [
                        .. kinds.Zip(drifts).SelectMany((pair, i) => new Series[]
                        {
                            new($"{pair.First.ToString().ToLowerInvariant()}", SeriesRole.MeasuredPoints, [.. Rates.Reverse()], [.. pair.Second.Descent.Reverse()], i),
                            new($"proportional, {pair.First.ToString().ToLowerInvariant()}", SeriesRole.Guide, [Rates[^1], Rates[0]], [pair.Second.Descent[^1], pair.Second.Descent[^1] * Rates[0] / Rates[^1]], i),
                        }),
                    ],
                },
            ],
            Settings = drifts[0].Experiment.Write(),
            Checks =
            [
                .. kinds.Zip(drifts).SelectMany(pair => Tolerances.Select((tolerance, i) => Check.AtMost(
                    $"{pair.First.ToString().ToLowerInvariant()}, flow at relative tolerance {Text(tolerance)}: drift over the largest squared weight", "Zhang et al. 2025, App. E.8", pair.Second.Flow[i], Steps * tolerance))),
                .. kinds.Zip(drifts).Select(pair => Check.Absolute(
                    $"{pair.First.ToString().ToLowerInvariant()}, gradient descent: slope of log drift against log rate", "Zhang et al. 2025, App. E.8", pair.Second.Slope, 1, SlopeTolerance)),
            ],
        };
    }

    private static string Text(double value) => value.ToString("0e-0", CultureInfo.InvariantCulture);

    private sealed record Drifts(RegressionExperiment Experiment, double[] Flow, double[] Descent)
    {
        public double Slope => Math.Log(Descent[0] / Descent[^1]) / Math.Log(Rates[0] / Rates[^1]);

        public static Drifts Of(Bench bench, AttentionKind kind)
        {
            RegressionStudy study = bench.Study(new RegressionExperiment
            {
                Attention = kind,
                Data = new(DataKind.Sample, 500),
                InitScheme = InitializationScheme.Full,
                Init = 0.2,
                Seed = 1,
                Optimizer = OptimizerKind.Flow,
                Until = 400,
            });
            return new(
                study.Experiment,
                [.. Tolerances.Select(ε => DriftOf(bench.Regress(study.With(study.Experiment with { Tolerance = ε }))))],
                [.. Rates.Select(η => DriftOf(bench.Regress(study.With(study.Experiment with { Optimizer = OptimizerKind.Gd, LearningRate = η, Until = null, Steps = (long)Math.Round(400 / (2 * η)), Record = Schedule.Every(100), Checkpoints = Schedule.Every(1000) }))))]);
        }

        private static double DriftOf(RegressionFindings run)
        {
            double[] before = ConservationLaws.Invariants(run.Study.Model, run.Study.InitialWeights);
            double[] after = ConservationLaws.Invariants(run.Study.Model, run.Training.Checkpoints[^1].Weights);
            return before.Zip(after, (a, b) => Math.Abs(a - b)).Max() / run.Training.Checkpoints[^1].Weights.Max(w => w * w);
        }
    }
}
