using System.Globalization;

namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, §3.4 and §4.4: on plateau m the model regresses in context on the first m principal components.</summary>
internal sealed class RegressionInContext : IFigure
{
    private const int Sequences = 2000;

    /// <summary>
    /// Linear attention inverts the mean covariance, regression that of each context: they differ by D/N, and more for weak components.
    /// </summary>
    private const double Distance = 0.25;

    /// <summary>At ten times the context the difference is ten times smaller; what is left is scatter of the test sequences.</summary>
    private const double Shrinkage = 0.2;

    public string Name => "regression-in-context";

    public string Shows => "what the model does on each plateau: principal component regression in context";

    public string Source => "Zhang et al. 2025, §3.4, §4.4, Eq. 22";

    public IReadOnlyList<Result> Results => [SeparateFixedPoints.Result, MergedFixedPoints.Result];

    public ReportSection Reproduce(Bench bench)
    {
        (string Name, RegressionExperiment Experiment)[] settings =
        [
            ("separate, N = 31", new RegressionExperiment { Init = 1e-3, Seed = 1 }),
            ("separate, N = 310", new RegressionExperiment { Init = 1e-3, Seed = 1, Context = 310 }),
            ("merged, N = 31", new RegressionExperiment { Attention = AttentionKind.Merged, Init = 1e-3, Seed = 1, Until = 2000 }),
        ];
        Stage[][] stages = bench.ForEach(settings, s => Stage.Of(bench, s.Experiment));
        return new ReportSection
        {
            Id = Name,
            Title = "Which algorithm runs on each plateau",
            Lead = "Fresh sequences, the model's predictions against least squares in context on the first $m$ principal components; errors relative to the mean square label.",
            Plots =
            [
                .. settings.Zip(stages).Take(2).Select((pair, i) => new Plot
                {
                    Id = $"distance-{i + 1}",
                    Title = $"Distance to principal component regression, {pair.First.Name}",
                    Caption = "One curve a plateau; each has its minimum at the number of components learned.",
                    X = new("components m of the regression"),
                    Y = new("relative MSE to the model", IsLogarithmic: true),
                    Series =
                    [
                        .. pair.Second.Select((stage, k) => new Series(
                            $"plateau {k + 1}", SeriesRole.Measured, [.. Enumerable.Range(0, stage.Errors.Length).Select(m => (double)m)], [.. stage.Errors.Select(e => Math.Max(e, 1e-16))], k)),
                    ],
                }),
            ],
            Settings = bench.Study(settings[0].Experiment).Settings,
            Checks =
            [
                .. settings.Zip(stages).Select(pair => Check.Same(
                    $"{pair.First.Name}: components of the closest regression, plateau by plateau", "Zhang et al. 2025, Eq. 22",
                    string.Join(' ', pair.Second.Select(s => s.Closest)), string.Join(' ', pair.Second.Select(s => s.Learned)))),
                .. settings.Zip(stages).Select(pair => Check.AtMost($"{pair.First.Name}: relative MSE to it, worst plateau", "Zhang et al. 2025, Eq. 22", pair.Second.Max(s => s.Errors[s.Learned]), Distance)),
                .. stages[0].Zip(stages[1]).Where(pair => pair.First.Learned > 0).Select(pair => Check.Relative(
                    $"plateau with {pair.First.Learned} components: relative MSE at N = 31 over that at N = 310", "Staircase", pair.First.Errors[pair.First.Learned] / pair.Second.Errors[pair.Second.Learned], 10, Shrinkage)),
            ],
            Tables =
            [
                .. settings.Zip(stages).Select(pair => new Table(
                    $"Relative MSE to regression on m components, {pair.First.Name}", ["components learned", "loss", .. Enumerable.Range(0, pair.Second[0].Errors.Length).Select(m => $"m = {m}")],
                    [.. pair.Second.Select(s => (IReadOnlyList<string>)[$"{s.Learned}", Number(s.Loss), .. s.Errors.Select(Number)])])),
            ],
            Notes = ["The model multiplies by one matrix for all contexts where regression inverts the covariance of each: even at the minimum they differ, by a part of order D/N that shrinks with the length of the context."],
        };
    }

    private static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    private sealed record Stage(int Learned, double Loss, double[] Errors)
    {
        public int Closest => Array.IndexOf(Errors, Errors.Min());

        public static Stage[] Of(Bench bench, RegressionExperiment experiment)
        {
            RegressionFindings run = bench.Regress(experiment with { Checkpoints = Schedule.Every(5) });
            RegressionStudy study = run.Study;
            return
            [
                .. run.Comparison!.Plateaus.Select(p =>
                {
                    Checkpoint checkpoint = run.Training.CheckpointOn(p.Measured)!;
                    return new Stage(
                        p.Learned.Count, checkpoint.Loss,
                        Algorithm.Examine(study.Predictions(checkpoint.Weights, Sequences), study.Examples, study.Task.Basis).RelativeErrors);
                }),
            ];
        }
    }
}
