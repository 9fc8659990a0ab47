using System.Globalization;

namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, Eq. 10: on white inputs the whole time course is known.</summary>
internal sealed class MergedWhite : IFigure
{
    private const double Tolerance = 0.01;

    private static readonly int[] Dimensions = [2, 4, 8];

    private static readonly double[] Scales = [1e-2, 1e-3, 1e-4];

    public string Name => "merged-white";

    public string Shows => "the loss and strength of merged attention on white inputs, against their closed form";

    public string Source => "Zhang et al. 2025, Eq. 10";

    public IReadOnlyList<Result> Results => [WhiteTimeCourse.Result, MergedCurve.Result];

    public ReportSection Reproduce(Bench bench)
    {
        (int D, double Scale)[] settings = [.. Dimensions.SelectMany(D => Scales.Select(scale => (D, scale)))];
        Course[] courses = bench.ForEach(settings, setting => Course.Of(bench, setting.D, setting.Scale));
        Course[] drawn = [.. courses.Where(course => course.Scale == 1e-3)];
        return new ReportSection
        {
            Id = Name,
            Title = "Merged key and query on white inputs: the exact time course",
            Lead = "$\\Lambda = I/D$: $M(t) = \\sigma(t) I$ is logistic. Gradient flow of the population loss; no free parameter.",
            Plots =
            [
                PlotOf("loss", "Loss", "loss", drawn, course => course.Loss, course => course.PredictedLoss),
                PlotOf("strength", "Strength $\\sigma$", "σ", drawn, course => course.Strength, course => course.PredictedStrength),
            ],
            Settings = drawn[1].Experiment.Write(),
            Checks =
            [
                .. drawn.SelectMany(course => new[]
                {
                    Check.AtMost(
                        $"D = {course.D}, entries of 1e-3: largest |Δσ|/σ(∞)", Sources.Zhang("Eq. 10"), course.StrengthError, Tolerance),
                    Check.AtMost(
                        $"D = {course.D}, entries of 1e-3: largest |ΔL|/L₀", Sources.Zhang("Eq. 10"), course.LossError, Tolerance),
                }),
                .. Dimensions.Select(D => Check.Same(
                    $"D = {D}: both errors shrink from entries of 1e-2 to 1e-3 to 1e-4", "Zhang et al. 2025, Eq. 10",
                    Shrinks([.. courses.Where(course => course.D == D)]) ? "yes" : "no", "yes")),
            ],
            Tables =
            [
                new("Errors", ["D", "entries", "largest |Δσ|/σ(∞)", "largest |ΔL|/L₀"],
                    [.. courses.Select(c => (IReadOnlyList<string>)[$"{c.D}", c.Scale.ToString("R", CultureInfo.InvariantCulture),
                        Number(c.StrengthError), Number(c.LossError)])]),
            ],
            Notes = ["The amplitude in Eq. 10 is the norm of the growing direction of the initial weights, $\\lVert (v + U\\hat g)/2 "
                + "\\rVert$, where the paper writes the norm of a layer: of random weights only that part grows."],
        };
    }

    private static bool Shrinks(Course[] courses) =>
        courses.Zip(courses.Skip(1), (coarse, fine) => fine.StrengthError < coarse.StrengthError && fine.LossError < coarse.LossError).All(
            x => x);

    private static Plot PlotOf(string id, string title, string label, Course[] courses, Func<Course, double[]> measured, Func<Course,
        double[]> predicted) => new(
        )
        {
            Id = id,
            Title = title,
            Caption = "Solid: training from entries of size 1e-3. Dashed: closed form.",
            X = RegressionPlots.PositionAxis(true),
            Y = new(label),
            Series =
        [
            .. courses.SelectMany((course, i) => new Series[]
            {
                new($"D = {course.D}", SeriesRole.Measured, course.Time, measured(course), i),
                new($"closed form, D = {course.D}", SeriesRole.Predicted, course.Time, predicted(course), i),
            }),
        ],
        };

    private static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    /// <summary>One training beside its closed form.</summary>
    private sealed record Course(
        int D, double Scale, RegressionExperiment Experiment, double[] Time, double[] Loss, double[] PredictedLoss, double[] Strength,
        double[] PredictedStrength)
    {
        public double StrengthError => Largest(Strength, PredictedStrength) / PredictedStrength[^1];

        public double LossError => Largest(Loss, PredictedLoss) / Loss[0];

        public static Course Of(Bench bench, int D, double scale)
        {
            RegressionFindings run = bench.Regress(new RegressionExperiment
            {
                Attention = AttentionKind.Merged,
                Spectrum = "white",
                Dimension = D,
                Init = scale,
                Tolerance = 1e-8, // far below the error that is measured
                Seed = 1,
            });
            RegressionStudy study = run.Study;
            double amplitude = MergedCurve.Amplitude((MergedModel)study.Model, study.InitialWeights, study.Moments!);
            double[] time = run.Training.Positions;
            return new(
                D, scale, study.Experiment, time,
                [.. run.Training.Losses], [.. time.Select(t => WhiteTimeCourse.Loss(study.Moments!, amplitude, t))],
                [.. Enumerable.Range(0, time.Length).Select(row => run.Training.StrengthsAt(row).Average())],
                    [.. time.Select(t => WhiteTimeCourse.Strength(study.Moments!, amplitude, t))]);
        }

        private static double Largest(double[] x, double[] y) => x.Zip(y, (a, b) => Math.Abs(a - b)).Max();
    }
}
