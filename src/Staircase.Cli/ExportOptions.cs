namespace Staircase.Cli;

/// <summary>What of a report is to be written as files of their own: pictures and tables, all of them or one by its name.</summary>
/// <param name="command">The command that gets them.</param>
internal sealed class ExportOptions(Command command)
{
    private static readonly string[] Pictures = ["svg", "png", "pdf"];

    private readonly Option<string?> _picture = command.Option<string?>(
        "--export", "svg|png|pdf|FIGURE.pdf", "write every figure as a picture, too, or one by its name, through an installed Chromium");
    private readonly Option<double?> _width = command.Option<double?>("--width", "MM", "width of pictures: 85 for a column of two");
    private readonly Option<double?> _font = command.Option<double?>("--font-size", "PT", "size of letters in pictures");
    private readonly Option<string?> _table = command.Option<string?>(
        "--table", "csv|md|tex|TABLE.tex", "write every table as a file, too, or one by its name");

    /// <summary>What a command line asks for; it complains before anything long begins.</summary>
    /// <exception cref="InputException">A format or a size is none.</exception>
    public Exports Read(ParseResult parsed)
    {
        (string? Name, string Format)? picture = Named(parsed, _picture, Pictures);
        double? width = InRange(parsed, _width, 20, 1000), font = InRange(parsed, _font, 3, 40);
        Require(
            picture is not null || (width is null && font is null),
            "--width and --font-size are of pictures: give --export svg, png or pdf, too.");
        return new(
            CommandText.Of(["staircase", .. parsed.Tokens.Select(token => token.Value)]), Named(parsed, _table, TableExport.Formats),
            picture is not var (figure, format) ? null
                : new(Enum.Parse<PictureFormat>(format, ignoreCase: true))
                {
                    Figure = figure,
                    Width = width,
                    FontSize = font,
                });
    }

    /// <summary>A name and a format out of <c>svg</c> or <c>loss.svg</c>; null where nothing is asked for.</summary>
    private static (string? Name, string Format)? Named(ParseResult parsed, Option<string?> option, IReadOnlyList<string> formats)
    {
        if (parsed.GetValue(option) is not { } word)
            return null;
        int dot = word.LastIndexOf('.');
        string format = word[(dot + 1)..];
        return formats.Contains(format) ? (dot > 0 ? word[..dot] : null, format)
            : throw new InputException(
                $"{option.Name} must be {string.Join(", ", formats.SkipLast(1))} or {formats[^1]}, or a name with one of these "
                + $"behind it, such as loss.{formats[0]}; found '{word}'.");
    }

    private static double? InRange(ParseResult parsed, Option<double?> option, double least, double most) =>
        parsed.GetValue(option) is not { } value ? null
        : value >= least && value <= most ? value
        : throw new InputException($"{option.Name} must be from {least} to {most} {option.HelpName}, not {value}.");
}

/// <summary>What is to be written of a report.</summary>
/// <param name="Command">The command line as it can be typed again, for the report to print.</param>
/// <param name="Table">The one table that is wanted, or null for all, and the format; null for none.</param>
/// <param name="Picture">The pictures; null for none.</param>
internal sealed record Exports(string Command, (string? Name, string Format)? Table, PictureRequest? Picture)
{
    /// <summary>Writes it.</summary>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="InputException">There is no such figure or table, or no Chromium.</exception>
    public IReadOnlyList<string> Write(Report report, string folder) =>
    [
        .. Table is var (name, format) ? TableExport.Write(report, folder, format, name) : [],
        .. Picture is not null ? PictureExport.Write(report, folder, Picture, StopSignal.Token) : [],
    ];
}
