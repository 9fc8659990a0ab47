namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, Eq. 10: on white inputs the whole time course is known.</summary>
internal sealed class MergedWhite() : RunFigure(
    "merged-white", "Merged key and query on white inputs: the exact time course",
    "the loss and strength of merged attention on white inputs, against their closed form", Zhang("Eq. 10"),
    WhiteTimeCourse.Result, MergedCurve.Result)
{
    private const double Tolerance = 0.01;

    private static readonly int[] Dimensions = [2, 4, 8];

    private static readonly double[] Scales = [1e-2, 1e-3, 1e-4];

    public override ReportSection Reproduce(Bench bench)
    {
        (int D, double Scale)[] settings = [.. Dimensions.SelectMany(D => Scales.Select(scale => (D, scale)))];
        Course[] courses = bench.ForEach(settings, setting => Course.Of(bench, setting.D, setting.Scale));
        Course[] drawn = [.. courses.Where(course => course.Scale == 1e-3)];
        return Titled with
        {
            Lead = "$\\Lambda = I/D$: $M(t) = \\sigma(t) I$ is logistic. Gradient flow of the population loss; no free parameter.",
            Plots = Plots(drawn),
            Settings = drawn[1].Experiment.Write(),
            Checks =
            [
                .. drawn.SelectMany(course => course.Checks()),
                .. Dimensions.Select(D => Check.Holds(
                    $"D = {D}: both errors shrink from entries of 1e-2 to 1e-3 to 1e-4", Zhang("Eq. 10"),
                    Shrinks([.. courses.Where(course => course.D == D)]))),
            ],
            Tables = [Errors(courses)],
            Notes = ["The amplitude in Eq. 10 is the norm of the growing direction of the initial weights, $\\lVert (v + U\\hat g)/2 "
                + "\\rVert$, where the paper writes the norm of a layer: of random weights only that part grows."],
        };
    }

    public override Experiment Setting(ulong seed) => Course.Setting(4, 1e-3) with { Seed = seed };

    protected override FigurePart Draw(Run run)
    {
        var course = Course.Of(RegressionFindings.Of(run));
        return new(Plots(course), [Errors(course)], []);
    }

    private static Table Errors(params Course[] courses) => Table.Of(
        "Errors", ["D", "entries", "largest |Δσ|/σ(∞)", "largest |ΔL|/L₀"], courses,
        c => [$"{c.D}", $"{AllDigits(c.Scale)}", Number(c.StrengthError, digits: 3), Number(c.LossError, digits: 3)]);

    private static bool Shrinks(Course[] courses) => courses.Zip(courses.Skip(1))
        .All(pair => pair.Second.StrengthError < pair.First.StrengthError && pair.Second.LossError < pair.First.LossError);

    private static Plot[] Plots(params Course[] courses) =>
    [
        PlotOf("loss", "Loss", "loss", courses, course => course.Loss, course => course.PredictedLoss),
        PlotOf("strength", "Strength $\\sigma$", "σ", courses, course => course.Strength, course => course.PredictedStrength),
    ];

    private static Plot PlotOf(
        string id, string title, string label, Course[] courses, Func<Course, double[]> measured, Func<Course, double[]> predicted) =>
        RegressionPlots.OverTime(
            id, title, label, "Solid: training from entries of size 1e-3. Dashed: closed form.",
            courses.SelectMany((course, i) => new[]
            {
                Series.Measured($"D = {course.D}", course.Time, measured(course), i),
                Series.Predicted($"closed form, D = {course.D}", course.Time, predicted(course), i),
            }));

    /// <summary>One training beside its closed form.</summary>
    private sealed record Course(
        int D, double Scale, RegressionExperiment Experiment, double[] Time, double[] Loss, double[] PredictedLoss, double[] Strength,
        double[] PredictedStrength)
    {
        public double StrengthError => Largest(Strength, PredictedStrength) / PredictedStrength[^1];

        public double LossError => Largest(Loss, PredictedLoss) / Loss[0];

        public static Course Of(Bench bench, int D, double scale) => Of(bench.Regress(Setting(D, scale)));

        public static RegressionExperiment Setting(int D, double scale) => new()
        {
            Attention = AttentionKind.Merged,
            Spectrum = "white",
            Dimension = D,
            Init = scale,
            Tolerance = 1e-8, // far below the error that is measured
            Seed = 1,
        };

        public static Course Of(RegressionFindings run)
        {
            RegressionStudy study = run.Study;
            Require(
                study.Model is MergedModel && study.Moments is { } white && white.Drive.Max() <= (1 + 1e-9) * white.Drive.Min(),
                "The time course is known of merged attention on white inputs alone: leave ‹attention› merged and ‹spectrum› white, and "
                + "take ‹data› population.");
            Require(run.Training.HasTime, "The time course is that of the flow: ‹optimizer› must be flow, gd or momentum.");
            double amplitude = MergedCurve.Amplitude((MergedModel)study.Model, study.InitialWeights, study.Moments!);
            double[] time = run.Training.Positions;
            return new(
                study.Model.InputDimension, study.Experiment.Init, study.Experiment, time,
                [.. run.Training.Losses], [.. time.Select(t => WhiteTimeCourse.Loss(study.Moments!, amplitude, t))],
                [.. Range(0, time.Length).Select(row => run.Training.StrengthsAt(row).Average())],
                [.. time.Select(t => WhiteTimeCourse.Strength(study.Moments!, amplitude, t))]);
        }

        public Check[] Checks() =>
        [
            Check.AtMost($"D = {D}, entries of 1e-3: largest |Δσ|/σ(∞)", Zhang("Eq. 10"), StrengthError, Tolerance),
            Check.AtMost($"D = {D}, entries of 1e-3: largest |ΔL|/L₀", Zhang("Eq. 10"), LossError, Tolerance),
        ];

        private static double Largest(double[] x, double[] y) => x.Zip(y, (a, b) => Abs(a - b)).Max();
    }
}
