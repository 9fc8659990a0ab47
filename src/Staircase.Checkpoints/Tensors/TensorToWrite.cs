using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Staircase.Checkpoints;

/// <summary>A tensor handed to a writer: a name, a shape, and values in C order that are not copied.</summary>
public sealed class TensorToWrite
{
    private const int ElementsPerWrite = 8192;

    private readonly Action<Stream> _writeData;

    private TensorToWrite(string name, ElementType elementType, ImmutableArray<long> shape, long count, Action<Stream> writeData)
    {
        Name = name;
        ElementType = elementType;
        Shape = shape;
        ByteLength = count * elementType.BitSize() / 8;
        _writeData = writeData;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The type the elements are written in.</summary>
    public ElementType ElementType { get; }

    /// <summary>The shape; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The length of the data in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>A tensor of type F64.</summary>
    public static TensorToWrite Create(string name, IReadOnlyList<long> shape, ReadOnlyMemory<double> values)
        => Create(name, ElementType.F64, shape, values);

    /// <summary>A tensor of type F32.</summary>
    public static TensorToWrite Create(string name, IReadOnlyList<long> shape, ReadOnlyMemory<float> values)
        => Create(name, ElementType.F32, shape, values);

    /// <summary>A tensor of type I64.</summary>
    public static TensorToWrite Create(string name, IReadOnlyList<long> shape, ReadOnlyMemory<long> values)
        => Create(name, ElementType.I64, shape, values);

    /// <summary>A tensor of type F32 or F64 whose values are asked for when they are written, and not kept.</summary>
    internal static TensorToWrite Create(string name, IReadOnlyList<long> shape, bool single, Func<double[]> values)
    {
        long count = TensorShape.ElementCount([.. shape]) ?? long.MaxValue;
        return single
            ? Create<float>(name, ElementType.F32, shape, count, () => Array.ConvertAll(values(), value => (float)value))
            : Create<double>(name, ElementType.F64, shape, count, () => values());
    }

    internal void WriteData(Stream stream) => _writeData(stream);

    private static TensorToWrite Create<T>(string name, ElementType type, IReadOnlyList<long> shape, ReadOnlyMemory<T> values)
        where T : unmanaged => Create(name, type, shape, values.Length, () => values);

    private static TensorToWrite Create<T>(
        string name, ElementType type, IReadOnlyList<long> shape, long count, Func<ReadOnlyMemory<T>> values)
        where T : unmanaged
    {
        ImmutableArray<long> checkedShape = TensorShape.Require(name, shape, count);
        if (name.Length == 0 || !WellFormedText.IsWellFormed(name))
            throw new ArgumentException($"{DisplayText.Quote(name)} must be a non-empty name without unpaired surrogates.", nameof(name));
        return new TensorToWrite(name, type, checkedShape, count, stream => WriteLittleEndian(stream, values().Span));
    }

    private static void WriteLittleEndian<T>(Stream stream, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Checkpoints are written on little-endian machines only.");
        while (!values.IsEmpty)
        {
            ReadOnlySpan<T> part = values[..Math.Min(values.Length, ElementsPerWrite)];   // AsBytes of all of it could exceed a span
            stream.Write(MemoryMarshal.AsBytes(part));
            values = values[part.Length..];
        }
    }
}
