namespace Staircase.Lab;

/// <summary>What came of a task.</summary>
/// <param name="Values">What the sweep had set.</param>
/// <param name="Numbers">What was collected, by name; empty where it failed.</param>
/// <param name="Complaint">Why it failed; null where it did not.</param>
/// <param name="Seconds">Seconds of training, over all sittings.</param>
public sealed record SweepResult(
    IReadOnlyList<KeyValuePair<string, string>> Values, IReadOnlyDictionary<string, double?> Numbers, string? Complaint, double Seconds)
{
    /// <summary>What is to be known besides, such as a run folder that was set aside; null where that is nothing.</summary>
    public string? Note { get; init; }

    /// <summary>As its file has it.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = Json.Of(
            ("keys", Values), ("numbers", Numbers), ("complaint", Complaint), ("seconds", Seconds));
        if (Note is not null)
            json["note"] = Note;
        return json;
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote; null where it is something else.</summary>
    public static SweepResult? Parse(string text)
    {
        try
        {
            JsonObject json = JsonNode.Parse(text)!.AsObject();
            return new(
                [.. json["keys"]!.AsObject().Select(pair => KeyValuePair.Create(pair.Key, (string)pair.Value!))],
                json["numbers"]!.AsObject().ToDictionary(pair => pair.Key, pair => Json.ReadNumber(pair.Value)),
                (string?)json["complaint"],
                Json.ReadNumber(json["seconds"]) ?? 0)
            {
                Note = (string?)json["note"],
            };
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or InvalidOperationException or NullReferenceException
            or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
