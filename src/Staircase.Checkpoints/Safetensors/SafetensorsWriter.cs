using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Staircase.Checkpoints;

/// <summary>Writes safetensors files, the same bytes for the same content.</summary>
public static class SafetensorsWriter
{
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file to a temporary name in its folder, flushes it, and renames it over <paramref name="path"/>.</summary>
    /// <remarks>
    /// Data are ordered by alignment, descending, then by the bytes of the name, whatever the order of
    /// <paramref name="tensors"/>; the header is padded with spaces so that the data begin at a multiple of 8.
    /// </remarks>
    /// <param name="path">The target.</param>
    /// <param name="metadata">Strings to store beside it.</param>
    /// <param name="durable">Whether to wait for the disk (see <see cref="AtomicFile"/>).</param>
    /// <exception cref="ArgumentException">A name occurs twice or is reserved, or a text is not well-formed.</exception>
    /// <exception cref="IOException">The file cannot be written; the file that was there before is unchanged.</exception>
    public static void Write(
        string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool durable = true)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        TensorToWrite[] ordered = Order(tensors);
        byte[] header = BuildHeader(ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (TensorToWrite tensor in ordered)
                tensor.WriteData(stream);
        }, durable);
    }

    private static TensorToWrite[] Order(IReadOnlyList<TensorToWrite> tensors)
    {
        var names = new HashSet<string>();
        foreach (TensorToWrite tensor in tensors)
        {
            if (tensor.Name == SafetensorsHeader.MetadataKey)
                throw new ArgumentException($"The name {SafetensorsHeader.MetadataKey} is reserved by the format.", nameof(tensors));
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"The name {DisplayText.Quote(tensor.Name)} occurs twice.", nameof(tensors));
        }

        // UTF-8 order, which is the reference writer's; string.CompareOrdinal differs beyond U+FFFF.
        (TensorToWrite Tensor, byte[] Name)[] keyed =
            [.. tensors.Select(tensor => (tensor, WellFormedText.StrictUtf8.GetBytes(tensor.Name)))];
        Array.Sort(keyed, (a, b) =>
        {
            int byAlignment = b.Tensor.ElementType.BitSize().CompareTo(a.Tensor.ElementType.BitSize());
            return byAlignment != 0 ? byAlignment : a.Name.AsSpan().SequenceCompareTo(b.Name);
        });
        return [.. keyed.Select(pair => pair.Tensor)];
    }

    private static byte[] BuildHeader(TensorToWrite[] ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, JsonOptions))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(writer, metadata);
            long offset = 0;
            foreach (TensorToWrite tensor in ordered)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.ElementType.SafetensorsName());
                writer.WriteStartArray("shape");
                foreach (long axis in tensor.Shape)
                    writer.WriteNumberValue(axis);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                offset = checked(offset + tensor.ByteLength);
                writer.WriteNumberValue(offset);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        int length = (json.WrittenCount + 7) / 8 * 8;
        if (length > SafetensorsHeader.MostHeaderBytes)
        {
            throw new ArgumentException(
                $"The header would take {length} bytes; the format allows {SafetensorsHeader.MostHeaderBytes}.", nameof(ordered));
        }

        byte[] header = new byte[SafetensorsHeader.LengthBytes + length];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)length);
        header.AsSpan(SafetensorsHeader.LengthBytes).Fill((byte)' ');
        json.WrittenSpan.CopyTo(header.AsSpan(SafetensorsHeader.LengthBytes));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> metadata)
    {
        writer.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!WellFormedText.IsWellFormed(key) || !WellFormedText.IsWellFormed(value))
                throw new ArgumentException($"Metadata {DisplayText.Quote(key)} must not hold unpaired surrogates.", nameof(metadata));
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }
}
