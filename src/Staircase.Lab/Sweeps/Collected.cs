using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Staircase.Lab;

/// <summary>
/// A number of a run by its name: a column of its table (the last value), a number that <c>run.json</c> keeps of its findings,
/// <c>seconds</c>, or a path into its findings as <c>compare --json</c> prints them, such as <c>plateaus.2.loss</c>; behind
/// <c>predicted:</c> a path into what <c>predict --json</c> prints.
/// </summary>
public static class Collected
{
    private const string Predicted = "predicted:", Seconds = "seconds";

    /// <summary>The number; null where the run has none.</summary>
    /// <exception cref="InputException">There is nothing of this name.</exception>
    public static double? Of(Run run, string name)
    {
        if (name == Seconds)
            return run.Record.WallSeconds;
        if (name.StartsWith(Predicted, StringComparison.Ordinal))
            return Follow(run.Study.Predict().Data, name[Predicted.Length..], name);
        if (run.Trajectory.Columns.FirstOrDefault(column => column.Name == name) is { } column)
            return run.Trajectory[column.Name][^1];
        return run.Findings.Summary.TryGetValue(name, out double? number) ? number : Follow(run.Findings.Data, name, name, Known(run));
    }

    private static IReadOnlyCollection<string> Known(Run run) =>
        [.. run.Trajectory.Columns.Select(column => column.Name), .. run.Findings.Summary.Keys, Seconds];

    private static double? Follow(JsonObject data, string path, string name, IReadOnlyCollection<string>? others = null)
    {
        string[] parts = path.Split('.');
        JsonNode? node = Parts(data).FirstOrDefault(part => part.ContainsKey(parts[0])) ?? data;
        foreach (string part in parts)
        {
            if (node is JsonObject map && map.ContainsKey(part))
                node = map[part];
            else if (node is JsonArray list && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                node = index < list.Count ? list[index] : null; // a run may have fewer plateaus than another
            else if (node is null)
                return null;
            else
                throw Unknown(name, part, [.. NamesIn(node, data), .. others ?? []]);
        }

        return node switch
        {
            null => null,
            JsonValue value when value.GetValueKind() == JsonValueKind.Number => value.GetValue<double>(),
            JsonValue value when double.TryParse(value.ToString(), CultureInfo.InvariantCulture, out double number) => number, // Infinity
            _ => throw new InputException($"'{name}' is no number: {Shown(node)}."),
        };
    }

    private static InputException Unknown(string name, string part, IReadOnlyCollection<string> known) =>
        new($"There is no '{name}' to collect: {NearestName.Hint(part, known)}");

    /// <summary>The findings, and what they have in parts of their own, such as the prediction beside the experiment.</summary>
    private static IEnumerable<JsonObject> Parts(JsonObject data) => [data, .. data.Select(pair => pair.Value).OfType<JsonObject>()];

    private static IEnumerable<string> NamesIn(JsonNode node, JsonObject data) =>
        node is JsonObject ? (node == data ? Parts(data) : [(JsonObject)node]).SelectMany(map => map.Select(pair => pair.Key)) : [];

    private static string Shown(JsonNode node) => node is JsonObject map ? $"it has {string.Join(", ", map.Select(pair => pair.Key))}"
        : node is JsonArray list ? $"it is a list of {list.Count}, from 0" : $"it is '{node}'";
}
