using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>What of a report is to be written as files of their own: pictures and tables, all of them or one by its name.</summary>
internal sealed class ExportOptions
{
    private static readonly string[] Pictures = ["svg", "png", "pdf"];

    private readonly Option<string?> _picture = new("--export")
    {
        Description = "write every figure as a picture, too, or one by its name, through an installed Chromium",
        HelpName = "svg|png|pdf|FIGURE.pdf",
    };

    private readonly Option<double?> _width = new("--width") { Description = "width of pictures: 85 for a column of two", HelpName = "MM" };
    private readonly Option<double?> _font = new("--font-size") { Description = "size of letters in pictures", HelpName = "PT" };
    private readonly Option<string?> _table = new("--table")
    {
        Description = "write every table as a file, too, or one by its name",
        HelpName = "csv|md|tex|TABLE.tex",
    };

    /// <summary>Adds them to a command.</summary>
    public ExportOptions(Command command)
    {
        foreach (Option option in (Option[])[_picture, _width, _font, _table])
            command.Options.Add(option);
    }

    /// <summary>Complains of what cannot be written, before anything long begins.</summary>
    /// <exception cref="InputException">A format or a size is none.</exception>
    public void Check(ParseResult parsed)
    {
        _ = Named(parsed, _picture, Pictures);
        _ = Named(parsed, _table, TableExport.Formats);
        InRange(parsed, _width, 20, 1000);
        InRange(parsed, _font, 3, 40);
        if (parsed.GetValue(_picture) is null && (parsed.GetValue(_width) is not null || parsed.GetValue(_font) is not null))
            throw new InputException("--width and --font-size are of pictures: give --export svg, png or pdf, too.");
    }

    /// <summary>Writes what is asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="report">The report.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="cancellation">Ends Chromium.</param>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="InputException">There is no such figure or table, or no Chromium.</exception>
    public IReadOnlyList<string> Write(ParseResult parsed, Report report, string folder, CancellationToken cancellation)
    {
        Check(parsed);
        var written = new List<string>();
        if (Named(parsed, _table, TableExport.Formats) is var (table, format))
            written.AddRange(TableExport.Write(report, folder, format, table));
        if (Named(parsed, _picture, Pictures) is var (figure, kind))
        {
            var request = new PictureRequest(kind == "png" ? PictureFormat.Png : kind == "pdf" ? PictureFormat.Pdf : PictureFormat.Svg)
            {
                Figure = figure,
                Width = parsed.GetValue(_width),
                FontSize = parsed.GetValue(_font),
            };
            written.AddRange(PictureExport.Write(report, folder, request, cancellation));
        }

        return written;
    }

    /// <summary>A name and a format out of <c>svg</c> or <c>loss.svg</c>; null where nothing is asked for.</summary>
    private static (string? Name, string Format)? Named(ParseResult parsed, Option<string?> option, IReadOnlyList<string> formats)
    {
        if (parsed.GetValue(option) is not { } word)
            return null;
        int dot = word.LastIndexOf('.');
        string format = word[(dot + 1)..];
        return formats.Contains(format, StringComparer.Ordinal) ? (dot > 0 ? word[..dot] : null, format)
            : throw new InputException(
                $"{option.Name} must be {string.Join(", ", formats.SkipLast(1))} or {formats[^1]}, or a name with one of these behind it, such as "
                + $"loss.{formats[0]}; found '{word}'.");
    }

    private static void InRange(ParseResult parsed, Option<double?> option, double least, double most)
    {
        if (parsed.GetValue(option) is { } value && !(value >= least && value <= most))
            throw new InputException($"{option.Name} must be from {least} to {most} {option.HelpName}, not {value}.");
    }
}
