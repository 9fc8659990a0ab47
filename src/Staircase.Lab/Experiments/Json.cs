using System.Text.Encodings.Web;

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

    /// <summary>The same, of items and their places from 0.</summary>
    public static JsonArray List<T>(IEnumerable<T> items, Func<T, int, JsonNode?> of) => [.. items.Select(of)];

    /// <summary>Components, counted from 1 along the descending spectrum.</summary>
    public static JsonArray Components(IEnumerable<int> modes) => Integers(modes.Select(d => d + 1));

    /// <summary>Names and texts.</summary>
    public static JsonObject Map(IEnumerable<KeyValuePair<string, string>> pairs) =>
        new(pairs.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    /// <summary>Names and numbers.</summary>
    public static JsonObject Map(IEnumerable<KeyValuePair<string, double?>> pairs) =>
        new(pairs.Select(pair => KeyValuePair.Create(pair.Key, Number(pair.Value))));

    /// <summary>An object of names and what they stand for: JSON, a number, a text, yes or no, or lists and maps of such.</summary>
    public static JsonObject Of(params IEnumerable<(string Name, object? Value)> parts) =>
        new(parts.Select(part => KeyValuePair.Create(part.Name, NodeOf(part.Value))));

    private static JsonNode? NodeOf(object? value) => value switch
    {
        null => null,
        JsonNode node => node,
        double number => Number(number),
        int number => number,
        long number => number,
        ulong number => number,
        bool holds => holds,
        string text => text,
        IEnumerable<double> numbers => Numbers(numbers),
        IEnumerable<int> numbers => Integers(numbers),
        IEnumerable<string> texts => Texts(texts),
        IEnumerable<KeyValuePair<string, string>> texts => Map(texts),
        IEnumerable<KeyValuePair<string, double?>> numbers => Map(numbers),
        _ => throw new ArgumentException($"{value.GetType()} is not written as JSON.", nameof(value)),
    };

    /// <summary>A plateau of a measured loss.</summary>
    public static JsonObject Of(MeasuredPlateau plateau) => Of(
        ("loss", plateau.Height), ("start", plateau.Start), ("end", plateau.End), ("duration", plateau.Duration));

    /// <summary>A table.</summary>
    public static JsonObject Of(Table table) => Of(
        ("title", table.Title), ("columns", Texts(table.Columns)), ("rows", List(table.Rows, row => Texts(row))));

    /// <summary>Results of the theory, with their sources.</summary>
    public static JsonArray Of(IEnumerable<Result> results) => List(results, result => Of(
        ("name", result.Name), ("statement", result.Statement), ("source", $"{result.Paper.Citation} {result.Where}")));

    /// <summary>A result of the theory in full.</summary>
    public static JsonObject InFull(Result result) => Of(
        ("name", result.Name), ("statement", result.Statement), ("where", result.Where), ("holdsWhen", result.HoldsWhen),
        ("notModelled", result.NotModelled), ("citation", result.Paper.Citation), ("bibTeX", result.Paper.BibTeX));

    /// <summary>What a figure is.</summary>
    public static JsonObject Of(IFigure figure) => Of(("name", figure.Name), ("source", figure.Source), ("shows", figure.Shows));

    /// <summary>As text, indented.</summary>
    public static string Text(JsonNode node) => node.ToJsonString(Indented);
}
