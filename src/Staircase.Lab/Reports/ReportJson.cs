using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Staircase.Lab;

/// <summary>
/// The JSON between this program and the page, written and read without reflection. The page's side of it is
/// <c>web/src/document.ts</c>; a test compares the two.
/// </summary>
[JsonSerializable(typeof(Report))]
[JsonSerializable(typeof(ExportedPicture[]))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>The JSON of a report whose arrays of numbers go into a blob.</summary>
    public static ReportJson With(NumberBlob numbers) => new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // the loss of a run that diverged
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), // letters as they are; what could end a script is escaped
        Converters = { new JsonStringEnumConverter<SeriesRole>(JsonNamingPolicy.CamelCase), new NumberBlobConverter(numbers) },
    });
}

/// <summary>A figure as the page draws it.</summary>
/// <param name="Name">Section and figure.</param>
/// <param name="Content">The file, in base64.</param>
internal sealed record ExportedPicture(string Name, string Content);
