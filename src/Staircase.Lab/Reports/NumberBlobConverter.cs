namespace Staircase.Lab;

/// <summary>In the JSON an array of numbers is only where it lies in the blob: <c>{"numbers":[offset, length]}</c>.</summary>
internal sealed class NumberBlobConverter(NumberBlob blob) : JsonConverter<double[]>
{
    public override void Write(Utf8JsonWriter writer, double[] value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("numbers");
        writer.WriteNumberValue(blob.Add(value));
        writer.WriteNumberValue(value.Length);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public override double[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Reports are written here and read by the page.");
}
