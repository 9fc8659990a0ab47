using System.Collections.Concurrent;
using System.Globalization;

namespace Staircase.Lab;

/// <summary>The setting of Mainali, Teixeira 2025, Fig. 1–4, recovered from the drawings, and what its figures share.</summary>
internal static class PublishedModes
{
    /// <summary>ηP, the learning rate of an epoch.</summary>
    public const double EpochRate = 0.02;

    /// <summary>N.</summary>
    public const int ContextLength = 200;

    /// <summary>Where the published curves end.</summary>
    public const int Epochs = 500;

    /// <summary>Half a unit in the fourth published digit.</summary>
    public const double FourDigits = 5e-5;

    /// <summary>Where the paper says what it says.</summary>
    public const string ModeEquation = "Mainali, Teixeira 2025, Eq. 11, 13", LossEquation = "Mainali, Teixeira 2025, Eq. 14", Exact = "Staircase, finite-context-flow";

    private static readonly ConcurrentDictionary<bool, IReadOnlyList<VectorPoint>[]> Kept = new();

    /// <summary>s₁ … s₄.</summary>
    public static Spectrum Spectrum => Spectrum.Of(1.7, 1.4, 1.1, 1.0);

    /// <summary>p₂ = q₁ = 0.01 I: a⁰ = 10⁻⁴.</summary>
    public static VectorWeights Start => VectorWeights.Aligned(4, 0.01);

    /// <summary>Every epoch, and times in between.</summary>
    public static double[] Times(double spacing = 1, double until = Epochs) => [.. Enumerable.Range(0, (int)Math.Round(until / spacing) + 1).Select(k => k * spacing)];

    /// <summary>The task with given maps, or with the moments of infinitely many diagonal ones.</summary>
    public static VectorRegressionTask Task(TaskSet? tasks = null, int contextLength = ContextLength) => new(Spectrum, contextLength, tasks ?? TaskSet.DiagonalDesign(4));

    /// <summary>2,000 diagonal tasks in batches of 5 as published; a quick preset takes a tenth of the tasks and with them ten times the noise.</summary>
    public static VectorRegressionTask Sampled(Bench bench) => Task(TaskSet.Diagonal(4, bench.Quick ? 200 : 2000, seed: 1));

    /// <summary>How updates are taken.</summary>
    public static VectorDescentOptions Descent => new() { EpochRate = EpochRate, BatchSize = 5 };

    /// <summary>How many trainings are averaged.</summary>
    public const int Trainings = 4;

    /// <summary>Independent trainings, seeds 1, 2, …, recorded every epoch.</summary>
    public static IReadOnlyList<VectorPoint>[] Train(Bench bench, VectorRegressionTask task, VectorWeights start, VectorDescentOptions options, int trainings, int epochs, int every = 1) =>
        bench.ForEach([.. Enumerable.Range(1, trainings)], seed =>
        {
            var training = new VectorDescent(task, start, options, (ulong)seed);
            var points = new List<VectorPoint> { training.Point() };
            training.Run(epochs, at =>
            {
                if (at.Epoch % every == 0)
                    points.Add(at.Point());
                return true;
            }, bench.Cancellation);
            return (IReadOnlyList<VectorPoint>)points;
        });

    /// <summary>Trainings from the published start.</summary>
    public static IReadOnlyList<VectorPoint>[] Train(Bench bench, VectorRegressionTask task) => Train(bench, task, Start, Descent, Trainings, Epochs);

    /// <summary>The trainings of the published setting, <see cref="Sampled"/>: four figures look at the same ones, so they are kept.</summary>
    public static IReadOnlyList<VectorPoint>[] Published(Bench bench)
    {
        if (!Kept.TryGetValue(bench.Quick, out IReadOnlyList<VectorPoint>[]? trainings))
            Kept[bench.Quick] = trainings = Train(bench, Sampled(bench));
        return trainings;
    }

