namespace Staircase.Lab;

/// <summary>Beyond the papers: random starts, whose weights are not diagonal in the eigenbasis of the inputs.</summary>
internal sealed class Misaligned : IFigure
{
    /// <summary>Off-diagonal entries, of the size of the start, are left out of the closed form of the diagonals; so is the coupling at finite N.</summary>
    private const double HalfTimes = 0.0115;

    /// <summary>Of a strength at epoch 100,000; the slowest ratio p/q.</summary>
    private const double End = 1e-4;

    /// <summary>Off-diagonal entries at epoch 1,000, over their size at the start.</summary>
    private const double Decayed = 1e-5;

    private const string Matrix = "Staircase, matrix-flow", Unbalanced = "Staircase, unbalanced-mode";

    public string Name => "misaligned";

    public string Shows => "random starts: which part of the weights times the modes, and when the rest aligns";

    public string Source => "beyond the papers";

    public IReadOnlyList<Result> Results => [MatrixFlow.Result, ModeGrowth.Result, FiniteContextFixedPoint.Result];

    public ReportSection Reproduce(Bench bench)
    {
        ulong[] seeds = [1, 2, 3, 4];
        double[] times = PublishedModes.Times(1, 1000);
        Start[] starts = bench.ForEach(seeds, seed => new Start(seed, times));
        double[] fixedPoint = FiniteContextFixedPoint.Stable(PublishedModes.Task()).Strengths;

        VectorRegressionTask task = PublishedModes.Sampled(bench);
        VectorWeights weights = VectorWeights.Random(4, 0.01, seeds[0]);
        SimulatedCourse simulation = SimulatedCourse.Of(PublishedModes.Train(bench, task, weights, PublishedModes.Descent, PublishedModes.Trainings, PublishedModes.Epochs));
        IReadOnlyList<VectorPoint> matrix = MatrixFlow.Solve(task, weights, PublishedModes.EpochRate, simulation.Times);
        IReadOnlyList<VectorPoint> closed = Diagonals(task, weights).Course(simulation.Times);
        (string Name, IReadOnlyList<VectorPoint> Course)[] theories = [("the matrix flow", matrix), ("the closed form of the diagonals", closed)];
        return new ReportSection
        {
            Id = Name,
            Title = "Misaligned starts",
            Lead = "All entries of $p_2$ and $q_1$ drawn from $N(0, 0.01^2)$, diagonal tasks. Nothing drives the off-diagonal entries: they rest until modes have been learned, and decay. "
                + "Until then each mode sees only its own $p_{ii}$ and $q_{ii}$, so the closed form of an unbalanced mode times it.",
            Plots =
            [
                new Plot
                {
                    Id = "strengths",
                    Title = $"Strength of each mode, start {seeds[0]}",
                    Caption = $"Solid: the mean of {PublishedModes.Describe(bench)}. Dashed: the matrix flow on the same tasks. Dotted: the closed form of the diagonals.",
                    X = new("epoch"),
                    Y = new("strength a"),
                    Series =
                    [
                        .. Enumerable.Range(0, 4).SelectMany(i => new[]
                        {
                            new Series($"simulated a{i + 1}", SeriesRole.Measured, simulation.Times, simulation.Column(i + 1), i),
                            PublishedModes.Curve($"matrix flow a{i + 1}", SeriesRole.Predicted, matrix, p => p.Strengths[i], i),
                            PublishedModes.Curve($"closed form a{i + 1}", SeriesRole.Guide, closed, p => p.Strengths[i], i),
                        }),
                    ],
                },
                new Plot
                {
                    Id = "alignment",
                    Title = "Off-diagonal entries, matrix flow",
                    Caption = "‖off-diagonal part‖ of p₂ and q₁ together, over its size at the start.",
                    X = new("epoch"),
                    Y = new("relative size", IsLogarithmic: true),
                    Series = [.. starts.Select((s, k) => new Series($"start {seeds[k]}", SeriesRole.Measured, times, s.OffDiagonal, k))],
                },
            ],
            Settings = new Dictionary<string, string>(PublishedModes.Settings(bench), StringComparer.Ordinal) { ["start"] = "random", ["init-seed"] = $"{seeds[0]}" },
            Checks =
            [
                .. starts.Select((s, k) => Check.AtMost($"start {seeds[k]}: half times of the matrix flow against the closed form of the diagonals, worst mode, relative error", Unbalanced, s.WorstHalfTime, HalfTimes)),
                .. starts.Select((s, k) => Check.AtMost($"start {seeds[k]}: off-diagonal entries at epoch 1,000 over those at the start", Matrix, s.OffDiagonal[^1], Decayed)),
                Check.AtMost("strengths in the end against those of an aligned start, worst start and mode, relative error", "Staircase, finite-context-fixed-points",
                    starts.Max(s => s.End.Zip(fixedPoint, (a, b) => Math.Abs(a / b - 1)).Max()), End),
                PublishedModes.Follows(Matrix, simulation, theories, "the matrix flow"),
            ],
            Tables =
            [
                PublishedModes.Deviations(simulation, theories),
                new("When modes are learned and weights align, in epochs", ["start", .. Enumerable.Range(1, 4).Select(i => $"half time of mode {i} (closed form)"), "off-diagonal entries at one half"],
                    [.. starts.Select((s, k) => (IReadOnlyList<string>)
                    [
                        $"{seeds[k]}", .. s.HalfTimes.Zip(s.Predicted, (a, b) => $"{PublishedModes.Number(a)} ({PublishedModes.Number(b)})"), PublishedModes.Number(s.Alignment),
                    ])]),
            ],
            Notes = ["Simulation follows the matrix flow. Where p_ii + q_ii happens to be small a mode waits, whatever its eigenvalue: the order of modes is the start's as much as the spectrum's."],
        };
    }

