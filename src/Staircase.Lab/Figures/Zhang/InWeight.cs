namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, Fig. 14: when part of the sequences share one task, attention learns that task in its weights, too.
/// </summary>
internal sealed class InWeight : IFigure
{
    private const int Sequences = 5000;

    /// <summary>Losses of 5,000 sequences scatter by this part; a loss that is said not to fall may fall by as much.</summary>
    private const double SampleScatter = 0.05;

    public string Name => "in-weight";

    public string Shows => "in-context and in-weight learning for fractions 0 to 1 of in-context sequences";

    public string Source => "Zhang et al. 2025, Fig. 14";

    public IReadOnlyList<Result> Results => [MergedCurve.Result];

    public ReportSection Reproduce(Bench bench)
    {
        double[] fractions = [0, 0.2, 0.4, 0.6, 0.8, 1];
        Course[] courses = bench.ForEach(fractions, c => Course.Of(bench, c));
        return new ReportSection
        {
            Id = Name,
            Title = "In-context against in-weight learning",
            Lead = "Merged key and query on white inputs; a fraction $c$ of the sequences has a task of its own, the others share one. Test sets: fresh tasks (in context), and the shared task with labels that say nothing (in weight).",
            Plots =
            [
                PlotOf("train", "Training loss", courses, course => course.Train),
                PlotOf("in-context", "In-context test loss", courses, course => course.InContext),
                PlotOf("in-weight", "In-weight test loss", courses, course => course.InWeight),
            ],
            Settings = courses[^1].Experiment.Write(),
            Checks =
            [
                Check.AtMost("c = 1: in-context test loss at the end over the start", "Zhang et al. 2025, Fig. 14", Gain(courses[^1].InContext), 0.5),
                Check.Same("c = 1: in-weight test loss does not fall", "Zhang et al. 2025, Fig. 14", Falls(courses[^1].InWeight), "no"),
                Check.AtMost("c = 0: in-weight test loss at the end over the start", "Zhang et al. 2025, Fig. 14", Gain(courses[0].InWeight), 0.5),
                Check.Same("c = 0: in-context test loss does not fall", "Zhang et al. 2025, Fig. 14", Falls(courses[0].InContext), "no"),
                Check.Same("final in-context test loss falls from c to c", "Zhang et al. 2025, Fig. 14", Descends(courses.Select(course => course.InContext[^1])), "yes"),
                Check.Same("least in-weight test loss of the training rises from c to c", "Zhang et al. 2025, Fig. 14", Descends(courses.Reverse().Select(course => course.InWeight.Min())), "yes"),
            ],
            Notes =
            [
                "Between c = 0 and 1 in-weight learning is transient: the shared task is in the weights first, and the in-context solution takes over from it. The in-weight test set has labels that are pure noise, which a model that reads its context believes.",
            ],
        };
    }

    private static double Gain(double[] loss) => loss[^1] / loss[0];

    private static string Falls(double[] loss) => loss.Min() < (1 - SampleScatter) * loss[0] ? "yes" : "no";

    private static string Descends(IEnumerable<double> values)
    {
        double[] v = [.. values];
        return v.Zip(v.Skip(1), (a, b) => b < a).All(x => x) ? "yes" : "no";
    }

    private static Plot PlotOf(string id, string title, Course[] courses, Func<Course, double[]> loss) => new()
    {
        Id = id,
        Title = title,
        X = RegressionPlots.PositionAxis(false),
        Y = new("loss"),
        Series = [.. courses.Select((course, i) => new Series($"c = {course.Experiment.InContextFraction}", SeriesRole.Measured, course.Step, loss(course), i))],
    };

    private sealed record Course(RegressionExperiment Experiment, double[] Step, double[] Train, double[] InContext, double[] InWeight)
    {
        public static Course Of(Bench bench, double fraction)
        {
            RegressionFindings run = bench.Regress(Published.Merged(1) with
            {
                Spectrum = "white",
                InContextFraction = fraction,
                LearningRate = 5e-4,
                Steps = 4000,
                Checkpoints = Schedule.Every(10),
            });
            RegressionTask task = run.Study.Task;
            double[] inContext = Losses(run, Test(run, task with { InContextFraction = 1 }));
            double[] inWeight = Losses(run, Test(run, task with { InContextFraction = 0 }));
            return new(
                run.Study.Experiment, [.. run.Training.Checkpoints.Select(c => (double)c.Step)],
                [.. run.Training.Checkpoints.Select(c => c.Loss)], inContext, inWeight);
        }

        /// <summary>Sequences beyond those of the training, with the same shared task.</summary>
        private static QuadraticLoss Test(RegressionFindings run, RegressionTask task)
        {
            Sample all = task.Sample(2 * Sequences, run.Study.Experiment.DataSeed!.Value);
            return QuadraticLoss.From(
                new TokenStatistics(new SequenceRange(all, Sequences, Sequences), task.OutputScale, task.VaryContext));
        }

        private static double[] Losses(RegressionFindings run, QuadraticLoss test)
        {
            var objective = new Objective(run.Study.Model, test);
            return [.. run.Training.Checkpoints.Select(c => objective.Evaluate(c.Weights))];
        }
    }
}
