namespace Staircase.Lab;

/// <summary>Reads what is asked for: JSON whose keys are those of the command line.</summary>
public static class Request
{
    private const string File = "file"; // the key that names a file of an experiment, over whose keys the others go

    /// <summary>The experiment that an object describes.</summary>
    /// <exception cref="InputException">It is none; the message names the key.</exception>
    public static Experiment Experiment(JsonElement request) => Words(request).Experiment();

    /// <summary>What an object says of an experiment.</summary>
    /// <exception cref="InputException">It is no object, or there is no such kind.</exception>
    public static ExperimentWords Words(JsonElement request)
    {
        (string Key, string Value)[] given = [.. Members(request)];
        ExperimentKind? kind = Last(ExperimentKinds.Key) is { } name ? ExperimentKinds.Named(name, null) : null;
        // A page has no files, and what reads them need not be in it.
        ExperimentWords words = !OperatingSystem.IsBrowser() && Last(File) is { } path
            ? ExperimentFile.ReadWords(path, kind)
            : new(kind, IsWhole: kind is not null, []);
        return words with
        {
            Words =
            [
                .. words.Words,
                .. given.Where(pair => pair.Key is not (ExperimentKinds.Key or File))
                    .Select(pair => new ExperimentWord(pair.Key, pair.Value, null)),
            ],
        };

        string? Last(string key) => Array.FindLast(given, pair => pair.Key == key).Value;
    }

    /// <summary>The members that hold something, as text: lists with commas, as on the command line.</summary>
    /// <exception cref="InputException">It is no object, or a value is an object.</exception>
    private static IEnumerable<(string Key, string Value)> Members(JsonElement request)
    {
        Require(request.ValueKind == JsonValueKind.Object, "expected a JSON object of keys and values, such as {\"dim\": 4}.");
        foreach (JsonProperty member in request.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
                yield return (member.Name, Scalar(member.Name, member.Value));
        }
    }

    /// <summary>Reads a text of JSON.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static T Parse<T>(string json, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new InputException($"this is not JSON: {exception.Message}", exception);
        }
    }

    private static string Scalar(string key, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(item => Scalar(key, item))),
        _ => throw new InputException($"‹{key}› needs a single value."),
    };
}
