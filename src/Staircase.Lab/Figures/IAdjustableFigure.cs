namespace Staircase.Lab;

/// <summary>A figure whose drawing can be made of another setting than the published one.</summary>
public interface IAdjustableFigure : IFigure
{
    /// <summary>The published experiment of a seed; what follows from other choices, such as its end, is left open.</summary>
    Experiment Setting(ulong seed);

    /// <summary>The drawing of experiments, one a seed, with what theory claims of them put to the test.</summary>
    ReportSection Draw(Bench bench, IReadOnlyList<Experiment> experiments);
}

/// <summary>One's own setting for a figure.</summary>
public static class OwnSetting
{
    /// <summary>Draws a figure of one's own setting, marked as such.</summary>
    /// <param name="words">What differs from the published setting.</param>
    /// <exception cref="InputException">A key or a value cannot be used.</exception>
    public static ReportSection Draw(
        IAdjustableFigure figure, IReadOnlyList<ExperimentWord> words, IReadOnlyList<ulong> seeds, Bench bench)
    {
        Experiment[] experiments = [.. seeds.Select(seed => words.Aggregate(
            figure.Setting(seed), (experiment, word) => experiment.Kind.Set(experiment, word.Key, word.Value, word.Where)))];
        ReportSection section = figure.Draw(bench, experiments);
        string set = string.Join(", ", words.Select(word => $"{word.Key} {word.Value}").Append($"seeds {string.Join(' ', seeds)}"));
        return section with
        {
            Id = $"{figure.Name}-own",
            Title = $"{section.Title} (own setting)",
            Lead = $"Not the published setting of {figure.Source}: {set}. {section.Lead}",
            Notes = [$"Not the published setting: {set}; the rest is that of {figure.Source}.", .. section.Notes],
        };
    }

    /// <summary>
    /// What a figure draws of one run, over several: the plots laid over each other, checks and tables seed by seed.
    /// </summary>
    /// <param name="title">What it shows.</param>
    /// <param name="experiments">One a seed.</param>
    /// <param name="part">What it draws of a run.</param>
    internal static ReportSection RunByRun(
        IFigure figure, string title, Bench bench, IReadOnlyList<Experiment> experiments, Func<Run, FigurePart> part)
    {
        (Run Run, FigurePart Part)[] all = bench.ForEach(experiments, experiment =>
        {
            Run run = bench.Train(experiment);
            return (run, part(run));
        });
        return new ReportSection
        {
            Id = figure.Name,
            Title = title,
            Plots = RunComparison.Overlaid([.. all.Select(one => one.Run)], [.. all.Select(one => one.Part.Plots)]),
            Checks = [.. all.SelectMany(one => one.Part.Checks.Select(check => check with { Claim = Of(one.Run, check.Claim) }))],
            Tables = [.. all.SelectMany(one => one.Part.Tables.Select(table => table with { Title = Of(one.Run, table.Title) }))],
            Settings = all[0].Run.Study.Settings,
        };

        string Of(Run run, string text) => all.Length == 1 ? text : $"seed {run.Study.Experiment.Seed}: {text}";
    }

    /// <summary>The figures that can be drawn of other settings.</summary>
    public static IReadOnlyList<IAdjustableFigure> Figures { get; } = [.. FigureCatalogue.All.OfType<IAdjustableFigure>()];
}

/// <summary>What a figure draws of one run of one's own setting.</summary>
/// <param name="Tables">
/// Its tables; where a tolerance is that of the published setting alone, numbers stand here and not among checks.
/// </param>
/// <param name="Checks">What theory claims of any setting.</param>
internal sealed record FigurePart(IReadOnlyList<Plot> Plots, IReadOnlyList<Table> Tables, IReadOnlyList<Check> Checks);
