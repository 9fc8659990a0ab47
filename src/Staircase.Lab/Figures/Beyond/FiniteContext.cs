namespace Staircase.Lab;

/// <summary>Beyond the papers: closed form, exact flow and simulation as the context gets shorter, down to modes that are never learned.</summary>
internal sealed class FiniteContext : IFigure
{
    /// <summary>Of a strength. Two independent simulations: Monte Carlo errors of both, and what updates of a finite rate leave, most of all of weak modes beside strong ones.</summary>
    private const double Simulated = 0.025;

    /// <summary>What may remain of a mode that is never learned, over the strength that the closed form expects.</summary>
    private const double Silent = 0.01;

    /// <summary>Updates of each simulation, as in the table that is compared with.</summary>
    private const int Updates = 60_000;

    private const string Exact = "Staircase, finite-context-fixed-points", Descent = "independent simulation, 60,000 updates";

    /// <summary>The table that is compared with: exact flow, closed form, and what a simulation had reached.</summary>
    private static readonly Case[] Cases =
    [
        new([2, 1, 0.5], 10, [.3829, .7064, 1.2449], [.3922, .6897, 1.1111], [.3827, .7063, 1.2429]),
        new([4, 1, 0.25], 10, [.1989, .6818, 1.8182], [.2030, .6154, 1.2500], [.1989, .6819, 1.787]),
        new([3, 1, 0.3], 5, [.2193, .5297, .9296], [.2242, .4854, .8197], [.2193, .5290, .917]),
    ];

    public string Name => "finite-context";

    public string Shows => "closed form, exact flow and simulation as the context gets shorter; modes that are never learned";

    public string Source => "beyond the papers";

    public IReadOnlyList<Result> Results => [ModeDynamics.Result, FiniteContextFlow.Result, FiniteContextFixedPoint.Result, EscapeThreshold.Result];

