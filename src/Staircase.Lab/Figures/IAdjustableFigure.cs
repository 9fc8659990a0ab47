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

    /// <summary>The figures that can be drawn of other settings.</summary>
    public static IReadOnlyList<IAdjustableFigure> Figures { get; } = [.. FigureCatalogue.All.OfType<IAdjustableFigure>()];
}
