namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, Fig. 14: when part of the sequences share one task, attention learns that task in its weights, too.
/// </summary>
internal sealed class InWeight() : RunFigure(
    "in-weight", "In-context against in-weight learning",
    "in-context and in-weight learning for fractions 0 to 1 of in-context sequences", Zhang("Fig. 14"),
    MergedCurve.Result)
{
    private const int Sequences = 5000;

    /// <summary>Losses of 5,000 sequences scatter by this part; a loss that is said not to fall may fall by as much.</summary>
    private const double SampleScatter = 0.05;

    public override ReportSection Reproduce(Bench bench)
    {
        double[] fractions = [0, 0.2, 0.4, 0.6, 0.8, 1];
        Course[] courses = bench.ForEach(fractions, c => Course.Of(bench.Regress(Course.Setting(c))));
        return Titled with
        {
            Lead = "Merged key and query on white inputs; a fraction $c$ of the sequences has a task of its own, the others share one. "
                + "Test sets: fresh tasks (in context), and the shared task with labels that say nothing (in weight).",
            Plots = Plots(courses),
            Settings = courses[^1].Experiment.Write(),
            Checks = [.. Checks(courses)],
            Notes =
            [
                "Between c = 0 and 1 in-weight learning is transient: the shared task is in the weights first, and the in-context "
                    + "solution takes over from it. The in-weight test set has labels that are pure noise, which a model that reads its "
                    + "context believes.",
            ],
        };
    }

    public override Experiment Setting(ulong seed) => Course.Setting(fraction: 0.5) with { Seed = seed };

    protected override FigurePart Draw(Run one)
    {
        var run = RegressionFindings.Of(one);
        Require(run.Study.Experiment.Data.Kind != DataKind.File, "A data file says nothing of fresh sequences: ‹data› must be drawn.");
        return new(Plots([Course.Of(run)]), [], []);
    }

    private static IEnumerable<Check> Checks(Course[] courses)
    {
        (Course inWeight, Course inContext) = (courses[0], courses[^1]);
        yield return Falls("c = 1: in-context", inContext.InContext);
        yield return Stays("c = 1: in-weight", inContext.InWeight);
        yield return Falls("c = 0: in-weight", inWeight.InWeight);
        yield return Stays("c = 0: in-context", inWeight.InContext);
        yield return Descends("final in-context test loss falls from c to c", courses.Select(course => course.InContext[^1]));
        yield return Descends(
            "least in-weight test loss of the training rises from c to c", courses.Reverse().Select(course => course.InWeight.Min()));
    }

    private static Check Falls(string which, double[] loss) =>
        Check.AtMost($"{which} test loss at the end over the start", Zhang("Fig. 14"), loss[^1] / loss[0], 0.5);

    private static Check Stays(string which, double[] loss) =>
        Check.Holds($"{which} test loss does not fall", Zhang("Fig. 14"), loss.Min() < (1 - SampleScatter) * loss[0], expected: false);

    private static Check Descends(string claim, IEnumerable<double> values) =>
        Check.Holds(claim, Zhang("Fig. 14"), values.Zip(values.Skip(1), (a, b) => b < a).All(x => x));

    private static Plot[] Plots(Course[] courses) =>
    [
        PlotOf("train", "Training loss", courses, course => course.Train),
        PlotOf("in-context", "In-context test loss", courses, course => course.InContext),
        PlotOf("in-weight", "In-weight test loss", courses, course => course.InWeight),
    ];

    private static Plot PlotOf(string id, string title, Course[] courses, Func<Course, double[]> loss) => Plot.Of(
        id, title, RegressionPlots.PositionAxis(false), "loss", "",
        courses.Select((course, i) => Series.Measured($"c = {course.Experiment.InContextFraction}", course.Step, loss(course), i)));

    private sealed record Course(RegressionExperiment Experiment, double[] Step, double[] Train, double[] InContext, double[] InWeight)
    {
        public static RegressionExperiment Setting(double fraction) => Published.Merged(1) with
        {
            Spectrum = "white",
            InContextFraction = fraction,
            LearningRate = 5e-4,
            Steps = 4000,
            Checkpoints = Schedule.Every(10),
        };

        public static Course Of(RegressionFindings run)
        {
            IReadOnlyList<Checkpoint> kept = run.Training.Checkpoints;
            Func<double[], double> inContext = run.Study.TestLoss(1, Sequences), inWeight = run.Study.TestLoss(0, Sequences);
            return new(
                run.Study.Experiment, [.. kept.Select(c => (double)c.Step)], [.. kept.Select(c => c.Loss)],
                [.. kept.Select(c => inContext(c.Weights))], [.. kept.Select(c => inWeight(c.Weights))]);
        }
    }
}
