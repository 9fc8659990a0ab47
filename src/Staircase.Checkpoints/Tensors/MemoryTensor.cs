using System.Collections.Immutable;

namespace Staircase.Checkpoints;

/// <summary>A tensor in memory, little-endian, in C order.</summary>
public sealed class MemoryTensor
{
    private readonly ReadBytes _read;

    private MemoryTensor(TensorInfo info, ReadBytes read) => (Info, _read) = (info, read);

    /// <summary>Copies bytes of a tensor from a place on.</summary>
    public delegate void ReadBytes(long offset, Span<byte> buffer);

    /// <summary>Its name, type and shape.</summary>
    public TensorInfo Info { get; }

    /// <summary>A tensor whose bytes are copied when they are asked for.</summary>
    /// <param name="type">The type as safetensors says it, such as <c>BF16</c>; one that is not known is listed, not read.</param>
    /// <param name="read">Copies bytes.</param>
    /// <exception cref="ArgumentException">The shape has a negative axis, or more elements than can be counted.</exception>
    public static MemoryTensor Of(string name, string type, ImmutableArray<long> shape, ReadBytes read)
    {
        ElementType known = ElementTypes.FromSafetensorsName(type);
        long count = TensorShape.ElementCount(shape.AsSpan())
            ?? throw new ArgumentException($"{DisplayText.Quote(name)}: shape {TensorShape.Format(shape.AsSpan())} has no element count.");
        if (count > long.MaxValue / 64)
            throw new ArgumentException($"{DisplayText.Quote(name)}: {count} elements are more than any memory holds.");
        return new(new TensorInfo(name, known, type, shape, 0, (count * known.BitSize() + 7) / 8), read);
    }

    /// <summary>The same with a copy of its own.</summary>
    /// <exception cref="ArgumentException">It is larger than one array.</exception>
    internal MemoryTensor Copy()
    {
        if (Info.ByteLength > Array.MaxLength)
            throw new ArgumentException($"{DisplayText.Quote(Info.Name)}: {Info.ByteLength} bytes are too many to keep.");
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)Info.ByteLength);
        _read(0, bytes);
        return new(Info, (offset, buffer) => bytes.AsSpan((int)offset, buffer.Length).CopyTo(buffer));
    }

    internal FillBuffer FromStart()
    {
        long position = 0;
        return buffer =>
        {
            _read(position, buffer);
            position += buffer.Length;
        };
    }
}
