namespace Staircase.Lab;

/// <summary>One pair of axes with series on it.</summary>
public sealed record Plot
{
    /// <summary>A name for links and file names, unique in its section.</summary>
    public required string Id { get; init; }

    /// <summary>What it shows.</summary>
    public required string Title { get; init; }

    /// <summary>How to read it.</summary>
    public string Caption { get; init; } = "";

    /// <summary>The horizontal axis.</summary>
    public required Axis X { get; init; }

    /// <summary>The vertical axis.</summary>
    public required Axis Y { get; init; }

    /// <summary>The axis at the right, of series that are measured in something else; null where there are none.</summary>
    public Axis? Right { get; init; }

    /// <summary>What is drawn, later ones on top. No two have one name, for they are the columns of a table, too.</summary>
    public required IReadOnlyList<Series> Series
    {
        get;
        init => field =
            [.. Distinct.Names(value, series => series.Name, _ => "").Zip(value, (name, series) => series with { Name = name })];
    }

    /// <summary>A plot in one expression; axes are labels, or <see cref="Axis.Logarithmic"/>.</summary>
    public static Plot Of(string id, string title, Axis x, Axis y, string caption, params IEnumerable<Series> series) =>
        new() { Id = id, Title = title, X = x, Y = y, Caption = caption, Series = [.. series] };
}

/// <summary>An axis.</summary>
/// <param name="Label">What is along it, plain text with its unit.</param>
/// <param name="IsLogarithmic">How it is drawn at first; the reader can switch.</param>
public sealed record Axis(string Label, bool IsLogarithmic = false)
{
    /// <summary>A linear axis.</summary>
    public static implicit operator Axis(string label) => new(label);

    private const double Spread = 100; // drops of a loss further apart than this are not seen beside each other on a linear axis

    /// <summary>An axis of times or steps: logarithmic where drops spread over more than two decades.</summary>
    /// <param name="label">What is along it.</param>
    /// <param name="drops">When the loss drops, as far as is known; what is not above zero says nothing.</param>
    public static Axis Of(string label, IEnumerable<double> drops)
    {
        double[] known = [.. drops.Where(drop => drop > 0 && double.IsFinite(drop))];
        return new(label, IsLogarithmic: known.Length > 1 && known.Max() > Spread * known.Min());
    }

    /// <summary>An axis that is logarithmic at first.</summary>
    public static Axis Logarithmic(string label) => new(label, IsLogarithmic: true);
}