    /// <summary>The unbalanced closed form, as if the off-diagonal entries were not there.</summary>
    private static ModeDynamics Diagonals(VectorRegressionTask task, VectorWeights weights)
    {
        double[] p = [.. Enumerable.Range(0, 4).Select(i => weights.Value[5 * i])], q = [.. Enumerable.Range(0, 4).Select(i => weights.KeyQuery[5 * i])];
        return new ModeDynamics(task, VectorWeights.Aligned(p, q), PublishedModes.EpochRate);
    }

    /// <summary>One random start under the matrix flow of infinitely many tasks.</summary>
    private sealed class Start
    {
        public Start(ulong seed, double[] times)
        {
            VectorRegressionTask task = PublishedModes.Task();
            VectorWeights weights = VectorWeights.Random(4, 0.01, seed);
            IReadOnlyList<VectorPoint> course = MatrixFlow.Solve(task, weights, PublishedModes.EpochRate, [.. times, 100_000]);
            ModeDynamics closed = Diagonals(task, weights);
            End = course[^1].Strengths;
            double size = OffDiagonals(course[0].Weights!);
            OffDiagonal = [.. course.Take(times.Length).Select(p => OffDiagonals(p.Weights!) / size)];
            HalfTimes = [.. Enumerable.Range(0, 4).Select(i => VectorPoint.HalfTime(course, i, closed.Modes[i].FullStrength))];
            Predicted = [.. closed.Modes.Select(m => m.HalfTime)];
            Alignment = times[Array.FindIndex(OffDiagonal, x => x <= 0.5)];
        }

        public double[] End { get; }

        public double[] OffDiagonal { get; }

        public double[] HalfTimes { get; }

        public double[] Predicted { get; }

        public double Alignment { get; }

        public double WorstHalfTime => HalfTimes.Zip(Predicted, (a, b) => Math.Abs(a / b - 1)).Max();

        private static double OffDiagonals(VectorWeights weights)
        {
            double sum = 0;
            ReadOnlySpan<double> entries = weights.InContext;
            for (int i = 0; i < entries.Length; i++)
                sum += i % 16 % 5 == 0 ? 0 : entries[i] * entries[i];
            return Math.Sqrt(sum);
        }
    }
}
