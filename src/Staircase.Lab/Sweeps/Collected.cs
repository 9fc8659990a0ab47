namespace Staircase.Lab;

/// <summary>
/// A number of a run by its name: a column of its table (the last value), a number that <c>run.json</c> keeps of its findings,
/// <c>seconds</c>, or a path into its findings as <c>compare --json</c> prints them, such as <c>plateaus.2.measured.loss</c>; behind
/// <c>predicted:</c> a path into what <c>predict --json</c> prints.
/// </summary>
public static class Collected
{
    private const string Predicted = "predicted:", Seconds = "seconds";

    /// <summary>The number; null where the run has none, as it has fewer plateaus or no theory.</summary>
    /// <exception cref="InputException">There is nothing of this name.</exception>
    public static double? Of(Run run, string name) => Of(run, name, new(() => Prediction(run.Study)), where: null);

    /// <summary>All numbers that a sweep collects.</summary>
    /// <exception cref="InputException">There is nothing of a name; the message says where that stands.</exception>
    internal static Dictionary<string, double?> All(Run run, SweepSpec spec)
    {
        Lazy<JsonObject?> prediction = new(() => Prediction(run.Study));
        return spec.Collect.ToDictionary(
            name => name, name => Of(run, name, prediction, spec.Origins.GetValueOrDefault(name)));
    }

    private static double? Of(Run run, string name, Lazy<JsonObject?> prediction, string? where)
    {
        if (name == Seconds)
            return run.Record.WallSeconds;
        if (name.StartsWith(Predicted, StringComparison.Ordinal))
            return prediction.Value is { } known ? Follow(known, name[Predicted.Length..], name, where) : null;
        if (run.Trajectory.Columns.FirstOrDefault(column => column.Name == name) is { } column)
            return run.Trajectory[column.Name][^1];
        return run.View.Summary.TryGetValue(name, out double? number) ? number
            : Follow(run.Findings.Data, name, name, where, Known(run));
    }

    /// <summary>What theory says, without the check that would train the flow beside it.</summary>
    private static JsonObject? Prediction(Study study)
    {
        try
        {
            return study.Predict(check: false).Data;
        }
        catch (InputException)
        {
            return null; // there is none
        }
    }

    private static IReadOnlyCollection<string> Known(Run run) =>
        [.. run.Trajectory.Columns.Select(column => column.Name), .. run.View.Summary.Keys, Seconds];

    private static double? Follow(
        JsonObject data, string path, string name, string? where, IReadOnlyCollection<string>? others = null)
    {
        string[] parts = path.Split('.');
        JsonNode? node = Parts(data).FirstOrDefault(part => part.ContainsKey(parts[0])) ?? data;
        foreach (string part in parts)
        {
            if (node is JsonObject map && map.ContainsKey(part))
                node = map[part];
            else if (node is JsonArray list && ReadWhole(part) is { } index)
                node = index < list.Count ? list[(int)index] : null; // a run may have fewer plateaus than another
            else if (node is null)
                return null;
            else
                throw Unknown(name, part, [.. NamesIn(node, data), .. others ?? []], where);
        }

        return node switch
        {
            null => null,
            JsonValue value when value.GetValueKind() == JsonValueKind.Number => value.GetValue<double>(),
            JsonValue value when ReadNumber(value.ToString()) is { } number => number, // Infinity
            _ => throw new InputException($"'{name}' is no number: {Shown(node)}.", where: where),
        };
    }

    private static InputException Unknown(string name, string part, IReadOnlyCollection<string> known, string? where) =>
        new($"There is no '{name}' to collect: {NearestName.Hint(part, known)}", where: where);

    /// <summary>The findings, and what they have in parts of their own, such as the prediction beside the experiment.</summary>
    private static IEnumerable<JsonObject> Parts(JsonObject data) => [data, .. data.Select(pair => pair.Value).OfType<JsonObject>()];

    private static IEnumerable<string> NamesIn(JsonNode node, JsonObject data) =>
        node is JsonObject ? (node == data ? Parts(data) : [(JsonObject)node]).SelectMany(map => map.Select(pair => pair.Key)) : [];

    private static string Shown(JsonNode node) => node is JsonObject map ? $"it has {string.Join(", ", map.Select(pair => pair.Key))}"
        : node is JsonArray list ? $"it is a list of {list.Count}, from 0" : $"it is '{node}'";
}
