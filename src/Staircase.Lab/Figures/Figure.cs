namespace Staircase.Lab;

/// <summary>A figure that says what it is in its first lines.</summary>
/// <param name="name">Its name on the command line.</param>
/// <param name="title">Its heading.</param>
/// <param name="shows">What it shows, in one line.</param>
/// <param name="source">Where it comes from: paper and figure.</param>
/// <param name="results">The results of the theory that it puts to the test.</param>
internal abstract class Figure(string name, string title, string shows, string source, params IReadOnlyList<Result> results) : IFigure
{
    public string Name => name;

    public string Shows => shows;

    public string Source => source;

    public IReadOnlyList<Result> Results => results;

    /// <summary>A section under its heading, in which everything else is yet to come.</summary>
    protected ReportSection Titled => new() { Id = name, Title = title };

    public abstract ReportSection Reproduce(Bench bench);

    /// <summary>That values come in the order expected.</summary>
    protected static Check Same<T>(
        string claim, string source, IEnumerable<T> measured, IEnumerable<T> expected, string separator = " ") =>
        Check.Same(claim, source, string.Join(separator, measured), string.Join(separator, expected));

    /// <summary>Indices counted from 1.</summary>
    protected static string FromOne(IEnumerable<int> learned) => string.Join(' ', learned.Select(d => d + 1));
}

/// <summary>A figure that draws another setting run by run.</summary>
internal abstract class RunFigure(string name, string title, string shows, string source, params IReadOnlyList<Result> results)
    : Figure(name, title, shows, source, results), IAdjustableFigure
{
    public abstract Experiment Setting(ulong seed);

    /// <summary>The plots of the runs laid over each other, checks and tables seed by seed.</summary>
    public ReportSection Draw(Bench bench, IReadOnlyList<Experiment> experiments)
    {
        (Run Run, FigurePart Part)[] all = bench.ForEach(experiments, experiment =>
        {
            Run run = bench.Train(experiment);
            return (run, Draw(run));
        });
        return Titled with
        {
            Plots = RunComparison.Overlaid([.. all.Select(one => one.Run)], [.. all.Select(one => one.Part.Plots)]),
            Checks = [.. all.SelectMany(one => one.Part.Checks.Select(check => check with { Claim = Of(one.Run, check.Claim) }))],
            Tables = [.. all.SelectMany(one => one.Part.Tables.Select(table => table with { Title = Of(one.Run, table.Title) }))],
            Settings = all[0].Run.Study.Settings,
        };

        string Of(Run run, string text) => all.Length == 1 ? text : $"seed {run.Study.Experiment.Seed}: {text}";
    }

    /// <summary>What it draws of a run.</summary>
    protected abstract FigurePart Draw(Run run);
}

/// <summary>What a figure draws of one run of one's own setting.</summary>
/// <param name="Tables">
/// Its tables; where a tolerance is that of the published setting alone, numbers stand here and not among checks.
/// </param>
/// <param name="Checks">What theory claims of any setting.</param>
internal sealed record FigurePart(IReadOnlyList<Plot> Plots, IReadOnlyList<Table> Tables, IReadOnlyList<Check> Checks);
