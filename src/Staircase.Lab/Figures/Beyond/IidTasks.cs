using static Staircase.Lab.PublishedModes;

namespace Staircase.Lab;

/// <summary>Beyond the papers: on tasks with independent entries the modes share one value weight, and the stages draw together.</summary>
internal sealed class IidTasks() : RunFigure(
    "iid-tasks", "Tasks with independent entries",
    "tasks with independent entries: the stages draw together", Beyond,
    MatrixFlow.Result, GaussianTaskFlow.Result, ModeDynamics.Result)
{
    /// <summary>Epochs. Sets of 2,000 tasks scatter by half an epoch around the limit, and the mean of four is compared.</summary>
    private const double Sampling = 1;

    private const double Digits = 0.005; // epochs; half a unit in the last digit given

    /// <summary>Epochs by which the half times of the mean of few trainings scatter; a quick preset has √2.5 times as much.</summary>
    private const double Scatter = 1, QuickScatter = 1.6;

    private const int Sets = 4; // task sets whose flow is compared with that of infinitely many

    private static readonly string Gaussian = Own(GaussianTaskFlow.Result), Matrix = Own(MatrixFlow.Result);
    private static readonly double[] Sampled = [107, 119, 140, 151], InTheLimit = [106.94, 118.49, 139.08, 150.64];

    public override ReportSection Reproduce(Bench bench)
    {
        VectorExperiment published = Experiment(bench);
        TaskSource gaussian = published.Tasks with { Shape = TaskShape.Gaussian };
        VectorFindings simulated = VectorFindings.Of(bench.Train(published with { Tasks = gaussian }));
        IReadOnlyList<VectorPoint> infinite = Scalars(Times()), diagonal = Limit.Exact(Times());
        IReadOnlyList<VectorPoint>[] ofSets = bench.ForEach([.. Range(1, Sets)], set => Prepared(OfSet(set)).Exact(Times()));
        return Titled with
        {
            Lead = "Maps with entries $N(0, 1/D)$ instead of diagonal ones: all modes share one value weight, and the staircase "
                + "draws together. Staged learning is a property of the tasks, not of the model.",
            Plots = [WithDiagonal(simulated.StrengthPlot(), diagonal)],
            Settings = simulated.Study.Settings,
            Checks = [.. OfTheory(infinite, ofSets), .. OfSimulation(simulated, bench.Quick ? QuickScatter : Scatter)],
            Tables =
            [
                simulated.Simulation.Beside(
                    "Theory over simulation, in the end and along the course",
                    simulated.Theories[0], new("flow of infinitely many tasks", infinite)),
                HalfTimes(
                    "Half times, in epochs", simulated,
                    [
                        new("matrix flow, simulated tasks", simulated.Theories[0].Course), new("diagonal tasks", diagonal),
                        new("independent entries, infinitely many", infinite),
                        .. ofSets.Select((course, k) => new VectorTheory($"2,000 tasks, set {k + 1}", course)),
                    ]),
            ],
            Notes =
            [
                "Simulation follows the matrix flow of its own tasks; a finite set differs from infinitely many by half an epoch "
                + "of half time.",
                "A closed form of single modes does not exist here, because modes share a weight; where they end it is exact.",
            ],
        };
    }

    public override Experiment Setting(ulong seed) => PublishedModes.Setting(seed) with { Tasks = new(TaskShape.Gaussian, 2000) };

    protected override FigurePart Draw(Run run) => Part(run, of => of.StrengthPlot());

    private static VectorExperiment OfSet(int seed) => Infinite with { Tasks = new(TaskShape.Gaussian, 2000), DataSeed = (ulong)seed };

    /// <summary>The D + 1 equations of infinitely many tasks.</summary>
    private static IReadOnlyList<VectorPoint> Scalars(double[] times) =>
        GaussianTaskFlow.Solve(Limit.Task, Infinite.Init, EachMode(_ => Infinite.Init), Infinite.EpochRate, times);

    private static IEnumerable<Check> OfTheory(IReadOnlyList<VectorPoint> infinite, IReadOnlyList<VectorPoint>[] ofSets)
    {
        IReadOnlyList<VectorPoint> matrix = Prepared(Infinite with { Tasks = new(TaskShape.Gaussian) }).Exact(Times());
        double[] late = Scalars([3000])[0].Strengths;
        return
        [
            .. EachMode(i => Check.Absolute(
                $"infinitely many tasks: half time of mode {i + 1}", Gaussian, VectorPoint.HalfTime(infinite, i), InTheLimit[i], Digits)),
            .. EachMode(i => Check.AtMost(
                $"infinitely many tasks: mode {i + 1}, D + 1 equations against the matrix flow, largest |Δa|", Gaussian,
                infinite.Zip(matrix, (a, b) => Abs(a.Strengths[i] - b.Strengths[i])).Max(), 1e-5)),
            .. EachMode(i => Check.Absolute(
                $"matrix flow, mean of {Sets} sets of 2,000 tasks: half time of mode {i + 1}", Matrix,
                ofSets.Average(course => VectorPoint.HalfTime(course, i)), Sampled[i], Sampling)),
            .. EachMode(i => Check.Relative(
                $"infinitely many tasks: mode {i + 1} ends at 1/s^∞, at this N", Mainali("Eq. 11"),
                late[i], Limit.Modes!.Modes[i].FullStrength, 1e-6)),
        ];
    }

    private static Check[] OfSimulation(VectorFindings simulated, double scatter) => EachMode(i => Check.Absolute(
        $"simulation: half time of mode {i + 1}, against the matrix flow on the same tasks", Matrix,
        HalfTime(simulated, i), VectorPoint.HalfTime(simulated.Theories[0].Course, i), scatter));

    private static Plot WithDiagonal(Plot plot, IReadOnlyList<VectorPoint> diagonal) => plot with
    {
        Caption = $"{plot.Caption} Dotted: the exact flow on diagonal tasks.",
        Series =
        [
            .. plot.Series,
            .. EachMode(i => Series.Guide($"diagonal tasks, a{i + 1}", diagonal, point => point.Time, point => point.Strengths[i], i)),
        ],
    };
}
