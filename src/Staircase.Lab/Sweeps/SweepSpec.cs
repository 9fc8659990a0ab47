using System.Collections.ObjectModel;

namespace Staircase.Lab;

/// <summary>A sweep: one experiment with other values for some of its keys, in every combination, and what to collect of each.</summary>
/// <param name="Base">What all have in common.</param>
/// <param name="Axes">What differs; the last varies fastest.</param>
/// <param name="Conditions">What must hold of a combination; the others are left out.</param>
/// <param name="Collect">Numbers to keep of each run (see <see cref="Collected"/>).</param>
/// <param name="KeepsRuns">Whether every task leaves its run folder; else its numbers alone.</param>
/// <param name="Theory">For a measured number the predicted one that is laid over it; both are collected.</param>
public sealed record SweepSpec(
    Experiment Base, IReadOnlyList<SweepAxis> Axes, IReadOnlyList<SweepCondition> Conditions, IReadOnlyList<string> Collect, bool KeepsRuns,
    IReadOnlyDictionary<string, string> Theory)
{
    /// <summary>More combinations than these are a mistake in a file, not a sweep.</summary>
    private const long MostTasks = 10_000_000;

    /// <summary>Where the numbers to collect stand: <c>sweep.yaml, line 7</c>.</summary>
    internal IReadOnlyDictionary<string, string> Origins { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The keys that differ, in the order of the file.</summary>
    public IReadOnlyList<string> Keys => [.. Axes.SelectMany(axis => axis.Keys)];

    /// <summary>Every experiment, each once.</summary>
    /// <exception cref="InputException">A value cannot be used, or nothing is left.</exception>
    public IReadOnlyList<SweepTask> Tasks()
    {
        long count = Axes.Aggregate(1L, (product, axis) => Min(MostTasks + 1, product * axis.Settings.Count));
        Require(count <= MostTasks, $"The sweep has more than {Whole(MostTasks)} combinations.");
        SweepTask[] tasks = [.. Range(0, (int)count).Select(TaskAt).Where(task => Conditions.All(condition => condition.Holds(task)))
            .DistinctBy(task => task.Id)];
        Require(tasks.Length > 0, "No combination fulfils the conditions of the sweep.");
        return tasks;
    }

    /// <summary>The experiment of a combination, whatever the conditions say.</summary>
    /// <param name="combination">Its number among all, from 0; the last axis varies fastest.</param>
    /// <exception cref="InputException">A value cannot be used.</exception>
    internal SweepTask TaskAt(int combination)
    {
        var settings = new SweepSetting[Axes.Count];
        int left = combination;
        for (int a = Axes.Count - 1; a >= 0; a--)
            (left, settings[a]) = (left / Axes[a].Settings.Count, Axes[a].Settings[left % Axes[a].Settings.Count]);
        Experiment experiment = Base;
        foreach (SweepSetting setting in settings)
        {
            foreach ((string key, string value) in setting.Values)
                experiment = experiment.Kind.Set(experiment, key, value, setting.Where);
        }

        return new(experiment, [.. settings.SelectMany(setting => setting.Values)]) { Combination = combination };
    }
}

/// <summary>Keys that vary together, value by value; most often one.</summary>
/// <param name="Keys">The keys.</param>
/// <param name="Settings">What they are set to, one after another.</param>
public sealed record SweepAxis(IReadOnlyList<string> Keys, IReadOnlyList<SweepSetting> Settings);

/// <summary>Values for the keys of an axis.</summary>
/// <param name="Values">Keys and values as text.</param>
/// <param name="Where">Where they stand: file and line.</param>
public sealed record SweepSetting(IReadOnlyList<KeyValuePair<string, string>> Values, string Where);
