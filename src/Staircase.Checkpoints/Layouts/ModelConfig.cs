using System.Text;
using System.Text.Json;

namespace Staircase.Checkpoints;

/// <summary>
/// What is known of a model beside its weights: <c>config.json</c> and the numbers and texts in a checkpoint file, by key.
/// </summary>
/// <param name="Values">Keys such as <c>num_attention_heads</c> or <c>config.n_head</c>, with where each comes from.</param>
public sealed record ModelConfig(IReadOnlyDictionary<string, ConfigValue> Values)
{
    private const long MostBytes = 1_000_000;
    private const int EntryBytes = 200; // a key in a table, and a value
    private const int LongestList = 8;
    private const string AdapterFile = "adapter_config.json";

    private static readonly string[] Files = ["config.json", "params.json"];

    /// <summary>Nothing is known.</summary>
    public static ModelConfig Empty { get; } = new(new Dictionary<string, ConfigValue>());

    /// <summary>
    /// The config of a checkpoint: <c>config.json</c> (or Meta's <c>params.json</c>) beside it or in the folder above, an adapter's beside
    /// it, then its own metadata.
    /// </summary>
    /// <exception cref="CheckpointFormatException">The config.json is no JSON object.</exception>
    public static ModelConfig Of(ITensorSource source)
    {
        if (source is AdaptedSource adapted)
            return adapted.Config;
        var values = new Dictionary<string, ConfigValue>();
        if (source is MemoryTensors)
        {
            return new(source.Metadata.ToDictionary(
                pair => pair.Key, pair => new ConfigValue(pair.Value, source.Path)));
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(source.Path))!;
        string[] folders = [folder, Path.GetDirectoryName(folder) ?? folder];
        string? path = folders.SelectMany(f => Files, Path.Combine).FirstOrDefault(File.Exists);
        if (path is not null)
            ReadJson(path, values);
        if (Path.Combine(folder, AdapterFile) is var adapter && File.Exists(adapter))
            ReadJson(adapter, values);
        foreach ((string key, string value) in source.Metadata)
            values.TryAdd(key, new(value, Path.GetFileName(source.Path)));
        return new(values);
    }

    internal string? Text(string key) => Values.GetValueOrDefault(key)?.Text;

    internal bool? Flag(string key) => bool.TryParse(Text(key), out bool flag) ? flag : null;

    internal long? Number(string key) =>
        long.TryParse(Text(key), NumberStyles.None, InvariantCulture, out long number) ? number : null;

    /// <summary>Whether there is a key that begins so.</summary>
    internal bool Has(string start) => Values.Keys.Any(key => key.StartsWith(start, StringComparison.Ordinal));

    /// <summary>Where in the text; the exception says the line, and the byte in it.</summary>
    private static long? OffsetOf(JsonException exception, ReadOnlySpan<byte> text)
    {
        int offset = 0;
        for (long line = exception.LineNumber ?? 0; line > 0 && text[offset..].IndexOf((byte)'\n') is >= 0 and var end; line--)
            offset += end + 1;
        return offset + exception.BytePositionInLine;
    }

    private static void ReadJson(string path, Dictionary<string, ConfigValue> values)
    {
        var context = new ErrorContext(path);
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > MostBytes)
            throw context.Fail(0, $"{stream.Length} bytes", $"at most {MostBytes}");
        var budget = new MemoryBudget(stream.Length, context);
        budget.Charge(stream.Length, at: 0);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        int start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(start), new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw context.Fail(start, $"{document.RootElement.ValueKind}", "an object");
            Add(document.RootElement, "", depth: 0, budget);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw context.Fail(
                exception is JsonException json ? start + OffsetOf(json, bytes.AsSpan(start)) : null,
                $"text that does not parse ({exception.Message})", "JSON", exception);
        }

        void Add(JsonElement element, string prefix, int depth, MemoryBudget budget)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                string name = prefix.Length == 0 ? property.Name : $"{prefix}.{property.Name}";
                if (property.Value.ValueKind == JsonValueKind.Object && depth < 2)
                    Add(property.Value, name, depth + 1, budget);
                else if (property.Value.ValueKind == JsonValueKind.Array && property.Value.GetArrayLength() <= LongestList)
                    AddList(property.Value, name, budget);
                else if (property.Value.ValueKind is
                    JsonValueKind.Number or JsonValueKind.String or JsonValueKind.True or JsonValueKind.False)
                {
                    AddValue(property.Value, name, budget);
                }
            }
        }

        void AddList(JsonElement list, string name, MemoryBudget budget)
        {
            int i = 0;
            foreach (JsonElement element in list.EnumerateArray())
            {
                if (element.ValueKind == JsonValueKind.Number)
                    AddValue(element, $"{name}.{i}", budget);
                i++;
            }
        }

        void AddValue(JsonElement element, string name, MemoryBudget budget)
        {
            string text = element.ToString();
            budget.Charge(EntryBytes + 2L * (name.Length + text.Length), at: null);
            values[name] = new(text, Path.GetFileName(path));
        }
    }
}

/// <summary>A value of a config.</summary>
/// <param name="Text">As it is written.</param>
/// <param name="Source">The name of the file that says it.</param>
public sealed record ConfigValue(string Text, string Source);
