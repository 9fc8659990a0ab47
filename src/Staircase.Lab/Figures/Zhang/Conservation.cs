namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, App. E.8: what the flow conserves, and how discrete steps drift from it.</summary>
internal sealed class Conservation() : Figure(
    "conservation", "Conservation laws",
    "the invariants of the flow, and their drift under gradient descent in proportion to its rate", Zhang("App. E.8"),
    ConservationLaws.Result), IAdjustableFigure
{
    private const double Steps = 10; // the errors of some hundred steps, each of the size of the tolerance, cancel up to a few

    /// <summary>The next order of the learning rate, which is at most a tenth of the largest stable one here.</summary>
    private const double SlopeTolerance = 0.1;

    private static readonly double[] Tolerances = [1e-6, 1e-8, 1e-10];

    private static readonly double[] Rates = [0.08, 0.04, 0.02, 0.01];

    public override ReportSection Reproduce(Bench bench)
    {
        Drifts[] drifts = bench.ForEach<AttentionKind, Drifts>(
            [AttentionKind.Merged, AttentionKind.Separate], kind => Drifts.Of(bench, Setting(kind, seed: 1)));
        return Section(drifts);
    }

    public Experiment Setting(ulong seed) => Setting(AttentionKind.Separate, seed);

    public ReportSection Draw(Bench bench, IReadOnlyList<Experiment> experiments)
    {
        Require(
            experiments.All(e => e is RegressionExperiment { Until: not null, EffectiveOptimizer: OptimizerKind.Flow }),
            "Drifts are compared of the flow and of gradient descent up to the same time: give ‹until›, and leave ‹optimizer› flow.");
        return Section(bench.ForEach(experiments, experiment =>
            Drifts.Of(bench, (RegressionExperiment)experiment) with { Suffix = $", seed {experiment.Seed}" }));
    }

    private static RegressionExperiment Setting(AttentionKind kind, ulong seed) => new()
    {
        Attention = kind,
        Data = new(DataKind.Sample, 500),
        InitScheme = InitializationScheme.Full,
        Init = 0.2,
        Seed = seed,
        Optimizer = OptimizerKind.Flow,
        Until = 400,
    };

    private ReportSection Section(Drifts[] drifts)
    {
        return Titled with
        {
            Lead = "Every block of the weights free, on 500 sequences, through the drops. The flow keeps its invariants to the tolerance "
                + "of its solver; gradient descent drifts by $O(\\eta)$.",
            Plots =
            [
                Plot.Of(
                    "descent", "Drift of gradient descent", Axis.Logarithmic("learning rate"),
                    Axis.Logarithmic("drift over the largest squared weight"),
                    "Largest change of any invariant over the training; dotted: in proportion to the learning rate.",
                    drifts.SelectMany((drift, i) => drift.Curves(i))),
            ],
            Settings = drifts[0].Experiment.Write(),
            Checks = [.. drifts.SelectMany(drift => drift.OfFlow()), .. drifts.Select(drift => drift.OfDescent())],
        };
    }

    private sealed record Drifts(RegressionExperiment Experiment, double[] Flow, double[] Descent)
    {
        /// <summary>What tells it from others of the same attention.</summary>
        public string Suffix { get; init; } = "";

        private string Name => Experiment.Attention!.Value.ToString().ToLowerInvariant() + Suffix;

        public static Drifts Of(Bench bench, RegressionExperiment experiment)
        {
            RegressionStudy study = bench.Study(experiment);
            return new(
                study.Experiment,
                [.. Tolerances.Select(ε => DriftOf(bench.Regress(study.With(study.Experiment with { Tolerance = ε }))))],
                [.. Rates.Select(η => DriftOf(bench.Regress(study.With(study.Experiment with
                {
                    Optimizer = OptimizerKind.Gd,
                    LearningRate = η,
                    Until = null,
                    Steps = (long)Round(experiment.Until!.Value / (2 * η)),
                    Record = Schedule.Every(100),
                    Checkpoints = Schedule.Every(1000),
                }))))]);
        }

        public IEnumerable<Check> OfFlow() => Tolerances.Select((tolerance, i) => Check.AtMost(
            $"{Name}, flow at relative tolerance {Power(tolerance)}: drift over the largest squared weight", Zhang("App. E.8"),
            Flow[i], Steps * tolerance));

        public Check OfDescent() => Check.Absolute(
            $"{Name}, gradient descent: slope of log drift against log rate", Zhang("App. E.8"),
            Log(Descent[0] / Descent[^1]) / Log(Rates[0] / Rates[^1]), 1, SlopeTolerance);

        public IEnumerable<Series> Curves(int colour) =>
        [
            Series.Points(Name, Rates.Reverse(), Descent.Reverse(), colour),
            Series.Guide(
                $"proportional, {Name}", [Rates[^1], Rates[0]], [Descent[^1], Descent[^1] * Rates[0] / Rates[^1]], colour),
        ];

        private static double DriftOf(RegressionFindings run)
        {
            double[] before = ConservationLaws.Invariants(run.Study.Model, run.Study.InitialWeights);
            double[] after = ConservationLaws.Invariants(run.Study.Model, run.Training.FinalWeights);
            return before.Zip(after, (a, b) => Abs(a - b)).Max() / run.Training.FinalWeights.Max(w => w * w);
        }
    }
}
