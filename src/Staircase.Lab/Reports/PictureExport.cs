namespace Staircase.Lab;

/// <summary>
/// Writes the figures of a report as pictures of their own, on white: drawn by the report's page itself in an installed Chromium.
/// </summary>
public static partial class PictureExport
{
    private const string Begin = "<pre id=\"pictures\">", End = "</pre>";

    /// <summary>Writes plots and sets of weight maps of a report, as <see cref="WriteFromFile"/> does.</summary>
    /// <exception cref="InputException">There is no Chromium, or this program was built without the page.</exception>
    public static IReadOnlyList<string> Write(
        Report report, string folder, PictureRequest request, CancellationToken cancellation = default)
    {
        string html = ReportFile.ToHtml(report);
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("staircase-report-");
        try
        {
            string page = Path.Combine(temporary.FullName, "report.html");
            File.WriteAllText(page, html);
            return WriteFromFile(page, folder, request, cancellation);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    /// <summary>Writes plots and sets of weight maps of the report in a file.</summary>
    /// <param name="path">A file of <see cref="ReportFile"/>.</param>
    /// <param name="folder">Where to; made if it is missing.</param>
    /// <param name="request">Which of them, as what kind of files, and how large.</param>
    /// <param name="cancellation">Stops Chromium.</param>
    /// <returns>The paths of the files, <c>section-figure.svg</c>, in the order of the report.</returns>
    /// <exception cref="InputException">There is no Chromium, or the file is no report.</exception>
    public static IReadOnlyList<string> WriteFromFile(
        string path, string folder, PictureRequest request, CancellationToken cancellation = default)
    {
        Require(File.Exists(path), $"{path} does not exist.");
        string html = Chromium.Dump(new Uri(Path.GetFullPath(path)).AbsoluteUri + request.Fragment, cancellation);
        ExportedPicture[] all = PicturesIn(html, path), wanted = [.. all.Where(picture => picture.Content.Length > 0)];
        if (request.Figure is { } figure && wanted.Length == 0)
        {
            string[] names = [.. all.Select(picture => picture.Name)];
            throw new InputException($"the report has no figure '{figure}': {NearestName.Hint(figure, names)}");
        }

        var written = new List<string>();
        Directory.CreateDirectory(folder);
        foreach (ExportedPicture picture in wanted)
        {
            string target = Path.Combine(folder, $"{SafeName(picture.Name)}.{request.Extension}");
            byte[] content = Convert.FromBase64String(picture.Content);
            if (request.Format == PictureFormat.Pdf)
                content = Chromium.Print(Page(Encoding.UTF8.GetString(content)), cancellation);
            AtomicFile.Write(target, stream => stream.Write(content), durable: false);
            written.Add(target);
        }

        return written;
    }

    /// <summary>A page that is as large as the picture on it.</summary>
    private static string Page(string svg)
    {
        GroupCollection size = Size().Match(svg).Groups;
        return "<!doctype html><meta charset=\"utf-8\"><style>"
            + $"@page {{ size: {size["width"]}px {size["height"]}px; margin: 0 }} html, body {{ margin: 0 }} svg {{ display: block }}"
            + $"</style>{svg}";
    }

    /// <summary>The picture's own size, from its first tag (an XML parser is 3 % of the native program).</summary>
    [GeneratedRegex(
        """^\s*<svg\b(?=[^>]*\swidth="(?<width>[\d.]+)")(?=[^>]*\sheight="(?<height>[\d.]+)")""",
        RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Size();

    private static ExportedPicture[] PicturesIn(string html, string path)
    {
        int begin = html.IndexOf(Begin, StringComparison.Ordinal);
        int end = begin < 0 ? -1 : html.IndexOf(End, begin, StringComparison.Ordinal);
        Require(end >= 0, $"{path} gave no pictures: it is not a report of this version of Staircase.");
        byte[] json = Convert.FromBase64String(html[(begin + Begin.Length)..end]);
        return JsonSerializer.Deserialize(json, ReportJson.With(new NumberBlob()).ExportedPictureArray) ?? [];
    }

    /// <summary>The name as a file's in this folder: what a foreign page says cannot lead elsewhere.</summary>
    private static string SafeName(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
}
