namespace Staircase.Native;

/// <summary>
/// JSON whose long lists of numbers are arrays beside it: where one stood there is <c>{"array": "NAME"}</c>. Neither side has to write or
/// to read numbers as text, and they keep their bits.
/// </summary>
internal sealed class Document
{
    /// <summary>Shorter lists stay.</summary>
    private const int Long = 16;

    private readonly Dictionary<string, NamedArray> _arrays = new();
    private readonly JsonNode _root;

    /// <param name="root">The value; it is not changed.</param>
    public Document(JsonObject root) => _root = Lifted(root, "")!;

    /// <summary>The text.</summary>
    public string Text => Json.Text(_root);

    /// <summary>An array that stood at a place, such as <c>prediction.curve.loss</c>.</summary>
    public NamedArray? Array(string place) => _arrays.GetValueOrDefault(place);

    private JsonNode? Lifted(JsonNode? node, string place) => node switch
    {
        JsonObject members => new JsonObject(members.Select(pair =>
            KeyValuePair.Create(pair.Key, Lifted(pair.Value, place.Length == 0 ? pair.Key : $"{place}.{pair.Key}")))),
        JsonArray list when ArrayOf(list) is { } array => Reference(place, array),
        JsonArray list => Json.List(list.Select((item, i) => (item, i)), pair => Lifted(pair.item, $"{place}.{pair.i}")),
        _ => node?.DeepClone(),
    };

    private JsonObject Reference(string place, NamedArray array)
    {
        _arrays[place] = array;
        return Json.Of(("array", place));
    }

    private static NamedArray? ArrayOf(JsonArray list)
    {
        if (list.Count > 0 && list[0] is JsonArray { Count: > 0 } first && list.Count * first.Count >= Long)
        {
            int width = first.Count;
            var matrix = new double[list.Count * width];
            for (int i = 0; i < list.Count; i++)
            {
                if (list[i] is not JsonArray row || row.Count != width || !Fill(row, matrix.AsSpan(i * width, width)))
                    return null;
            }

            return NamedArray.Of(matrix, list.Count, width);
        }

        var values = new double[list.Count];
        return list.Count >= Long && Fill(list, values) ? NamedArray.Of(values) : null;
    }

    private static bool Fill(JsonArray list, Span<double> values)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (NumberOf(list[i]) is not { } value)
                return false;
            values[i] = value;
        }

        return true;
    }

    /// <summary>A number, or one of the words of <see cref="Json.Number"/>.</summary>
    private static double? NumberOf(JsonNode? node) => node is not JsonValue item ? null
        : item.TryGetValue(out double number) ? number
        : item.TryGetValue(out int whole) ? whole
        : item.TryGetValue(out string? word) ? word switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => null,
        }
        : null;
}
