namespace Staircase.Lab;

/// <summary>
/// Modular addition: a transformer memorizes, forms a circuit of a few Fourier waves, and generalizes long after; spectral measures move
/// before test accuracy does.
/// </summary>
internal sealed class Grokking() : Figure(
    "grokking", "Grokking modular addition",
    "modular addition: memorization, circuit formation, clean-up, with controls", Mainali("Fig. 3B, 7"),
    FourierAddition.Result)
{
    /// <summary>
    /// Test accuracy when the training pairs are known may be this. On a small circle, of which more pairs are trained on, some of the
    /// others follow from neighbours: a + b = b + a alone gives some.
    /// </summary>
    private const double NearChance = 0.05, NearChanceSmall = 0.25;

    private static readonly string Progress = Nanda("§4–5"), Spectral = Mainali("Fig. 3B, 7");

    private static readonly ulong[] Seeds = [0, 1, 2];

    /// <summary>A smaller circle than the published one, at five times the learning rate: the physics in a minute.</summary>
    private static readonly ModularExperiment Small = new()
    {
        Modulus = 59,
        Width = 64,
        Hidden = 256,
        TrainingFraction = 0.4,
        LearningRate = 5e-3,
        Steps = 2000,
        Record = Schedule.PerDecade(100),
        Checkpoints = Schedule.Every(50),
    };

    /// <summary>A training under its name.</summary>
    private sealed record Named(string Name, ModularFindings Run, double NearChance = NearChanceSmall);

    public override ReportSection Reproduce(Bench bench)
    {
        ModularExperiment[] experiments =
            [.. Seeds.Select(seed => Small with { Seed = seed }), Small with { ShuffleLabels = true }, Small with { WeightDecay = 0 }];
        ModularFindings[] runs = bench.ForEach(experiments, experiment => ModularFindings.Of(bench.Train(experiment)));
        Named[] seeds = [.. Seeds.Zip(runs, (seed, run) => new Named($"seed {seed}", run))];
        Named[] controls = [new("labels shuffled", runs[^2]), new("no weight decay", runs[^1])];
        Named[] trained = [.. Published(bench), .. seeds.Select(seed => seed with { Name = $"p = {Small.Modulus}, {seed.Name}" })];
        ModularFindings shown = trained[0].Run;
        return Titled with
        {
            Lead = "$a + b \\bmod p$ by a one-layer transformer: it knows its training pairs after some hundred steps and the other pairs "
                + "only thousands of steps later. What the loss does not show in between, the spectrum does.",
            Plots = [.. shown.Plots, .. Compared(seeds, controls)],
            Weights = shown.Maps is { } maps ? [maps] : [],
            Settings = shown.Study.Settings,
            Checks =
            [
                .. trained.SelectMany(t => Generalization(t).Concat(PhaseChecks(t)).Concat(SpectralChecks(t))),
                .. controls.Select(control => Check.Same(
                    $"{control.Name}: memorized, generalizes", Progress,
                    $"{YesNo(control.Run.MemorizedAt)}, {YesNo(control.Run.GrokkedAt)}", "yes, no")),
            ],
            Tables =
            [
                shown.ChangeTable($"{trained[0].Name}: the largest change of each measure that the detector tells from chance"),
                Leads([.. trained, .. controls]),
            ],
            Notes = Notes(trained, controls),
        };
    }

    /// <summary>The published setting, which a quick preset leaves out.</summary>
    private static Named[] Published(Bench bench) => bench.Quick
        ? []
        : [new("p = 113", ModularFindings.Of(bench.Train(new ModularExperiment(), bench.Progress)), NearChance)];

    private static IEnumerable<Check> Generalization(Named trained)
    {
        (string name, ModularFindings run, double nearChance) = trained;
        yield return Check.AtMost(
            $"{name}: share of other pairs that are wrong in the end", Progress, 1 - run.TestAccuracy, 1 - ModularFindings.Known);
        yield return Check.AtMost(
            $"{name}: test accuracy when train accuracy passes 99 %", Progress, run.TestAccuracyWhenMemorized, nearChance);
        yield return Check.AtMost(
            $"{name}: steps to memorize over steps to generalize", Progress, (double?)run.MemorizedAt / run.GrokkedAt ?? 1, 0.2);
    }

    private static IEnumerable<Check> PhaseChecks(Named trained)
    {
        ModularPhases phases = trained.Run.Phases;
        (string Phase, double? Step)[] found =
            [("memorization", phases.Memorized), ("circuit formation", phases.CircuitFormed), ("clean-up", phases.CleanedUp)];
        yield return Check.Same(
            $"{trained.Name}: order of the phases that the detector finds", Progress,
            string.Join(", ", found.Where(p => p.Step is not null).OrderBy(p => p.Step).Select(p => p.Phase)),
            "memorization, circuit formation, clean-up");
        yield return Check.AtMost(
            $"{trained.Name}: the excluded loss rises before test accuracy does, step over step", Progress,
            phases.CircuitFormed / phases.Generalized ?? double.PositiveInfinity, 1);
    }

    private static IEnumerable<Check> SpectralChecks(Named trained)
    {
        ModularFindings run = trained.Run;
        yield return Check.AtMost(
            $"{trained.Name}: share of the hidden layer's variance outside of the neurons of its {run.KeyFrequencies.Count} key "
            + "frequencies", Progress, 1 - run.KeyFrequencies.Sum(k => run.Spectrum!.NeuronShares[k - 1]), 0.2);
        yield return Check.AtMost(
            $"{trained.Name}: effective rank of OV in the end over its initial one, mean of the heads", Spectral,
            MeanRank(run.Checkpoints[^1]) / MeanRank(run.Checkpoints[0]), 0.8);
    }

    private static double MeanRank(ModularCheckpoint checkpoint) => checkpoint.Heads("ov_rank").Average();

    private static string YesNo(long? at) => at is null ? "no" : "yes";

    /// <summary>When each measure changes, and that over when test accuracy rises.</summary>
    private static Table Leads(Named[] all)
    {
        return Table.Of(
            "The step of each measure's largest change (in brackets: over that of test accuracy)", ["measure", .. all.Select(t => t.Name)],
            all.SkipLast(2).SelectMany(t => t.Run.Phases.Changes).Select(change => change.Measure).Distinct(),
            measure => [measure, .. all.Select(t => At(t.Run, measure))]);

        static string At(ModularFindings run, string measure)
        {
            if (PositionOf(run, measure) is not { } at)
                return "none";
            string over = (at / PositionOf(run, "test accuracy"))?.ToString("G2", InvariantCulture) ?? "";
            return over.Length > 0 ? $"{Whole(at)} ({over})" : Whole(at);
        }

        static double? PositionOf(ModularFindings run, string measure) =>
            run.Phases.Changes.FirstOrDefault(change => change.Measure == measure)?.Change.Position;
    }

    private static IEnumerable<Plot> Compared(Named[] seeds, Named[] controls)
    {
        yield return Plot.Of(
            "controls", "Test accuracy: seeds and controls", Axis.Logarithmic("step"), "share of other pairs",
            "Solid: three seeds. Dashed: the controls.", Curves((t, colour) => t.Run.Course(t.Name, "test_accuracy", colour)));
        yield return Plot.Of(
            "control-ranks", "Effective rank of OV: seeds and controls", Axis.Logarithmic("step"), "effective rank",
            "Mean of the heads. Solid: three seeds. Dashed: the controls.", Curves((t, colour) => t.Run.Kept(t.Name, MeanRank, colour)));

        IEnumerable<Series> Curves(Func<Named, int, Series> curve) =>
            [.. seeds.Select(curve), .. controls.Select((t, i) => curve(t, seeds.Length + i) with { Role = SeriesRole.Predicted })];
    }

    private static IReadOnlyList<string> Notes(Named[] trained, Named[] controls) =>
    [
        .. trained.Select(t => $"{t.Name}: {t.Run.Phases.Sentences()[0]}"),
        .. controls.Select(t => $"{t.Name}: test accuracy {t.Run.TestAccuracy:P1} in the end. {t.Run.Phases.Sentences()[0]}"),
        $"Seeds and controls are trained at p = {Small.Modulus}, d_model {Small.Width}, d_mlp {Small.Hidden}, {Small.TrainingFraction:P0} "
        + $"of the pairs, learning rate {Small.LearningRate}; weight decay 1 as published everywhere but in the control.",
        "Key frequencies are those of the last checkpoint, at all checkpoints: restricted and excluded loss ask when what matters in the "
        + "end appears.",
    ];
}
