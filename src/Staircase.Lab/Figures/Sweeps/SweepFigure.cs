namespace Staircase.Lab;

/// <summary>A figure that is a sweep: <c>NAME.yaml</c> beside its file, which <c>staircase sweep run</c> takes as well.</summary>
/// <param name="name">Its name on the command line, and that of its sweep.</param>
/// <param name="shows">What it shows, in one line.</param>
/// <param name="results">The results of the theory that it puts to the test.</param>
internal abstract class SweepFigure(string name, string shows, params IReadOnlyList<Result> results)
    : Figure(name, shows, shows, Beyond, results)
{
    /// <summary>Its sweep.</summary>
    public SweepSpec Spec => SweepFile.Parse($"{Name}.yaml", Text);

    private string Text
    {
        get
        {
            using Stream stream = typeof(SweepFigure).Assembly.GetManifestResourceStream($"{Name}.yaml")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>What a reader should see in it.</summary>
    protected abstract string Lead { get; }

    /// <summary>Whether a quick preset runs a task.</summary>
    protected abstract bool IsQuick(SweepTask task);

    /// <summary>The claims.</summary>
    protected abstract IEnumerable<Check> Checks(SweepRows rows);

    public override ReportSection Reproduce(Bench bench)
    {
        SweepSpec spec = Spec;
        SweepTask[] tasks = [.. spec.Tasks().Where(task => !bench.Quick || IsQuick(task))];
        var rows = new SweepRows(spec, bench.ForEach(tasks, task =>
            new SweepRow(task, Collected.All(bench.Train(task.Experiment), spec))));
        return SweepReport.Of(rows) with { Id = Name, Title = Shows, Lead = Lead, Checks = [.. Checks(rows)] };
    }

    /// <summary>An axis by one of its keys.</summary>
    protected static SweepAxis Axis(SweepRows rows, string key) => rows.Axes.First(axis => axis.Keys.Contains(key));

    /// <summary>The value of a task for a key.</summary>
    protected static string ValueOf(SweepTask task, string key) => task.Values.First(pair => pair.Key == key).Value;
}
