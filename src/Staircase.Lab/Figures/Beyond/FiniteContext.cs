using static Staircase.Lab.PublishedModes;

namespace Staircase.Lab;

/// <summary>
/// Beyond the papers: closed form, exact flow and simulation as the context gets shorter, down to modes that are never learned.
/// </summary>
internal sealed class FiniteContext() : RunFigure(
    "finite-context", "What a finite context does to modes",
    "closed form, exact flow and simulation as the context gets shorter; modes that are never learned", Beyond,
    ModeDynamics.Result, FiniteContextFlow.Result, FiniteContextFixedPoint.Result, EscapeThreshold.Result)
{
    /// <summary>
    /// Of a strength. Two independent simulations: Monte Carlo errors of both, and what updates of a finite rate leave, most of all of weak
    /// modes beside strong ones.
    /// </summary>
    private const double Simulated = 0.025;

    private const double Silent = 0.01; // what may remain of a mode that is never learned, over the strength that the closed form expects

    /// <summary>Updates of each simulation, as in the table that is compared with, and the points that are kept of them.</summary>
    private const int Updates = 60_000, Points = 200;

    private const string Descent = "independent simulation, 60,000 updates", SilentSetting = "S = (4, 1, .25, .05), N = 10";

    private static readonly string FixedPoint = Own(FiniteContextFixedPoint.Result);
    private static readonly string Threshold = Own(EscapeThreshold.Result);

    /// <summary>The table that is compared with: exact flow, closed form, and what a simulation had reached.</summary>
    private static readonly Case[] Cases =
    [
        new(new([2, 1, 0.5], 10), [.3829, .7064, 1.2449], [.3922, .6897, 1.1111], [.3827, .7063, 1.2429]),
        new(new([4, 1, 0.25], 10), [.1989, .6818, 1.8182], [.2030, .6154, 1.2500], [.1989, .6819, 1.787]),
        new(new([3, 1, 0.3], 5), [.2193, .5297, .9296], [.2242, .4854, .8197], [.2193, .5290, .917]),
    ];

    public override ReportSection Reproduce(Bench bench)
    {
        // The weak modes of the other settings take their time: in small batches they disperse on the way.
        Case[] simulated = bench.Quick ? Cases[..1] : Cases;
        Outcome[] outcomes = [.. simulated.Select(c => Outcome.Of(bench, c.Setting))];
        Inputs[] lengths = [.. (bench.Quick ? [10] : new[] { 3, 5, 10, 30 }).Select(N => Cases[0].Setting with { N = N })];
        Outcome[] shrinking = [.. lengths.Select(setting => setting.N == Cases[0].Setting.N ? outcomes[0] : Outcome.Of(bench, setting))];
        VectorExperiment shown = outcomes[0].Findings.Study.Experiment;
        return Titled with
        {
            Lead = "The closed form takes the second moment of the context's covariance but lets each mode see only itself. "
                + "The shorter the context, the more modes get in each other's way; below a threshold a mode is never learned.",
            Plots = [ShrinkingPlot(shrinking), CoursePlot(simulated[^1].Name, outcomes[^1])],
            Settings = outcomes[0].Findings.Study.Settings,
            Checks = [.. OfTheory(), .. OfSimulation(simulated, outcomes), .. OfSilentMode(bench)],
            Tables =
            [
                Strengths(simulated, outcomes), .. simulated.Zip(outcomes, (c, o) => Deviations(c.Name, o.Findings)), GoodFrom(),
            ],
            Notes =
            [
                "Simulation follows the exact flow, not the closed form, at every one of these context lengths.",
                $"Simulations: {shown.Trainings} trainings of {Whole(Updates)} updates in batches of {shown.Batch}, "
                + "the 2^D maps diag(±1, …) as tasks, whose second moments are those of infinitely many diagonal Gaussian ones. "
                + "They end at three times the exact half time of the weakest mode, and their last third is averaged. "
                + "The weakest modes of the last two settings stay one to three per cent below the exact flow, "
                + "by several Monte Carlo errors, as do the simulations compared with (1.787, .917): updates have a finite rate and noise. "
                + "At S = (4, 1, .25) mode 3 is .046 low; with four times the batch .024, with half the rate and twice the updates .032.",
                "The closed form's .6154 at S = (4, 1, .25), N = 10, mode 2, has been given as .6150 elsewhere, which is a slip: "
                + "N/((N+1)s + tr S) = 10/16.25.",
            ],
        };
    }

    public override Experiment Setting(ulong seed) => Cases[0].Setting.Training(new Bench(Quick: false)) with
    {
        Epochs = null,
        Record = null,
        Checkpoints = null,
        Seed = seed,
    };

    protected override FigurePart Draw(Run run) => Part(run, of => of.StrengthPlot(), of => of.LossPlot());

    private static Check[] OfTheory() =>
    [
        .. Cases.SelectMany(c => EachOf3(i => Check.Absolute(
            $"{c.Name}: closed form, full strength of mode {i + 1}", ModeEquation,
            c.Setting.Theory.Modes!.Modes[i].FullStrength, c.ClosedForm[i], FourDigits))),
        .. Cases.SelectMany(c => c.Setting.Theory.Exact(3000)[0].Strengths.Select((a, i) => Check.Absolute(
            $"{c.Name}: exact flow, mode {i + 1} at epoch 3,000 (ηP = 1)", ExactFlow, a, c.Exact[i], FourDigits))),
        .. Cases.SelectMany(c => EachOf3(i => Check.Absolute(
            $"{c.Name}: fixed point in closed form, mode {i + 1}", FixedPoint,
            c.Setting.Theory.Stable!.Strengths[i], c.Exact[i], FourDigits))),
    ];

    private static Check[] OfSimulation(Case[] cases, Outcome[] outcomes) =>
    [
        .. cases.Zip(outcomes).SelectMany(pair => EachOf3(i => Check.Relative(
            $"{pair.First.Name}: simulation, mode {i + 1}", Descent, pair.Second.Late[i], pair.First.Simulated[i], Simulated))),
        .. cases.Zip(outcomes).SelectMany(pair => EachOf3(i => Check.Same(
            $"{pair.First.Name}: which theory the simulation of mode {i + 1} follows", ExactFlow,
            $"the {pair.Second.Findings.Nearest(i + 1).Name}", "the exact flow"))),
    ];

    private static IEnumerable<Check> OfSilentMode(Bench bench)
    {
        var setting = new Inputs([4, 1, 0.25, 0.05], 10);
        IReadOnlyList<EscapeThreshold.Verdict> verdicts = setting.Theory.Verdicts!;
        double closed = setting.Theory.Modes!.Modes[3].FullStrength, simulated = Outcome.Of(bench, setting).Late[3];
        yield return Check.Absolute($"{SilentSetting}: threshold of the last mode", Threshold, verdicts[^1].ThresholdThen, 0.0625, 1e-10);
        yield return Check.Same(
            $"{SilentSetting}: modes that are never learned", Threshold,
            FromOne(verdicts.Where(v => !v.IsLearned).Select(v => v.Mode)), "4");
        yield return Check.Absolute($"{SilentSetting}: closed form, full strength of mode 4", ModeEquation, closed, 1.71, 0.005);
        yield return Check.AtMost(
            $"{SilentSetting}: exact flow, mode 4 in the end", ExactFlow, setting.Theory.Exact(100_000)[0].Strengths[3], 1e-10);
        yield return Check.AtMost(
            $"{SilentSetting}: simulation, |mode 4| in the end over the closed form's", ExactFlow, Abs(simulated) / closed, Silent);
    }

    private static Table Strengths(Case[] simulated, Outcome[] outcomes) => new(
        "Strengths: the mean over the last third of the simulations, the simulations compared with, the theories at the end of the "
        + "simulations, and in the end",
        [
            "setting", "mode", "simulation", "Monte Carlo error", "compared simulation", "exact flow then", "closed form then",
            "exact, in the end", "closed form, in the end",
        ],
        [.. simulated.Zip(outcomes).SelectMany(pair => EachOf3(i => (string[])
        [
            pair.First.Name, $"{i + 1}", Number(pair.Second.Late[i]), Number(pair.Second.LateError[i], digits: 2),
            Number(pair.First.Simulated[i]), .. pair.Second.Findings.Theories.Select(theory => Number(theory.Course[^1].Strengths[i])),
            Number(pair.First.Exact[i]), Number(pair.First.ClosedForm[i]),
        ]))]);

    private static Table Deviations(string setting, VectorFindings findings) =>
        findings.Section.Tables[0] with { Title = $"{setting}. {findings.Section.Tables[0].Title}" };

    private static Plot CoursePlot(string setting, Outcome outcome) =>
        outcome.Findings.StrengthPlot() with { Id = "course", Title = $"{setting}: the course" };

    private static Table GoodFrom() => Table.Of(
        "When the closed form will do: the context length from which its strengths are good to one per cent, from the first order in 1/N",
        ["spectrum", "N"], Cases.Select(c => c.Setting).Prepend(new([1.7, 1.4, 1.1, 1.0], 200)),
        setting => [$"({string.Join(", ", setting.S)})", Number(Ceiling(setting.Theory.LengthFor(0.01)))]);

    private static Plot ShrinkingPlot(Outcome[] outcomes)
    {
        double[] dense = [.. Range(0, 61).Select(k => Round(3 * Pow(100, k / 60.0))).Distinct()];
        VectorStudy[] theories = [.. dense.Select(N => (Cases[0].Setting with { N = (int)N }).Theory)];
        return Plot.Of(
            "lengths", "Strengths in the end, S = (2, 1, ½)", Axis.Logarithmic("context length N"), "strength a",
            "Points: simulation. Dashed: the exact fixed point. Dotted: the closed form.",
            EachOf3(i => (Series[])
            [
                Series.Points($"simulated a{i + 1}", outcomes, o => o.Findings.Study.Experiment.Context, o => o.Late[i], i),
                Series.Predicted($"exact a{i + 1}", dense, theories.Select(theory => theory.Stable!.Strengths[i]), i),
                Series.Guide($"closed form a{i + 1}", dense, theories.Select(theory => theory.Modes!.Modes[i].FullStrength), i),
            ]).SelectMany(series => series));
    }

    private static T[] EachOf3<T>(Func<int, T> of) => [.. Range(0, 3).Select(of)];

    /// <summary>
    /// Where the tasks are all sign patterns, and p = q = 0.1 at the start: the less there is to grow, the less time updates have to
    /// disperse.
    /// </summary>
    private sealed record Inputs(double[] S, int N)
    {
        /// <summary>In the time of ηP = 1.</summary>
        public VectorStudy Theory => Prepared(Experiment);

        private VectorExperiment Experiment => new()
        {
            Spectrum = string.Join(',', S.Select(AllDigits)),
            Context = N,
            Tasks = new(TaskShape.Signs),
            LearningRate = 1,
            Epochs = 1,
            Init = 0.1,
        };

        /// <summary>
        /// A training of so many updates, by whose end every mode has long been learned: three times the half time of the slowest.
        /// </summary>
        public VectorExperiment Training(Bench bench)
        {
            VectorStudy theory = Theory;
            IReadOnlyList<VectorPoint> course = theory.Exact(Times(0.5, until: 2000));
            int epochs = Updates >> S.Length, every = Max(1, epochs / Points);
            epochs = epochs / every * every;
            return Experiment with
            {
                Epochs = epochs,
                LearningRate = 3 * theory.Stable!.Learned.Max(i => VectorPoint.HalfTime(course, i)) / epochs,
                Batch = bench.Quick ? 8 : 20,
                Trainings = bench.Quick ? 2 : 4,
                Record = Schedule.Every(every),
                Checkpoints = Schedule.Every(every),
            };
        }
    }

    /// <summary>A row of the published table.</summary>
    private sealed record Case(Inputs Setting, double[] Exact, double[] ClosedForm, double[] Simulated)
    {
        public string Name => $"S = ({string.Join(", ", Setting.S)}), N = {Setting.N}";
    }

    /// <summary>A simulation with the mean of its strengths over the last third, when modes have settled.</summary>
    private sealed record Outcome(VectorFindings Findings, double[] Late, double[] LateError)
    {
        public static Outcome Of(Bench bench, Inputs setting)
        {
            VectorFindings findings = VectorFindings.Of(bench.Train(setting.Training(bench)));
            IEnumerable<int> trainings = Range(0, findings.Study.Experiment.Trainings);
            (double[] late, double[] error) = SimulatedCourse.Average([.. trainings.Select(MeanOf)]);
            return new(findings, late, error);

            double[] MeanOf(int training)
            {
                IReadOnlyList<VectorPoint> course = findings.Training(training);
                return SimulatedCourse.Average([.. course.Skip(course.Count * 2 / 3).Select(point => point.Strengths)]).Mean;
            }
        }
    }
}