    public ReportSection Reproduce(Bench bench)
    {
        // The weak modes of the other settings take their time: in small batches they disperse on the way.
        Case[] simulated = bench.Quick ? Cases[..1] : Cases;
        Outcome[] outcomes = [.. simulated.Select(c => Simulate(bench, c.Task))];
        VectorRegressionTask silent = Signs([4, 1, 0.25, 0.05], 10);
        Outcome silentOutcome = Simulate(bench, silent);
        IReadOnlyList<EscapeThreshold.Verdict> verdicts = EscapeThreshold.Of(silent);
        double silentExact = FiniteContextFlow.Solve(silent, Start(4), 1, [100_000])[0].Strengths[3], silentClosed = new ModeDynamics(silent, Start(4), 1).Modes[3].FullStrength;

        int[] lengths = bench.Quick ? [10] : [3, 5, 10, 30];
        Outcome[] shrinking = [.. lengths.Select(N => N == Cases[0].N ? outcomes[0] : Simulate(bench, Signs(Cases[0].S, N)))];
        return new ReportSection
        {
            Id = Name,
            Title = "What a finite context does to modes",
            Lead = "The closed form takes the second moment of the context's covariance but lets each mode see only itself. The shorter the context, the more modes get in each other's way; below a threshold a mode is never learned.",
            Plots = [ShrinkingPlot(lengths, shrinking), CoursePlot(simulated[^1].Name, outcomes[^1])],
            Settings = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["kind"] = "vector-regression",
                ["spectrum"] = "2,1,0.5",
                ["context"] = "10",
                ["batch"] = $"{Batch(bench)}",
                ["trainings"] = $"{Repeats(bench)}",
            },
            Checks =
            [
                .. Cases.SelectMany(c => c.ClosedForm.Select((a, i) => Check.Absolute(
                    $"{c.Name}: closed form, full strength of mode {i + 1}", PublishedModes.ModeEquation, new ModeDynamics(c.Task, Start(3), 1).Modes[i].FullStrength, a, PublishedModes.FourDigits))),
                .. Cases.SelectMany(c => FiniteContextFlow.Solve(c.Task, Start(3), 1, [3000])[0].Strengths.Select((a, i) => Check.Absolute(
                    $"{c.Name}: exact flow, mode {i + 1} at epoch 3,000 (ηP = 1)", PublishedModes.Exact, a, c.Exact[i], PublishedModes.FourDigits))),
                .. Cases.SelectMany(c => FiniteContextFixedPoint.Stable(c.Task).Strengths.Select((a, i) => Check.Absolute(
                    $"{c.Name}: fixed point in closed form, mode {i + 1}", Exact, a, c.Exact[i], PublishedModes.FourDigits))),
                .. simulated.Zip(outcomes).SelectMany(pair => pair.First.Simulated.Select((a, i) => Check.Relative(
                    $"{pair.First.Name}: simulation, mode {i + 1}", Descent, pair.Second.Late[i + 1], a, Simulated))),
                .. simulated.Zip(outcomes).SelectMany(pair => Enumerable.Range(1, 3).Select(i => Check.Same(
                    $"{pair.First.Name}: which theory the simulation of mode {i} follows", PublishedModes.Exact, pair.Second.Follows(i), "the exact flow"))),
                Check.Absolute("S = (4, 1, .25, .05), N = 10: threshold of the last mode", "Staircase, escape-threshold", verdicts[^1].ThresholdThen, 0.0625, 1e-10),
                Check.Same("S = (4, 1, .25, .05), N = 10: modes that are never learned", "Staircase, escape-threshold", string.Join(' ', verdicts.Where(v => !v.IsLearned).Select(v => v.Mode + 1)), "4"),
                Check.Absolute("S = (4, 1, .25, .05), N = 10: closed form, full strength of mode 4", PublishedModes.ModeEquation, silentClosed, 1.71, 0.005),
                Check.AtMost("S = (4, 1, .25, .05), N = 10: exact flow, mode 4 in the end", PublishedModes.Exact, silentExact, 1e-10),
                Check.AtMost("S = (4, 1, .25, .05), N = 10: simulation, |mode 4| in the end over the closed form's", PublishedModes.Exact, Math.Abs(silentOutcome.Late[4]) / silentClosed, Silent),
            ],
            Tables =
            [
                new("Strengths: the mean over the last third of the simulations, the simulations compared with, the theories at the end of the simulations, and in the end",
                    ["setting", "mode", "simulation", "Monte Carlo error", "compared simulation", "exact flow then", "closed form then", "exact, in the end", "closed form, in the end"],
                    [.. simulated.Zip(outcomes).SelectMany(pair => Enumerable.Range(0, 3).Select(i => (IReadOnlyList<string>)
                    [
                        pair.First.Name, $"{i + 1}", PublishedModes.Number(pair.Second.Late[i + 1]), PublishedModes.Small(pair.Second.LateError[i + 1]), PublishedModes.Number(pair.First.Simulated[i]),
                        PublishedModes.Number(pair.Second.Exact[^1].Strengths[i]), PublishedModes.Number(pair.Second.Closed[^1].Strengths[i]),
                        PublishedModes.Number(pair.First.Exact[i]), PublishedModes.Number(pair.First.ClosedForm[i]),
                    ]))]),
                .. simulated.Zip(outcomes).Select(pair => Titled(pair.First.Name, PublishedModes.Deviations(pair.Second.Course, pair.Second.Theories))),
                new("When the closed form will do: the context length from which its strengths are good to one per cent, from the first order in 1/N", ["spectrum", "N"],
                    [.. new double[][] { [1.7, 1.4, 1.1, 1.0], [2, 1, 0.5], [4, 1, 0.25], [3, 1, 0.3] }.Select(s => (IReadOnlyList<string>)[$"({string.Join(", ", s)})", PublishedModes.Number(Math.Ceiling(LengthFor(s, 0.01)))])]),
            ],
            Notes =
            [
                "Simulation follows the exact flow, not the closed form, at every one of these context lengths.",
                $"Simulations: {Repeats(bench)} trainings of {Updates:N0} updates in batches of {Batch(bench)}, the 2^D maps diag(±1, …) as tasks, whose second moments are those of infinitely many diagonal Gaussian ones. "
                + "They end at three times the exact half time of the weakest mode, and their last third is averaged. The weakest modes of the last two settings stay one to three per cent below the exact flow, by several Monte Carlo errors, as do the simulations compared with (1.787, .917): updates have a finite rate and noise. At S = (4, 1, .25) mode 3 is .046 low; with four times the batch .024, with half the rate and twice the updates .032.",
                "The closed form's .6154 at S = (4, 1, .25), N = 10, mode 2, has been given as .6150 elsewhere, which is a slip: N/((N+1)s + tr S) = 10/16.25.",
            ],
        };
    }

    private static Table Titled(string setting, Table table) => table with { Title = $"{setting}. {table.Title}" };

    private static int Batch(Bench bench) => bench.Quick ? 8 : 20;

    private static int Repeats(Bench bench) => bench.Quick ? 2 : 4;

    /// <summary>p = q = 0.1: the less there is to grow, the less time updates have to disperse.</summary>
    private static VectorWeights Start(int dimension) => VectorWeights.Aligned(dimension, 0.1);

    /// <summary>All sign patterns as tasks: m_i = 1, no correlation of two coefficients, and the least noise that diagonal tasks can have.</summary>
    private static VectorRegressionTask Signs(double[] s, int contextLength)
    {
        int D = s.Length;
        return new(Spectrum.Of(s), contextLength, TaskSet.Of([.. Enumerable.Range(0, 1 << D).Select(set =>
        {
            var map = new double[D, D];
            for (int i = 0; i < D; i++)
                map[i, i] = (set >> i & 1) == 0 ? 1 : -1;
            return map;
        })]));
    }

    /// <summary>Trains in so many updates until every mode has long been learned.</summary>
    private static Outcome Simulate(Bench bench, VectorRegressionTask task)
    {
        int P = task.Tasks.Count, epochs = Updates / P, every = Math.Max(1, epochs / 200);
        epochs = epochs / every * every;
        double rate = Settled(task) / epochs; // ηP
        IReadOnlyList<VectorPoint>[] trainings = PublishedModes.Train(
            bench, task, Start(task.InputDimension), new() { EpochRate = rate, BatchSize = Batch(bench) }, Repeats(bench), epochs, every);
        var course = SimulatedCourse.Of(trainings);
        (double[] late, double[] error) = SimulatedCourse.Average([.. trainings.Select(t => SimulatedCourse.Average([.. t.Skip(t.Count * 2 / 3).Select(SimulatedCourse.Row)]).Mean)]);
        return new(course, late, error, FiniteContextFlow.Solve(task, Start(task.InputDimension), rate, course.Times), new ModeDynamics(task, Start(task.InputDimension), rate).Course(course.Times), rate);
    }

    /// <summary>A time by which every mode has long been learned, ηP = 1: three times the half time of the slowest, exact one.</summary>
    private static double Settled(VectorRegressionTask task)
    {
        double[] times = [.. Enumerable.Range(0, 4001).Select(k => k * 0.5)];
        IReadOnlyList<VectorPoint> course = FiniteContextFlow.Solve(task, Start(task.InputDimension), 1, times);
        return 3 * FiniteContextFixedPoint.Stable(task).Learned.Max(i => VectorPoint.HalfTime(course, i));
    }

    /// <summary>max_i |Σ_j √(s_j/s_i)(1 − √(s_j/s_i))|/ε.</summary>
    private static double LengthFor(double[] s, double share) => s.Max(si => Math.Abs(s.Sum(sj => Math.Sqrt(sj / si) * (1 - Math.Sqrt(sj / si))))) / share;

    private static Plot ShrinkingPlot(int[] lengths, Outcome[] outcomes)
    {
        double[] dense = [.. Enumerable.Range(0, 61).Select(k => Math.Round(3 * Math.Pow(100, k / 60.0))).Distinct()];
        VectorRegressionTask[] tasks = [.. dense.Select(N => Signs([2, 1, 0.5], (int)N))];
        return new()
        {
            Id = "lengths",
            Title = "Strengths in the end, S = (2, 1, ½)",
            Caption = "Points: simulation. Dashed: the exact fixed point. Dotted: the closed form.",
            X = new("context length N", IsLogarithmic: true),
            Y = new("strength a"),
            Series =
            [
                .. Enumerable.Range(0, 3).SelectMany(i => new[]
                {
                    new Series($"simulated a{i + 1}", SeriesRole.MeasuredPoints, [.. lengths.Select(N => (double)N)], [.. outcomes.Select(o => o.Late[i + 1])], i),
                    new Series($"exact a{i + 1}", SeriesRole.Predicted, dense, [.. tasks.Select(t => FiniteContextFixedPoint.Stable(t).Strengths[i])], i),
                    new Series($"closed form a{i + 1}", SeriesRole.Guide, dense, [.. tasks.Select(t => new ModeDynamics(t, Start(3), 1).Modes[i].FullStrength)], i),
                }),
            ],
        };
    }

    private static Plot CoursePlot(string setting, Outcome outcome) => new()
    {
        Id = "course",
        Title = $"{setting}: the course",
        Caption = "Solid: simulation. Dashed: the exact flow. Dotted: the closed form.",
        X = new("time, ηP · epochs"),
        Y = new("strength a"),
        Series =
        [
            .. Enumerable.Range(0, 3).SelectMany(i => new[]
            {
                new Series($"simulated a{i + 1}", SeriesRole.Measured, [.. outcome.Course.Times.Select(t => t * outcome.EpochRate)], outcome.Course.Column(i + 1), i),
                new Series($"exact a{i + 1}", SeriesRole.Predicted, [.. outcome.Course.Times.Select(t => t * outcome.EpochRate)], [.. outcome.Exact.Select(p => p.Strengths[i])], i),
                new Series($"closed form a{i + 1}", SeriesRole.Guide, [.. outcome.Course.Times.Select(t => t * outcome.EpochRate)], [.. outcome.Closed.Select(p => p.Strengths[i])], i),
            }),
        ],
    };

    /// <summary>A row of the published table.</summary>
    private sealed record Case(double[] S, int N, double[] Exact, double[] ClosedForm, double[] Simulated)
    {
        public VectorRegressionTask Task => Signs(S, N);

        public string Name => $"S = ({string.Join(", ", S)}), N = {N}";
    }

    /// <summary>A simulation with its mean over the last third, when modes have settled, and the theories at the same times.</summary>
    private sealed record Outcome(SimulatedCourse Course, double[] Late, double[] LateError, IReadOnlyList<VectorPoint> Exact, IReadOnlyList<VectorPoint> Closed, double EpochRate)
    {
        public (string Name, IReadOnlyList<VectorPoint> Course)[] Theories => [("the exact flow", Exact), ("the closed form", Closed)];

        public string Follows(int mode) => PublishedModes.Nearest(Theories, [.. Theories.Select(t => Course.From(t.Course, mode))]);
    }
}