    /// <summary>The published simulation beside the two theories of the tasks it was trained on.</summary>
    /// <returns>The simulation, the closed form and the exact flow at its times, and both theories with their names.</returns>
    public static (SimulatedCourse Simulation, IReadOnlyList<VectorPoint> Closed, IReadOnlyList<VectorPoint> Exact, (string Name, IReadOnlyList<VectorPoint> Course)[] Theories) Beside(Bench bench)
    {
        VectorRegressionTask task = Sampled(bench);
        SimulatedCourse simulation = SimulatedCourse.Of(Published(bench));
        IReadOnlyList<VectorPoint> closed = new ModeDynamics(task, Start, EpochRate).Course(simulation.Times);
        IReadOnlyList<VectorPoint> exact = FiniteContextFlow.Solve(task, Start, EpochRate, simulation.Times);
        return (simulation, closed, exact, [("the exact flow", exact), ("the closed form", closed)]);
    }

    /// <summary>Times, tasks and batches of a simulation, for a caption or a note.</summary>
    public static string Describe(Bench bench) =>
        $"{Trainings} trainings of {Epochs} epochs on {(bench.Quick ? 200 : 2000).ToString("N0", CultureInfo.InvariantCulture)} tasks, batches of {Descent.BatchSize}, N = {ContextLength}, ηP = {EpochRate}";

    /// <summary>The settings as a report shows them.</summary>
    public static IReadOnlyDictionary<string, string> Settings(Bench bench) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["kind"] = "vector-regression",
        ["spectrum"] = Spectrum.Name,
        ["context"] = $"{ContextLength}",
        ["tasks"] = $"diagonal:{(bench.Quick ? 200 : 2000)}",
        ["epoch-rate"] = $"{EpochRate}",
        ["epochs"] = $"{Epochs}",
        ["batch"] = $"{Descent.BatchSize}",
        ["init"] = "0.01",
        ["trainings"] = $"{Trainings}",
    };

    /// <summary>Each theory beside the simulation, row by row: the largest deviation with its Monte Carlo error, its root mean square, and which theory is nearer.</summary>
    public static Table Deviations(SimulatedCourse simulation, params (string Name, IReadOnlyList<VectorPoint> Course)[] theories) => new(
        "Simulation minus theory: the largest deviation ± its Monte Carlo error, the epoch where it is largest, and the root mean square over the course",
        ["", .. theories.SelectMany(t => new[] { $"from {t.Name}", "rms" }), "Monte Carlo error, rms", "simulation follows"],
        [
            .. Enumerable.Range(0, simulation.Mean[0].Length).Select(c =>
            {
                Deviation[] deviations = [.. theories.Select(t => simulation.From(t.Course, c))];
                return (IReadOnlyList<string>)
                [
                    c == 0 ? "loss" : $"mode {c}", .. deviations.SelectMany(d => new[] { d.ToString(), Small(d.RootMeanSquare) }),
                    Small(deviations[0].RootMeanSquareError), Nearest(theories, deviations),
                ];
            }),
        ]);

    /// <summary>That the theory which all strengths together follow is the one expected.</summary>
    public static Check Follows(string source, SimulatedCourse simulation, (string Name, IReadOnlyList<VectorPoint> Course)[] theories, string expected)
    {
        double Distance(IReadOnlyList<VectorPoint> course) => Enumerable.Range(1, simulation.Mean[0].Length - 1).Sum(i => Math.Pow(simulation.From(course, i).RootMeanSquare, 2));
        return Check.Same("which theory the simulated strengths follow (least root mean square deviation over all modes)", source, theories.MinBy(t => Distance(t.Course)).Name, expected);
    }

    /// <summary>The theory with the smallest root-mean-square deviation.</summary>
    public static string Nearest((string Name, IReadOnlyList<VectorPoint> Course)[] theories, IReadOnlyList<Deviation> deviations) =>
        theories.Zip(deviations).MinBy(pair => pair.Second.RootMeanSquare).First.Name;

    /// <summary>Two digits.</summary>
    public static string Small(double value) => value.ToString("G2", CultureInfo.InvariantCulture);

    /// <summary>Four digits.</summary>
    public static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>A curve of a course.</summary>
    public static Series Curve(string name, SeriesRole role, IReadOnlyList<VectorPoint> course, Func<VectorPoint, double> of, int colour) =>
        new(name, role, [.. course.Select(point => point.Time)], [.. course.Select(of)], colour);
}
