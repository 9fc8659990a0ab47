using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace Staircase.Checkpoints;

/// <summary>The parsed and fully checked header of a safetensors file.</summary>
/// <remarks>
/// u64 little-endian n, then n bytes of JSON beginning with <c>{</c>, then the data. The ranges of the tensors, sorted,
/// must begin at 0, touch without gap or overlap, and end with the file; each must be as long as shape and type say.
/// </remarks>
internal sealed record SafetensorsHeader(
    ImmutableArray<TensorInfo> Tensors, ImmutableArray<TensorInfo> Missing, IReadOnlyDictionary<string, string> Metadata)
{
    public const long MostHeaderBytes = 100_000_000;
    public const string MetadataKey = "__metadata__";
    public const int LengthBytes = sizeof(ulong);

    private const int MostDepth = 16;
    private const int EntryBytes = 600; // a name in three tables, an entry, a shape, and what is told of it

    /// <summary>The length of the JSON header, checked against the file before anything is allocated.</summary>
    public static int ReadLength(ReadOnlySpan<byte> prefix, long fileLength, ErrorContext context)
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MostHeaderBytes)
            throw context.Fail(0, $"a header length of {length}", $"at most {MostHeaderBytes}");
        if ((long)length > fileLength - LengthBytes)
            throw context.Fail(0, $"a header length of {length} in a file of {fileLength} bytes", $"at most {fileLength - LengthBytes}");
        return (int)length;
    }

    /// <summary>Parses and checks a header.</summary>
    /// <param name="json">The header.</param>
    /// <param name="context">For messages.</param>
    /// <param name="partial">Whether the file may end before its data do: tensors beyond its end are missing, not wrong.</param>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long fileLength, ErrorContext context, bool partial = false)
    {
        if (json.IsEmpty || json[0] != '{')
            throw context.Fail(LengthBytes, json.IsEmpty ? "an empty header" : $"byte 0x{json[0]:x2}", "a header beginning with '{'");

        var budget = new MemoryBudget(fileLength, context);
        budget.Charge(json.Length, LengthBytes);
        if (partial)
            budget.Allow(4L * json.Length); // a header alone describes as much as a whole file
        var entries = new Dictionary<string, Entry>();
        Dictionary<string, string>? metadata = null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MostDepth });
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                long at = LengthBytes + reader.TokenStartIndex;
                if (name == MetadataKey)
                {
                    if (metadata is not null)
                        throw context.Fail(at, $"a second {MetadataKey}", "each key once");
                    metadata = ReadMetadata(ref reader, budget, context);
                    continue;
                }

                budget.Charge(EntryBytes + 2 * name.Length, at);
                if (!entries.TryAdd(name, ReadEntry(ref reader, at, context with { ItemName = name })))
                {
                    throw (context with { ItemName = name }).Fail(at, "the name a second time", "each name once");
                }
            }

            reader.Read();   // nothing but white space may follow; anything else is a JsonException
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is the reader's word for text that is not UTF-8 or has an unpaired surrogate.
            throw context.Fail(
                LengthBytes + reader.TokenStartIndex, $"a header that does not parse ({exception.Message})", "UTF-8 JSON", exception);
        }

        (ImmutableArray<TensorInfo> tensors, ImmutableArray<TensorInfo> missing) =
            Arrange(entries, LengthBytes + (long)json.Length, fileLength, context, partial);
        return new SafetensorsHeader(
            tensors, missing, metadata ?? new Dictionary<string, string>());
    }

    private static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader reader, MemoryBudget budget, ErrorContext context)
    {
        Expect(ref reader, JsonTokenType.StartObject, $"an object as {MetadataKey}", context);
        var metadata = new Dictionary<string, string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            long at = LengthBytes + reader.TokenStartIndex;
            Expect(ref reader, JsonTokenType.String, $"a string as metadata {DisplayText.Quote(key)}", context);
            budget.Charge(EntryBytes + 2L * (key.Length + reader.ValueSpan.Length), at);
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw context.Fail(at, $"metadata {DisplayText.Quote(key)} a second time", "each key once");
        }

        return metadata;
    }

    /// <summary>Reads one tensor's object. Keys other than the three are skipped, as the reference reader does.</summary>
    private static Entry ReadEntry(ref Utf8JsonReader reader, long at, ErrorContext context)
    {
        Expect(ref reader, JsonTokenType.StartObject, "an object", context);
        string? type = null;
        ImmutableArray<long> shape = default, range = default;
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            if (!seen.Add(key))
                throw context.Fail(LengthBytes + reader.TokenStartIndex, $"key {DisplayText.Quote(key)} a second time", "each key once");
            switch (key)
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String, "a string as dtype", context);
                    type = reader.GetString()!;
                    break;
                case "shape":
                    shape = ReadIntegers(ref reader, TensorShape.MostAxes, "shape", context);
                    break;
                case "data_offsets":
                    range = ReadIntegers(ref reader, 2, "data_offsets", context);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (type is null || shape.IsDefault || range.IsDefault)
            throw context.Fail(at, $"keys [{string.Join(", ", seen.Take(8).Select(DisplayText.Quote))}]", "dtype, shape and data_offsets");
        if (range.Length != 2 || range[0] > range[1])
            throw context.Fail(at, $"data_offsets {TensorShape.Format(range.AsSpan())}", "[begin, end] with begin ≤ end");
        return new Entry(type, shape, range[0], range[1], at);
    }

    private static ImmutableArray<long> ReadIntegers(ref Utf8JsonReader reader, int most, string what, ErrorContext context)
    {
        Expect(ref reader, JsonTokenType.StartArray, $"an array as {what}", context);
        var integers = ImmutableArray.CreateBuilder<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long integer) || integer < 0)
                throw context.Fail(LengthBytes + reader.TokenStartIndex, $"{Token(ref reader)} in {what}", "integers from 0 to 2⁶³ − 1");
            if (integers.Count == most)
                throw context.Fail(LengthBytes + reader.TokenStartIndex, $"more than {most} numbers in {what}", $"at most {most}");
            integers.Add(integer);
        }

        return integers.ToImmutable();
    }

    private static (ImmutableArray<TensorInfo> Tensors, ImmutableArray<TensorInfo> Missing) Arrange(
        Dictionary<string, Entry> entries, long dataStart, long fileLength, ErrorContext context, bool partial)
    {
        long dataLength = fileLength - dataStart;
        KeyValuePair<string, Entry>[] sorted = [.. entries
            .OrderBy(pair => pair.Value.Begin)
            .ThenBy(pair => pair.Value.End)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal)];
        var tensors = ImmutableArray.CreateBuilder<TensorInfo>(sorted.Length);
        var missing = ImmutableArray.CreateBuilder<TensorInfo>();
        long previousEnd = 0;
        foreach ((string name, Entry entry) in sorted)
        {
            ErrorContext here = context with { ItemName = name };
            if (entry.Begin != previousEnd)
            {
                string kind = entry.Begin > previousEnd ? "a gap" : "an overlap";
                throw here.Fail(
                    entry.At, $"{kind}: data from {entry.Begin} where the tensor before ends at {previousEnd}", $"data from {previousEnd}");
            }

            if (entry.End > dataLength && !partial)
            {
                throw here.Fail(
                    entry.At, $"data up to {entry.End}",
                    $"at most {dataLength}, the data in the file (of a download that has not ended --partial reads what is there)");
            }

            ElementType type = ElementTypes.FromSafetensorsName(entry.Type);
            CheckLength(entry, type, here);
            (entry.End > dataLength ? missing : tensors).Add(new TensorInfo(
                name, type, entry.Type, entry.Shape,
                dataStart + entry.Begin, entry.End - entry.Begin));
            previousEnd = entry.End;
        }

        if (partial ? previousEnd < dataLength : previousEnd != dataLength)
        {
            throw context.Fail(
                dataStart + previousEnd, $"{dataLength - previousEnd} bytes that belong to no tensor", "the end of the file");
        }

        return (tensors.ToImmutable(), missing.ToImmutable());
    }

    private static void CheckLength(Entry entry, ElementType type, ErrorContext context)
    {
        long elements = TensorShape.ElementCount(entry.Shape.AsSpan())
            ?? throw context.Fail(entry.At, $"shape {TensorShape.Format(entry.Shape.AsSpan())}", "a product below 2⁶³");
        if (type == ElementType.Unknown)
            return;
        string described = $"{entry.Type} of shape {TensorShape.Format(entry.Shape.AsSpan())}";
        long bytes = TensorShape.ByteCount(elements, type)
            ?? throw context.Fail(entry.At, described, "a whole number of bytes below 2⁶³");
        if (entry.End - entry.Begin != bytes)
            throw context.Fail(entry.At, $"{entry.End - entry.Begin} bytes of data", $"{bytes} for {described}");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string expected, ErrorContext context)
    {
        reader.Read();
        if (reader.TokenType != type)
            throw context.Fail(LengthBytes + reader.TokenStartIndex, Token(ref reader), expected);
    }

    private static string Token(ref Utf8JsonReader reader)
        => reader.TokenType == JsonTokenType.Number && reader.ValueSpan.Length <= 40
            ? System.Text.Encoding.ASCII.GetString(reader.ValueSpan)
            : $"a JSON {reader.TokenType}";

    /// <summary>One tensor as the header states it; <c>At</c> is the offset of its name.</summary>
    private readonly record struct Entry(string Type, ImmutableArray<long> Shape, long Begin, long End, long At);
}
