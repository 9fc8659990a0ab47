using System.Globalization;
using Staircase.Kernels;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>Modular addition: a transformer memorizes, forms a circuit of a few Fourier waves, and generalizes long after; spectral measures move before test accuracy does.</summary>
internal sealed class Grokking : IFigure
{
    private const string Progress = "Nanda et al. 2023, §4–5", Spectral = "Mainali, Teixeira 2025, Fig. 3B, 7";

    /// <summary>Test accuracy when the training pairs are known may be this. On a small circle, of which more pairs are trained on, some of the others follow from neighbours: a + b = b + a alone gives some.</summary>
    private const double NearChance = 0.05, NearChanceSmall = 0.25;

    private static readonly ulong[] Seeds = [0, 1, 2];

    /// <summary>The published setting.</summary>
    private static readonly ModularExperiment Published = new();

    /// <summary>The same on a smaller circle, at five times the learning rate: the physics in a minute.</summary>
    private static readonly ModularExperiment Small = new() { Modulus = 59, Width = 64, Hidden = 256, TrainingFraction = 0.4, LearningRate = 5e-3, Steps = 2000, Record = new(true, 100), Checkpoints = new(false, 50) };

    public string Name => "grokking";

    public string Shows => "modular addition: memorization, circuit formation, clean-up, with controls";

    public string Source => "Mainali, Teixeira 2025, Fig. 3B, 7";

    public IReadOnlyList<Result> Results => [FourierAddition.Result];

    public ReportSection Reproduce(Bench bench)
    {
        ModularExperiment shuffled = Small with { ShuffleLabels = true }, undecayed = Small with { WeightDecay = 0 };
        using var alone = new ThreadTeam(1);
        ModularHistory[] runs = bench.ForEach([.. Seeds.Select(seed => Small with { Seed = seed }), shuffled, undecayed], e => ModularHistory.Train(e, alone, null, bench.Cancellation));
        ModularHistory[] small = runs[..Seeds.Length], controls = runs[Seeds.Length..];
        ModularHistory? published = bench.Quick ? null : ModularHistory.Train(Published, null, bench.Progress, bench.Cancellation);
        ModularHistory shown = published ?? small[0];
        (string Name, ModularHistory Run)[] trained = [.. published is null ? [] : new[] { ("p = 113", published) }, .. small.Select((run, i) => ($"p = {Small.Modulus}, seed {Seeds[i]}", run))];
        return new ReportSection
        {
            Id = Name,
            Title = "Grokking modular addition",
            Lead = "$a + b \\bmod p$ by a one-layer transformer: it knows its training pairs after some hundred steps and the other pairs only thousands of steps later. What the loss does not show in between, the spectrum does.",
            Plots = [.. shown.Plots(), Accuracy(small, controls), Ranks(small, controls)],
            Weights = shown.EmbeddingMaps() is { } maps ? [maps] : [],
            Settings = shown.Study.Settings,
            Checks =
            [
                .. trained.SelectMany(t => Checks(t.Name, t.Run, t.Run == published ? NearChance : NearChanceSmall)),
                Check.Same("labels shuffled: memorized, generalizes", Progress, Outcome(controls[0]), "yes, no"),
                Check.Same("no weight decay: memorized, generalizes", Progress, Outcome(controls[1]), "yes, no"),
            ],
            Tables = [shown.ChangeTable($"{trained[0].Name}: the largest change of each measure that the detector tells from chance"), Leads(trained, controls)],
            Notes =
            [
                .. trained.Select(t => $"{t.Name}: {t.Run.Phases.Sentences()[0]}"),
                $"labels shuffled: test accuracy {controls[0].Points[^1].Strengths[2]:P1} in the end. {controls[0].Phases.Sentences()[0]}",
                $"no weight decay: test accuracy {controls[1].Points[^1].Strengths[2]:P1} in the end. {controls[1].Phases.Sentences()[0]}",
                $"Seeds and controls are trained at p = {Small.Modulus}, d_model {Small.Width}, d_mlp {Small.Hidden}, {Small.TrainingFraction:P0} of the pairs, learning rate {Small.LearningRate}; weight decay 1 as published everywhere but in the control.",
                "Key frequencies are those of the last checkpoint, at all checkpoints: restricted and excluded loss ask when what matters in the end appears.",
            ],
        };
    }

