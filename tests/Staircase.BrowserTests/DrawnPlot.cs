using System.Globalization;

namespace Staircase.BrowserTests;

/// <summary>
/// A plot as the browser draws it: the ends of the axes (exponents when logarithmic), its size in pixels, and the paths of each series.
/// </summary>
internal sealed record DrawnPlot
{
    public required double[] X { get; init; }

    public required double[] Y { get; init; }

    public required bool IsXLogarithmic { get; init; }

    public required bool IsYLogarithmic { get; init; }

    public required double Width { get; init; }

    public required double Height { get; init; }

    public required string[][] Traces { get; init; }

    /// <summary>The strokes of a series, in pixels from the upper left corner.</summary>
    public (double X, double Y)[][] Strokes(int series) => [.. Traces[series].Select(Points)];

    /// <summary>Where a point of the data belongs.</summary>
    public (double X, double Y) Place(double x, double y)
    {
        double across = IsXLogarithmic ? Math.Log10(x) : x, up = IsYLogarithmic ? Math.Log10(y) : y;
        return ((across - X[0]) / (X[1] - X[0]) * Width, (Y[1] - up) / (Y[1] - Y[0]) * Height);
    }

    /// <summary>The distance of a place from the drawn line of a series.</summary>
    public static double Distance((double X, double Y) place, (double X, double Y)[][] strokes)
    {
        double least = double.PositiveInfinity;
        foreach ((double X, double Y)[] stroke in strokes)
        {
            for (int i = 1; i < stroke.Length; i++)
                least = Math.Min(least, Distance(place, stroke[i - 1], stroke[i]));
        }

        return least;
    }

    private static double Distance((double X, double Y) p, (double X, double Y) a, (double X, double Y) b)
    {
        double dx = b.X - a.X, dy = b.Y - a.Y, length = dx * dx + dy * dy;
        double θ = length > 0 ? Math.Clamp(((p.X - a.X) * dx + (p.Y - a.Y) * dy) / length, 0, 1) : 0;
        return Math.Sqrt(Math.Pow(p.X - a.X - θ * dx, 2) + Math.Pow(p.Y - a.Y - θ * dy, 2));
    }

    private static (double X, double Y)[] Points(string path)
    {
        double[] numbers =
        [
            .. path.Split(['M', 'L', ',', ' '], StringSplitOptions.RemoveEmptyEntries)
                .Select(text => double.Parse(text, CultureInfo.InvariantCulture)),
        ];
        return [.. Enumerable.Range(0, numbers.Length / 2).Select(i => (numbers[2 * i], numbers[2 * i + 1]))];
    }
}
