using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Staircase.Lab;

/// <summary>JSON that is built by hand, so that nothing has to be looked up at run time.</summary>
public static class Json
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A number; null for one that is not there, infinities as the words that the readers of this project know.</summary>
    public static JsonNode? Number(double? value) => value is not { } x || double.IsNaN(x) ? null : double.IsFinite(x) ? x
        : x > 0 ? "Infinity" : "-Infinity";

    /// <summary>What <see cref="Number"/> wrote.</summary>
    public static double? ReadNumber(JsonNode? node) => node is null ? null
        : node.GetValueKind() == JsonValueKind.String ? double.Parse((string)node!, InvariantCulture) : (double)node;

    /// <summary>A list of numbers.</summary>
    public static JsonArray Numbers(IEnumerable<double> values) => [.. values.Select(value => Number(value))];

    /// <summary>A list of whole numbers.</summary>
    public static JsonArray Integers(IEnumerable<int> values) => [.. values.Select(value => (JsonNode)value)];

    /// <summary>A list of texts.</summary>
    public static JsonArray Texts(IEnumerable<string> values) => [.. values.Select(value => (JsonNode)value)];

    /// <summary>A list of anything.</summary>
    public static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode?> of) => [.. items.Select(of)];

    /// <summary>Names and texts.</summary>
    public static JsonObject Map(IEnumerable<KeyValuePair<string, string>> pairs) =>
        new(pairs.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    /// <summary>Results of the theory, with their sources.</summary>
    public static JsonArray Of(IEnumerable<Result> results) => List(results, result => new JsonObject
    {
        ["name"] = result.Name,
        ["statement"] = result.Statement,
        ["source"] = $"{result.Paper.Citation} {result.Where}",
    });

    /// <summary>A result of the theory in full.</summary>
    public static JsonObject InFull(Result result) => new()
    {
        ["name"] = result.Name,
        ["statement"] = result.Statement,
        ["where"] = result.Where,
        ["holdsWhen"] = result.HoldsWhen,
        ["notModelled"] = result.NotModelled,
        ["citation"] = result.Paper.Citation,
        ["bibTeX"] = result.Paper.BibTeX,
    };

    /// <summary>What a figure is.</summary>
    public static JsonObject Of(IFigure figure) => new()
    {
        ["name"] = figure.Name,
        ["source"] = figure.Source,
        ["shows"] = figure.Shows,
    };

    /// <summary>As text, indented.</summary>
    public static string Text(JsonNode node) => node.ToJsonString(Indented);
}
