using System.Text;
using System.Text.Json;

namespace Staircase.Lab;

/// <summary>What came of a figure, as the folder of its report keeps it in <c>NAME.json</c>.</summary>
/// <param name="Quick">Whether its cost was shrunk.</param>
/// <param name="Version">The version of the program.</param>
/// <param name="Checks">Its claims, put to the test.</param>
/// <param name="Notes">What has to be known beside them.</param>
public sealed record KeptFigure(IFigure Figure, bool Quick, string Version, IReadOnlyList<Check> Checks, IReadOnlyList<string> Notes)
{
    private static readonly string ThisVersion = typeof(KeptFigure).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>The command that reproduces it.</summary>
    public string Command => ParityPage.Command(Figure.Name, Quick);

    /// <summary>What came of a figure just now.</summary>
    public static KeptFigure Of(IFigure figure, ReportSection section, bool quick) =>
        new(figure, quick, ThisVersion, section.Checks, section.Notes);

    /// <summary>Whether this program would find the same again.</summary>
    public bool IsCurrent(bool quick) => Quick == quick && Version == ThisVersion;

    /// <summary>Keeps it.</summary>
    public void Write(string folder) => AtomicFile.Write(
        PathOf(folder, Figure), stream => stream.Write(Encoding.UTF8.GetBytes(Json.Text(ToJson()))), durable: false);

    /// <summary>Every figure that a folder keeps, in the order of the catalogue; what cannot be read is not there.</summary>
    public static IReadOnlyList<KeptFigure> ReadAll(string folder) =>
        [.. FigureCatalogue.All.Select(figure => Read(folder, figure)).OfType<KeptFigure>()];

    private static KeptFigure? Read(string folder, IFigure figure)
    {
        try
        {
            JsonObject json = JsonNode.Parse(File.ReadAllText(PathOf(folder, figure)))!.AsObject();
            return new(
                figure, (bool)json["quick"]!, (string)json["version"]!,
                [.. json["checks"]!.AsArray().Select(check => Check.FromJson(check!))],
                [.. json["notes"]!.AsArray().Select(note => (string)note!)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException or NullReferenceException or FormatException or ArgumentNullException)
        {
            return null;
        }
    }

    private static string PathOf(string folder, IFigure figure) => Path.Combine(folder, $"{figure.Name}.json");

    private JsonObject ToJson() => new()
    {
        ["figure"] = Figure.Name,
        ["quick"] = Quick,
        ["version"] = Version,
        ["checks"] = Json.List(Checks, check => check.ToJson()),
        ["notes"] = Json.Texts(Notes),
    };
}
