namespace Staircase.Lab;

/// <summary>All figures of this program.</summary>
public static class FigureCatalogue
{
    /// <summary>Every figure, by source and name.</summary>
    public static IReadOnlyList<IFigure> All { get; } =
    [
        .. typeof(IFigure).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && typeof(IFigure).IsAssignableFrom(type))
            .Select(type => (IFigure)Activator.CreateInstance(type)!)
            .OrderBy(figure => figure.Name, StringComparer.Ordinal),
    ];

    /// <summary>The figures of those names; <c>all</c> is every figure.</summary>
    /// <exception cref="InputException">There is no such figure; the message names the nearest.</exception>
    public static IReadOnlyList<IFigure> Named(IReadOnlyList<string> names) => names.Contains("all", StringComparer.Ordinal)
        ? All
        :
        [
            .. names.Distinct(StringComparer.Ordinal).Select(name => All.FirstOrDefault(figure => figure.Name == name)
                ?? throw new InputException($"unknown figure '{name}': {NearestName.Hint(name, [.. All.Select(figure => figure.Name), "all", "list"])}")),
        ];
}
