using System.Net;

namespace Staircase.Lab;

/// <summary>
/// Writes a report as one HTML file that opens offline: the program of the page, the report as JSON, its numbers as one blob.
/// </summary>
public static class ReportFile
{
    private static readonly Lazy<string?> Template = new(ReadTemplate);

    /// <summary>Whether this build can write reports: it could build the page, which takes Node.</summary>
    public static bool IsAvailable => Template.Value is not null;

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="InputException">This program was built without the page.</exception>
    public static void Write(string path, Report report)
    {
        byte[] html = Encoding.UTF8.GetBytes(ToHtml(report));
        AtomicFile.Write(path, stream => stream.Write(html));
    }

    /// <summary>The content of the file; the same report gives the same.</summary>
    /// <exception cref="InputException">This program was built without the page.</exception>
    public static string ToHtml(Report report) => ToHtml(report, Template.Value);

    internal static string ToHtml(Report report, string? template)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (template is null)
        {
            throw new InputException("this build of Staircase cannot write HTML reports, as Node was missing when it was built: "
                + "install Node 20.19 or later with npm, then run 'dotnet build' again.");
        }

        (string json, string numbers) = Stored(report);
        string title = WebUtility.HtmlEncode(report.Title);
        return Fill(template, ("{{title}}", title), ("{{report}}", json), ("{{numbers}}", numbers));
    }

    /// <summary>A report as a page stores it: JSON, and the blob in base64 that its arrays of numbers lie in.</summary>
    public static (string Json, string Numbers) Stored(Report report)
    {
        var numbers = new NumberBlob();
        string json = JsonSerializer.Serialize(report, ReportJson.With(numbers).Report);
        return (json, numbers.ToBase64());
    }

    /// <summary>Fills places in the order in which they occur; what fills one is not searched for the next.</summary>
    private static string Fill(string template, params ReadOnlySpan<(string Place, string Content)> fillings)
    {
        var filled = new StringBuilder(template.Length);
        int from = 0;
        foreach ((string place, string content) in fillings)
        {
            int at = template.IndexOf(place, from, StringComparison.Ordinal);
            if (at < 0)
                throw new InvalidOperationException($"The report template has no {place}.");
            filled.Append(template, from, at - from).Append(content);
            from = at + place.Length;
        }

        return filled.Append(template, from, template.Length - from).ToString();
    }

    private static string? ReadTemplate()
    {
        using Stream? stream = typeof(ReportFile).Assembly.GetManifestResourceStream("report.html");
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
