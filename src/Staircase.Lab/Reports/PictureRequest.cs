namespace Staircase.Lab;

/// <summary>Which pictures of a report are wanted, and how large.</summary>
/// <param name="Format">What kind of files.</param>
public sealed record PictureRequest(PictureFormat Format)
{
    private const double PixelsAnInch = 96, MillimetresAnInch = 25.4, PointsAnInch = 72;

    /// <summary>The one figure that is wanted, by its name with or without that of its section; null for all.</summary>
    public string? Figure { get; init; }

    /// <summary>How wide a picture is, in millimetres, such as 85 for a column of a paper with two; null for a page or a slide.</summary>
    public double? Width { get; init; }

    /// <summary>The size of letters in points; null for one that fits the width.</summary>
    public double? FontSize { get; init; }

    /// <summary>The file name's ending, without a dot.</summary>
    public string Extension => Word(Format);

    /// <summary>Every figure at its usual size.</summary>
    public static implicit operator PictureRequest(PictureFormat format) => new(format);

    /// <summary>What the page is asked by its address; a PDF is made of a picture that can be scaled.</summary>
    internal string Fragment
    {
        get
        {
            string size = Width is { } width ? $"&width={Text(width / MillimetresAnInch * PixelsAnInch)}" : "";
            string font = FontSize is { } points ? $"&font={Text(points / PointsAnInch * PixelsAnInch)}" : "";
            string figure = Figure is { } name ? $"&figure={Uri.EscapeDataString(name)}" : "";
            return $"#export={(Format == PictureFormat.Png ? "png" : "svg")}{figure}{size}{font}";
        }
    }

    private static string Text(double value) => value.ToString("R", InvariantCulture);
}
