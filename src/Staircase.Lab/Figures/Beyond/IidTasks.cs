namespace Staircase.Lab;

/// <summary>Beyond the papers: on tasks with independent entries the modes share one value weight, and the stages draw together.</summary>
internal sealed class IidTasks : IFigure
{
    /// <summary>Epochs. Sets of 2,000 tasks scatter by half an epoch around the limit, and the mean of four is compared.</summary>
    private const double Sampling = 1;

    /// <summary>Epochs; half a unit in the last digit given.</summary>
    private const double Digits = 0.005;

    /// <summary>Epochs by which the half times of the mean of few trainings scatter; a quick preset has ten times the noise of an update.</summary>
    private const double Scatter = 1, QuickScatter = 3;

    private const string GaussianTasks = "Staircase, gaussian-tasks", Matrix = "Staircase, matrix-flow";

    private static readonly double[] Sampled = [107, 119, 140, 151], Limit = [106.94, 118.49, 139.08, 150.64];

    public string Name => "iid-tasks";

    public string Shows => "tasks with independent entries: the stages draw together";

    public string Source => "beyond the papers";

    public IReadOnlyList<Result> Results => [MatrixFlow.Result, GaussianTaskFlow.Result, ModeDynamics.Result];

    public ReportSection Reproduce(Bench bench)
    {
        const int sets = 4;
        double[] times = PublishedModes.Times();
        VectorRegressionTask infinite = PublishedModes.Task(TaskSet.GaussianDesign(4));
        IReadOnlyList<VectorPoint> matrix = Solve(infinite, times), scalar = GaussianTaskFlow.Solve(infinite, 0.01, [.01, .01, .01, .01], PublishedModes.EpochRate, times);
        IReadOnlyList<VectorPoint> diagonal = FiniteContextFlow.Solve(PublishedModes.Task(), PublishedModes.Start, PublishedModes.EpochRate, times);
        IReadOnlyList<VectorPoint>[] ofSets = bench.ForEach([.. Enumerable.Range(1, sets)], seed => Solve(PublishedModes.Task(TaskSet.Gaussian(4, 2000, (ulong)seed)), times));
        double[] full = [.. new ModeDynamics(PublishedModes.Task(), PublishedModes.Start, PublishedModes.EpochRate).Modes.Select(m => m.FullStrength)];
        VectorPoint late = GaussianTaskFlow.Solve(infinite, 0.01, [.01, .01, .01, .01], PublishedModes.EpochRate, [3000])[0];

        VectorRegressionTask task = PublishedModes.Task(TaskSet.Gaussian(4, bench.Quick ? 200 : 2000, seed: 1));
        SimulatedCourse simulation = SimulatedCourse.Of(PublishedModes.Train(bench, task));
        IReadOnlyList<VectorPoint> own = Solve(task, simulation.Times);
        return new ReportSection
        {
            Id = Name,
            Title = "Tasks with independent entries",
            Lead = "Maps with entries $N(0, 1/D)$ instead of diagonal ones: all modes share one value weight, and the staircase draws together. Staged learning is a property of the tasks, not of the model.",
            Plots =
            [
                new Plot
                {
                    Id = "strengths",
                    Title = "Strength of each mode",
                    Caption = $"Solid: the mean of {PublishedModes.Describe(bench)}, entries independent. Dashed: the matrix flow on the same tasks. Dotted: the exact flow on diagonal tasks.",
                    X = new("epoch"),
                    Y = new("strength a"),
                    Series =
                    [
                        .. Enumerable.Range(0, 4).SelectMany(i => new[]
                        {
                            new Series($"simulated a{i + 1}", SeriesRole.Measured, simulation.Times, simulation.Column(i + 1), i),
                            PublishedModes.Curve($"matrix flow a{i + 1}", SeriesRole.Predicted, own, p => p.Strengths[i], i),
                            PublishedModes.Curve($"diagonal tasks, a{i + 1}", SeriesRole.Guide, diagonal, p => p.Strengths[i], i),
                        }),
                    ],
                },
            ],
            Settings = new Dictionary<string, string>(PublishedModes.Settings(bench), StringComparer.Ordinal) { ["tasks"] = $"gaussian:{task.Tasks.Count}" },
            Checks =
            [
                .. Limit.Select((t, i) => Check.Absolute($"infinitely many tasks: half time of mode {i + 1}", GaussianTasks, VectorPoint.HalfTime(scalar, i), t, Digits)),
                .. Enumerable.Range(0, 4).Select(i => Check.AtMost(
                    $"infinitely many tasks: mode {i + 1}, D + 1 equations against the matrix flow, largest |Δa|", GaussianTasks, scalar.Zip(matrix, (a, b) => Math.Abs(a.Strengths[i] - b.Strengths[i])).Max(), 1e-5)),
                .. Sampled.Select((t, i) => Check.Absolute($"matrix flow, mean of {sets} sets of 2,000 tasks: half time of mode {i + 1}", Matrix, ofSets.Average(c => VectorPoint.HalfTime(c, i)), t, Sampling)),
                .. full.Select((a, i) => Check.Relative($"infinitely many tasks: mode {i + 1} ends at 1/s^∞, at this N", "Mainali, Teixeira 2025, Eq. 11", late.Strengths[i], a, 1e-6)),
                .. Enumerable.Range(1, 4).Select(i => Check.Absolute($"simulation: half time of mode {i}, against the matrix flow on the same tasks", Matrix,
                    simulation.TimeAt(i, own[^1].Strengths[i - 1] / 2), VectorPoint.HalfTime(own, i - 1), bench.Quick ? QuickScatter : Scatter)),
            ],
            Tables =
            [
                PublishedModes.Deviations(simulation, ("the matrix flow", own), ("infinitely many tasks", scalar)),
                new("Half times, in epochs", ["mode", "diagonal tasks", "independent entries, infinitely many", .. Enumerable.Range(1, sets).Select(k => $"2,000 tasks, set {k}"), "simulation", "matrix flow, simulated tasks"],
                    [.. Enumerable.Range(0, 4).Select(i => (IReadOnlyList<string>)
                    [
                        $"{i + 1}", PublishedModes.Number(VectorPoint.HalfTime(diagonal, i)), PublishedModes.Number(VectorPoint.HalfTime(scalar, i)), .. ofSets.Select(c => PublishedModes.Number(VectorPoint.HalfTime(c, i))),
                        PublishedModes.Number(simulation.TimeAt(i + 1, own[^1].Strengths[i] / 2)), PublishedModes.Number(VectorPoint.HalfTime(own, i)),
                    ])]),
            ],
            Notes =
            [
                "Simulation follows the matrix flow of its own tasks; a finite set differs from infinitely many by half an epoch of half time.",
                "A closed form of single modes does not exist here, because modes share a weight; where they end it is exact.",
            ],
        };
    }

    private static IReadOnlyList<VectorPoint> Solve(VectorRegressionTask task, double[] times) => MatrixFlow.Solve(task, PublishedModes.Start, PublishedModes.EpochRate, times);
}
