using System.Collections.Concurrent;
using Staircase.Lab;

namespace Staircase.BrowserTests;

/// <summary>Reports of small runs of every kind: one run, or several that differ in their seeds or in a setting.</summary>
internal static class SampleRuns
{
    private static readonly ConcurrentDictionary<string, Lazy<Report>> Known = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, (string Words, string Setting)> Kinds = new(StringComparer.Ordinal)
    {
        ["regression"] = ("dim=3 heads=3 until=400 init=0.05", "noise"),
        ["vector-regression"] = ("spectrum=2,1,0.5 context=10 tasks=diagonal:20 epoch-rate=0.2 epochs=20 trainings=2", "context"),
        ["modular-addition"] = ("modulus=7 width=8 heads=2 hidden=16 learning-rate=0.01 steps=60", "weight-decay"),
        ["attention-only"] = ("context=16 batch=4 width=16 heads=2 layers=2 learning-rate=0.01 steps=40", "learning-rate"),
    };

    /// <summary>The kinds.</summary>
    public static IReadOnlyCollection<string> Names => Kinds.Keys;

    /// <summary>A report; every call gives the same.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="count">How many runs.</param>
    /// <param name="areSeeds">Whether they differ in their seeds alone; else in a setting.</param>
    public static Report Report(string kind, int count, bool areSeeds) =>
        Known.GetOrAdd($"{kind} {count} {areSeeds}", _ => new(() => Create(kind, count, areSeeds))).Value;

    private static Report Create(string kind, int count, bool areSeeds) =>
        RunReport.Of([.. Enumerable.Range(1, count).Select(i => Train(kind, i, areSeeds))]);

    private static Run Train(string kind, int i, bool areSeeds)
    {
        (string words, string setting) = Kinds[kind];
        ExperimentKind of = ExperimentKinds.Named(kind, null);
        string changed = areSeeds ? $"seed={i}" : setting == "context" ? $"context={8 + i}" : $"{setting}=0.0{i:00}";
        Experiment experiment = $"{words} {changed}".Split(' ')
            .Aggregate(of.Default, (e, word) => of.Set(e, word.Split('=')[0], word.Split('=')[1], null));
        return Trainer.Train(experiment.Prepare().WithEnd(), new RunMemory { Name = $"runs/{i:00}" });
    }
}
