namespace Staircase.Lab;

/// <summary>What came of the tasks of a sweep that are done, as its report needs it.</summary>
/// <param name="spec">The sweep.</param>
/// <param name="rows">A row a task.</param>
internal sealed class SweepRows(SweepSpec spec, IReadOnlyList<SweepRow> rows)
{
    /// <summary>The sweep.</summary>
    public SweepSpec Spec => spec;

    /// <summary>A row a task.</summary>
    public IReadOnlyList<SweepRow> All => rows;

    /// <summary>The axes that are more than other seeds, and on which more than one setting is.</summary>
    public IReadOnlyList<SweepAxis> Axes { get; } =
        [.. spec.Axes.Where(axis => axis.Settings.Count > 1 && axis.Keys.Any(key => !Ensemble.Seeds.Contains(key)))];

    /// <summary>The axes along which something can be drawn.</summary>
    public IEnumerable<SweepAxis> NumericAxes => Axes.Where(axis => rows.All(row => !double.IsNaN(row.Place(axis))));

    /// <summary>The numbers that were measured and those that are predicted of nothing measured.</summary>
    public IEnumerable<string> Measured => spec.Collect.Except(spec.Theory.Values);

    /// <summary>The rows of a setting each, in the order of the sweep: they differ in their seeds alone.</summary>
    public IEnumerable<IGrouping<string, SweepRow>> Settings => rows.GroupBy(row => row.Setting(Axes));

    /// <summary>Whether numbers are best seen by their logarithms: all positive, the largest so many times the smallest.</summary>
    public static bool IsLogarithmic(IEnumerable<double> numbers, double ratio)
    {
        double[] finite = [.. numbers.Where(double.IsFinite)];
        return finite.Length > 1 && finite.Min() > 0 && finite.Max() >= ratio * finite.Min();
    }
}

/// <summary>What came of a task.</summary>
/// <param name="Task">The task.</param>
/// <param name="Numbers">What was collected.</param>
internal sealed record SweepRow(SweepTask Task, IReadOnlyDictionary<string, double?> Numbers)
{
    /// <summary>A number; NaN where it has none.</summary>
    public double this[string name] => Numbers.GetValueOrDefault(name) ?? double.NaN;

    /// <summary>What the sweep has set for a key.</summary>
    public string Value(string key) => Task.Value(key);

    /// <summary>Where it lies on an axis: the number of its first key; NaN where that is none.</summary>
    public double Place(SweepAxis axis) => ReadNumber(Value(axis.Keys[0])) ?? double.NaN;

    /// <summary>What it has on axes, in words; empty on none.</summary>
    public string Setting(IEnumerable<SweepAxis> axes) =>
        string.Join(", ", axes.SelectMany(axis => axis.Keys).Select(key => $"{key} {Value(key)}"));
}
