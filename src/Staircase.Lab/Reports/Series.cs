namespace Staircase.Lab;

/// <summary>Numbers against numbers. A NaN ends a stroke and the next number starts another.</summary>
/// <param name="Name">Its name in the legend and its column in the CSV.</param>
/// <param name="Role">What it is, which decides how it looks.</param>
/// <param name="X">Where, ascending within a stroke. Series that share the array share its storage.</param>
/// <param name="Y">What, as many.</param>
/// <param name="Colour">
/// The number of its colour, from 0: a measured series and its prediction have the same; null takes the next. In a family whose numbers
/// differ it is a place in their order, and the colours are those of one sequential palette.
/// </param>
/// <param name="Group">
/// Where there are too many to look at together: what to pick to see it, with the others of its group; null is always shown.
/// </param>
public sealed record Series(string Name, SeriesRole Role, double[] X, double[] Y, int? Colour = null, string? Group = null)
{
    /// <summary>
    /// What it is one of, such as the components of a spectrum or the seeds of an ensemble: the row of the legend that they share; null has
    /// a row of its own.
    /// </summary>
    public string? Family { get; init; }

    /// <summary>Of a band: its upper edge, as many numbers, where <see cref="Y"/> is the lower one; null for all others.</summary>
    public double[]? High { get; init; }

    /// <summary>Whether it lies on the axis at the right of its plot.</summary>
    public bool IsRight { get; init; }

    /// <summary>A measured line; an array of places is kept as it is, so that series can share it.</summary>
    public static Series Measured(string name, IEnumerable<double> x, IEnumerable<double> y, int? colour = null) =>
        Of(name, SeriesRole.Measured, x, y, colour);

    /// <summary>A measured line through one point an item.</summary>
    public static Series Measured<T>(string name, IEnumerable<T> items, Func<T, double> x, Func<T, double> y, int? colour = null) =>
        Measured(name, items.Select(x), items.Select(y), colour);

    /// <summary>Measured points.</summary>
    public static Series Points(string name, IEnumerable<double> x, IEnumerable<double> y, int? colour = null) =>
        Of(name, SeriesRole.MeasuredPoints, x, y, colour);

    /// <summary>One measured point an item.</summary>
    public static Series Points<T>(string name, IEnumerable<T> items, Func<T, double> x, Func<T, double> y, int? colour = null) =>
        Points(name, items.Select(x), items.Select(y), colour);

    /// <summary>A predicted line.</summary>
    public static Series Predicted(string name, IEnumerable<double> x, IEnumerable<double> y, int? colour = null) =>
        Of(name, SeriesRole.Predicted, x, y, colour);

    /// <summary>A predicted line through one point an item.</summary>
    public static Series Predicted<T>(string name, IEnumerable<T> items, Func<T, double> x, Func<T, double> y, int? colour = null) =>
        Predicted(name, items.Select(x), items.Select(y), colour);

    /// <summary>A help for the eye.</summary>
    public static Series Guide(string name, IEnumerable<double> x, IEnumerable<double> y, int? colour = null) =>
        Of(name, SeriesRole.Guide, x, y, colour);

    /// <summary>A help for the eye through one point an item.</summary>
    public static Series Guide<T>(string name, IEnumerable<T> items, Func<T, double> x, Func<T, double> y, int? colour = null) =>
        Guide(name, items.Select(x), items.Select(y), colour);

    /// <summary>Horizontal strokes, such as plateaus.</summary>
    public static Series Levels(
        string name, SeriesRole role, IEnumerable<(double Start, double End, double Height)> levels, int? colour = null) =>
        Of(name, role,
            levels.SelectMany(level => new[] { level.Start, level.End, double.NaN }),
            levels.SelectMany(level => new[] { level.Height, level.Height, double.NaN }), colour);

    /// <summary>What lies between a lower and an upper edge.</summary>
    public static Series Band(string name, double[] x, double[] low, double[] high, int? colour = null) =>
        new(name, SeriesRole.Band, x, low, colour) { High = high };

    private static Series Of(string name, SeriesRole role, IEnumerable<double> x, IEnumerable<double> y, int? colour) =>
        new(name, role, x as double[] ?? [.. x], y as double[] ?? [.. y], colour);
}

/// <summary>What a series is.</summary>
public enum SeriesRole
{
    /// <summary>Measured: a solid line.</summary>
    Measured,

    /// <summary>Measured at single places: points.</summary>
    MeasuredPoints,

    /// <summary>Predicted: a dashed line over the measured one.</summary>
    Predicted,

    /// <summary>Predicted plateaus: strong horizontal strokes.</summary>
    PredictedPlateaus,

    /// <summary>A help for the eye, such as a slope: a thin dotted line.</summary>
    Guide,

    /// <summary>Where most of many series lie: a tinted area.</summary>
    Band,
}
