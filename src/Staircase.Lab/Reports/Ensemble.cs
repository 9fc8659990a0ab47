namespace Staircase.Lab;

/// <summary>Runs of one experiment that differ in nothing but their seeds, and in where they end.</summary>
/// <param name="Label">What tells it from the other ensembles of a report: keys and values; empty for the only one.</param>
/// <param name="Runs">Its runs, in the order in which they were named.</param>
internal sealed record Ensemble(string Label, IReadOnlyList<Run> Runs)
{
    private const int LongestLabel = 48;


    /// <summary>The keys of seeds.</summary>
    internal static readonly string[] Seeds = ["seed", "data-seed", "init-seed"];

    /// <summary>What its runs are called together.</summary>
    public string Members => $"{Runs.Count} {(Runs.Count == 1 ? "run" : "seeds")}";

    /// <summary>The ensembles of runs of one kind.</summary>
    /// <returns>
    /// Them, and whether they have an order: where one number tells them apart. They come by their numbers, else as they were named.
    /// </returns>
    public static (IReadOnlyList<Ensemble> All, bool IsOrdered) Of(IReadOnlyList<Run> runs)
    {
        string[] apart = [.. Seeds, .. runs[0].Study.Kind.EndKeys];
        string[] keys = [.. Differing(runs).Except(apart)];
        Run[][] groups =
        [
            .. runs.GroupBy(run => string.Join('\n', keys.Select(key => Value(run, key))))
                .Select(group => group.ToArray()),
        ];
        bool isOrdered = groups.Length > 1 && keys.Length == 1 && groups.All(group => NumberIn(group[0], keys[0]) is not null);
        foreach (string key in keys.Reverse().Where(key => groups.All(group => NumberIn(group[0], key) is not null)))
            groups = [.. groups.OrderBy(group => NumberIn(group[0], key))];
        string[][] texts = [.. keys.Select(key => ReadableNumbers.Of([.. groups.Select(group => Value(group[0], key))]))];
        string[] labels = [.. groups.Select((_, g) => string.Join(", ", keys.Select((key, k) => $"{key} {texts[k][g]}")))];
        if (labels.Any(label => label.Length > LongestLabel))
            labels = [.. groups.Select((_, g) => $"setting {g + 1}")];
        return ([.. groups.Select((group, g) => new Ensemble(groups.Length == 1 ? "" : labels[g], group))], isOrdered);
    }

    private static double? NumberIn(Run run, string key) => ReadNumber(Value(run, key));

    /// <summary>The keys whose values are not the same in all runs.</summary>
    public static IReadOnlyList<string> Differing(IReadOnlyList<Run> runs) =>
    [
        .. runs.SelectMany(run => run.Record.Experiment.Keys).Distinct()
            .Where(key => runs.Select(run => Value(run, key)).Distinct().Count() > 1),
    ];

    /// <summary>What a run has for a key; a dash where it has none.</summary>
    public static string Value(Run run, string key) => run.Record.Experiment.GetValueOrDefault(key) ?? "—";
}
