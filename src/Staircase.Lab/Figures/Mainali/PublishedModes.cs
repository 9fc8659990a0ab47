using System.Collections.Concurrent;

namespace Staircase.Lab;

/// <summary>The setting of Mainali, Teixeira 2025, Fig. 1–4, recovered from the drawings, and what its figures share.</summary>
internal static class PublishedModes
{
    public const int Epochs = 500; // where the published curves end
    public const double FourDigits = 5e-5; // half a unit in the fourth published digit

    private static readonly ConcurrentDictionary<bool, VectorFindings> Kept = new();

    /// <summary>Who says where modes go, what the loss is, and how modes couple.</summary>
    public static string ModeEquation { get; } = Mainali("Eq. 11, 13");

    public static string LossEquation { get; } = Mainali("Eq. 14");

    public static string ExactFlow { get; } = Own(FiniteContextFlow.Result);

    /// <summary>Infinitely many diagonal tasks, of which the published numbers are.</summary>
    public static VectorExperiment Infinite { get; } = new() { Tasks = new(TaskShape.Diagonal), Epochs = Epochs };

    /// <summary>Their theory.</summary>
    public static VectorStudy Limit { get; } = Prepared(Infinite);

    /// <summary>
    /// What is trained: 2,000 diagonal tasks in batches of 5 as published; a quick preset takes a tenth of the tasks in larger batches, and
    /// has 2.5 times the variance: with that the loss still tells the theories apart.
    /// </summary>
    public static VectorExperiment Experiment(Bench bench) => new()
    {
        Tasks = new(TaskShape.Diagonal, bench.Quick ? 200 : 2000),
        Batch = bench.Quick ? 20 : 5,
        Epochs = Epochs,
        Record = Schedule.All,
        Checkpoints = Schedule.All,
    };

    /// <summary>The published experiment for a figure of one's own setting; theory says where it ends.</summary>
    public static VectorExperiment Setting(ulong seed) => Experiment(new Bench(Quick: false)) with { Epochs = null, Seed = seed };

    /// <summary>What a figure of one's own setting has besides its plots: theories beside the training, and which one it follows.</summary>
    public static FigurePart Part(Run run, params IReadOnlyList<Func<VectorFindings, Plot>> plots) =>
        Part(VectorFindings.Of(run), [.. plots.Select(plot => plot(VectorFindings.Of(run)))]);

    public static FigurePart Part(VectorFindings findings, params IReadOnlyList<Plot> plots) => new(
        plots, findings.Section.Tables, findings.Theories.Count > 1 ? [Follows(ExactFlow, findings)] : []);

    /// <summary>Complains of a run that the exact flow of diagonal tasks is not the theory of.</summary>
    public static VectorFindings RequireAligned(VectorFindings findings)
    {
        Require(
            findings.Study is { Modes: not null, Start.IsAligned: true } && findings.Theories.Count > 1,
            "Modes on their own are those of diagonal tasks from a diagonal start, by an optimizer that follows the flow: leave ‹tasks› "
            + "diagonal, ‹start› balanced and ‹optimizer› gd.");
        return findings;
    }

    /// <summary>The trainings of <see cref="Experiment"/>: four figures look at the same ones, so they are kept.</summary>
    public static VectorFindings Trained(Bench bench)
    {
        if (!Kept.TryGetValue(bench.Quick, out VectorFindings? trained))
            Kept[bench.Quick] = trained = VectorFindings.Of(bench.Train(Experiment(bench)));
        return trained;
    }

    /// <summary>An experiment with everything resolved.</summary>
    public static VectorStudy Prepared(VectorExperiment experiment) => (VectorStudy)experiment.Prepare();

    /// <summary>The exact flow of a study.</summary>
    public static IReadOnlyList<VectorPoint> Exact(this VectorStudy study, params IReadOnlyList<double> times) =>
        study.Theories(times)[0].Course;

    /// <summary>Every epoch, or times in between.</summary>
    public static double[] Times(double spacing = 1, double until = Epochs) =>
        [.. Range(0, (int)Round(until / spacing) + 1).Select(k => k * spacing)];

    /// <summary>A number for each of the four modes.</summary>
    public static T[] EachMode<T>(Func<int, T> of) => [.. Range(0, 4).Select(of)];

    /// <summary>
    /// When each mode of a simulation reaches half of the strength at which its exact theory ends, beside when it does in theories.
    /// </summary>
    public static Table HalfTimes(string title, VectorFindings simulated, params IEnumerable<VectorTheory> theories) => Table.Of(
        title, ["mode", "simulation", .. theories.Select(theory => theory.Name)], Range(0, 4),
        i => [$"{i + 1}", Number(HalfTime(simulated, i)), .. theories.Select(theory => Number(VectorPoint.HalfTime(theory.Course, i)))]);

    /// <summary>When a mode of a simulation, from 0, reaches half of the strength at which its exact theory ends.</summary>
    public static double HalfTime(VectorFindings simulated, int mode) =>
        simulated.Simulation.TimeAt(mode + 1, simulated.Theories[0].Course[^1].Strengths[mode] / 2);

    /// <summary>That all strengths together follow the exact theory.</summary>
    public static Check Follows(string source, VectorFindings simulated) => Check.Same(
        "which theory the simulated strengths follow (least root mean square deviation over all modes)", source,
        $"the {simulated.Theories.MinBy(simulated.Simulation.Distance)!.Name}", $"the {simulated.Study.ExactName}");
}