    private static IEnumerable<Check> Checks(string name, ModularHistory run, double nearChance)
    {
        yield return Check.AtMost($"{name}: share of other pairs that are wrong in the end", Progress, 1 - run.Points[^1].Strengths[2], 1 - ModularHistory.Known);
        yield return Check.AtMost($"{name}: test accuracy when train accuracy passes 99 %", Progress, run.TestAccuracyWhenMemorized, nearChance);
        yield return Check.AtMost($"{name}: steps to memorize over steps to generalize", Progress, run.MemorizedAt is { } memorized && run.GrokkedAt is { } grokked ? (double)memorized / grokked : 1, 0.2);
        ModularPhases phases = run.Phases;
        yield return Check.Same($"{name}: order of the phases that the detector finds", Progress, Order(("memorization", phases.Memorized), ("circuit formation", phases.CircuitFormed), ("clean-up", phases.CleanedUp)), "memorization, circuit formation, clean-up");
        yield return Check.AtMost($"{name}: the excluded loss rises before test accuracy does, step over step", Progress, phases.CircuitFormed / phases.Generalized ?? double.PositiveInfinity, 1);
        yield return Check.AtMost($"{name}: share of the hidden layer's variance outside of the neurons of its {run.KeyFrequencies.Count} key frequencies", Progress,
            1 - run.KeyFrequencies.Sum(k => run.Checkpoints[^1].Spectrum!.NeuronShares[k - 1]), 0.2);
        yield return Check.AtMost($"{name}: effective rank of OV in the end over its initial one, mean of the heads", Spectral, MeanRank(run.Checkpoints[^1]) / MeanRank(run.Checkpoints[0]), 0.8);
    }

    private static double MeanRank(ModularCheckpoint checkpoint) => checkpoint.Heads.Average(head => head.OV.EffectiveRank);

    private static double? PositionOf(ModularHistory run, string measure) => run.Phases.Changes.FirstOrDefault(c => c.Measure == measure)?.Change.Position;

    private static string Outcome(ModularHistory run) => $"{(run.MemorizedAt is null ? "no" : "yes")}, {(run.GrokkedAt is null ? "no" : "yes")}";

    private static string Order(params (string Phase, double? Step)[] phases) => string.Join(", ", phases.Where(p => p.Step is not null).OrderBy(p => p.Step).Select(p => p.Phase));

    /// <summary>When each measure changes, over when test accuracy rises: mean and spread over seeds.</summary>
    private static Table Leads((string Name, ModularHistory Run)[] trained, ModularHistory[] controls)
    {
        string[] measures = [.. trained.SelectMany(t => t.Run.Phases.Changes).Select(c => c.Measure).Distinct(StringComparer.Ordinal)];
        return new("The step of each measure's largest change (in brackets: over that of test accuracy)", ["measure", .. trained.Select(t => t.Name), "labels shuffled", "no weight decay"],
            [.. measures.Select(measure => (IReadOnlyList<string>)
            [
                measure,
                .. trained.Select(t => t.Run).Concat(controls).Select(run => PositionOf(run, measure) is { } at
                    ? Whole(at) + (PositionOf(run, "test accuracy") is { } rise ? $" ({(at / rise).ToString("G2", CultureInfo.InvariantCulture)})" : "")
                    : "none"),
            ])]);
    }

    private static Plot Accuracy(ModularHistory[] seeds, ModularHistory[] controls) => new()
    {
        Id = "controls",
        Title = "Test accuracy: seeds and controls",
        Caption = "Solid: three seeds. Dashed: the controls.",
        X = new("step", IsLogarithmic: true),
        Y = new("share of other pairs"),
        Series = [.. Curves(seeds, controls, run => ([.. run.Points.Skip(1).Select(p => (double)p.Step)], [.. run.Points.Skip(1).Select(p => p.Strengths[2])]))],
    };

    private static Plot Ranks(ModularHistory[] seeds, ModularHistory[] controls) => new()
    {
        Id = "control-ranks",
        Title = "Effective rank of OV: seeds and controls",
        Caption = "Mean of the heads. Solid: three seeds. Dashed: the controls.",
        X = new("step", IsLogarithmic: true),
        Y = new("effective rank"),
        Series = [.. Curves(seeds, controls, run => ([.. run.Checkpoints.Skip(1).Select(c => (double)c.Step)], [.. run.Checkpoints.Skip(1).Select(MeanRank)]))],
    };

    private static IEnumerable<Series> Curves(ModularHistory[] seeds, ModularHistory[] controls, Func<ModularHistory, (double[] X, double[] Y)> of)
    {
        for (int i = 0; i < seeds.Length; i++)
            yield return new($"seed {Seeds[i]}", SeriesRole.Measured, of(seeds[i]).X, of(seeds[i]).Y, i);
        yield return new("labels shuffled", SeriesRole.Predicted, of(controls[0]).X, of(controls[0]).Y, seeds.Length);
        yield return new("no weight decay", SeriesRole.Predicted, of(controls[1]).X, of(controls[1]).Y, seeds.Length + 1);
    }
}
