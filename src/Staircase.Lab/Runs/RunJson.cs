using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

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
}
