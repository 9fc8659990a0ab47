using System.Text.Encodings.Web;
using System.Text.Json.Serialization.Metadata;

namespace Staircase.Lab;

/// <summary>How <c>run.json</c> and <c>ensemble.json</c> are written and read.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(EnsembleRecord))]
internal sealed partial class RunJson : JsonSerializerContext
{
    /// <summary>With letters as they are. Made when it is asked for: initializers of the generated part run in no known order.</summary>
    public static RunJson Readable => field ??= new(new JsonSerializerOptions(Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            new JsonStringEnumConverter<RunStatus>(JsonNamingPolicy.CamelCase),
            new JsonStringEnumConverter<ColumnKind>(JsonNamingPolicy.CamelCase),
        },
    });

    /// <summary>Reads a file of this format.</summary>
    /// <param name="what">What it should be.</param>
    /// <param name="experiment">The keys that it must have.</param>
    /// <exception cref="InputException">It cannot be read, or is of another format.</exception>
    public static T Read<T>(string path, string what, JsonTypeInfo<T> type, Func<T, IReadOnlyDictionary<string, string>?> experiment)
    {
        try
        {
            const int current = Lab.RunRecord.CurrentFormat;
            using var json = JsonDocument.Parse(Reading(path, () => File.ReadAllBytes(path)));
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("format", out JsonElement format)
                && format.TryGetInt32(out int number) && number != current)
            {
                throw new InputException(
                    $"{path} has format {number}; this program reads format {current}. "
                    + (number < current
                        ? "Train it again (its keys stand under \"experiment\"), or use the version of Staircase that it names."
                        : "Use a newer version of Staircase."));
            }

            return json.Deserialize(type) is { } record && experiment(record)?.Values.All(value => value is not null) == true ? record
                : throw new InputException($"{path} is not {what}: it has no experiment.");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new InputException($"{path} is not {what}: {exception.Message}", exception);
        }
    }
}
