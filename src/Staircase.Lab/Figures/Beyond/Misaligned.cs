using static Staircase.Lab.PublishedModes;

namespace Staircase.Lab;

/// <summary>Beyond the papers: random starts, whose weights are not diagonal in the eigenbasis of the inputs.</summary>
internal sealed class Misaligned() : RunFigure(
    "misaligned", "Misaligned starts",
    "random starts: which part of the weights times the modes, and when the rest aligns", Beyond,
    MatrixFlow.Result, ModeGrowth.Result, FiniteContextFixedPoint.Result)
{
    /// <summary>
    /// Off-diagonal entries, of the size of the start, are left out of the closed form of the diagonals; so is the coupling at finite N.
    /// </summary>
    private const double HalfTimes = 0.0115;

    private const double End = 1e-4; // of a strength at epoch 100,000; the slowest ratio p/q
    private const double Decayed = 1e-5; // off-diagonal entries at epoch 1,000, over their size at the start

    private static readonly string Matrix = Own(MatrixFlow.Result);

    public override ReportSection Reproduce(Bench bench)
    {
        RandomStart[] starts = bench.ForEach<ulong, RandomStart>([1, 2, 3, 4], RandomStart.Of);
        VectorExperiment first = Experiment(bench) with { Start = VectorStart.Random, InitSeed = starts[0].Seed };
        VectorFindings simulated = VectorFindings.Of(bench.Train(first));
        return Titled with
        {
            Lead = "All entries of $p_2$ and $q_1$ drawn from $N(0, 0.01^2)$, diagonal tasks. Nothing drives the off-diagonal entries: "
                + "they rest until modes have been learned, and decay. Until then each mode sees only its own $p_{ii}$ and $q_{ii}$, "
                + "so the closed form of an unbalanced mode times it.",
            Plots = [simulated.StrengthPlot() with { Title = $"Strength of each mode, start {starts[0].Seed}" }, AlignmentPlot(starts)],
            Settings = simulated.Study.Settings,
            Checks =
            [
                .. starts.Select(s => Check.AtMost(
                    $"start {s.Seed}: half times of the matrix flow against the closed form of the diagonals, worst mode, relative error",
                    Own(ModeGrowth.Result), s.WorstHalfTime, HalfTimes)),
                .. starts.Select(s => Check.AtMost(
                    $"start {s.Seed}: off-diagonal entries at epoch 1,000 over those at the start", Matrix, s.OffDiagonal[^1], Decayed)),
                Check.AtMost(
                    "strengths in the end against those of an aligned start, worst start and mode, relative error",
                    Own(FiniteContextFixedPoint.Result), starts.Max(start => start.WorstEnd), End),
                Follows(Matrix, simulated),
            ],
            Tables = [.. simulated.Section.Tables, Alignment(starts)],
            Notes =
            [
                "Simulation follows the matrix flow. Where p_ii + q_ii happens to be small a mode waits, whatever its eigenvalue: "
                + "the order of modes is the start's as much as the spectrum's.",
            ],
        };
    }

    public override Experiment Setting(ulong seed) => PublishedModes.Setting(seed) with { Start = VectorStart.Random };

    protected override FigurePart Draw(Run run) => Part(run, of => of.StrengthPlot());

    private static Plot AlignmentPlot(RandomStart[] starts) => Plot.Of(
        "alignment", "Off-diagonal entries, matrix flow", "epoch", Axis.Logarithmic("relative size"),
        "‖off-diagonal part‖ of p₂ and q₁ together, over its size at the start.",
        starts.Select((start, k) => Series.Measured($"start {start.Seed}", RandomStart.Times, start.OffDiagonal, k)));

    private static Table Alignment(RandomStart[] starts) => Table.Of(
        "When modes are learned and weights align, in epochs",
        ["start", .. EachMode(i => $"half time of mode {i + 1} (closed form)"), "off-diagonal entries at one half"],
        starts,
        start =>
        [
            $"{start.Seed}", .. EachMode(i => $"{Number(start.HalfTimes[i])} ({Number(start.Predicted[i])})"),
            Number(RandomStart.Times[Array.FindIndex(start.OffDiagonal, x => x <= 0.5)]),
        ]);

    /// <summary>One random start under the matrix flow of infinitely many tasks.</summary>
    /// <param name="Seed">Of the start.</param>
    /// <param name="End">The strengths at epoch 100,000.</param>
    /// <param name="OffDiagonal">The size of the off-diagonal entries over that at the start.</param>
    /// <param name="HalfTimes">Of each mode.</param>
    /// <param name="Predicted">The same by the closed form of the diagonals.</param>
    private sealed record RandomStart(ulong Seed, double[] End, double[] OffDiagonal, double[] HalfTimes, double[] Predicted)
    {
        public static double[] Times { get; } = PublishedModes.Times(1, 1000);

        public double WorstHalfTime => Worst(HalfTimes, Predicted);

        public double WorstEnd => Worst(End, Limit.Stable!.Strengths);

        public static RandomStart Of(ulong seed)
        {
            VectorStudy study = Prepared(Infinite with { Start = VectorStart.Random, InitSeed = seed });
            IReadOnlyList<ModeGrowth> closed = study.Modes!.Modes;
            IReadOnlyList<VectorPoint> course = study.Exact([.. Times, 100_000]);
            double[] sizes = [.. course.Take(Times.Length).Select(point => OffDiagonalSize(point.Weights!))];
            return new(
                seed, course[^1].Strengths, [.. sizes.Select(size => size / sizes[0])],
                EachMode(i => VectorPoint.HalfTime(course, i, closed[i].FullStrength)), EachMode(i => closed[i].HalfTime));
        }

        private static double Worst(double[] measured, double[] expected) => measured.Zip(expected, (a, b) => Abs(a / b - 1)).Max();

        private static double OffDiagonalSize(VectorWeights weights)
        {
            double sum = 0;
            ReadOnlySpan<double> entries = weights.InContext;
            for (int i = 0; i < entries.Length; i++)
                sum += i % 16 % 5 == 0 ? 0 : entries[i] * entries[i];
            return Sqrt(sum);
        }
    }
}
