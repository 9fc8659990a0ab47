using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Staircase.Checkpoints;

/// <summary>Turns stored bytes into numbers, a buffer at a time.</summary>
internal static class ElementDecoder
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Reads <paramref name="count"/> elements; the caller has checked that the file holds them.</summary>
    public static double[] Read(ElementType type, bool bigEndian, long count, FillBuffer fill, ErrorContext context)
    {
        if (count > Array.MaxLength)
            throw context.Fail(null, $"{count} elements", $"at most {Array.MaxLength}, the most that one array holds");
        var values = GC.AllocateUninitializedArray<double>((int)count);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (int start = 0; start < values.Length;)
                start += ReadPart(type, bigEndian, values.AsSpan(start), buffer, fill);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return values;
    }

    /// <summary>Shows <paramref name="count"/> elements in the order in which they are stored, a buffer at a time.</summary>
    public static void Visit(ElementType type, bool bigEndian, long count, FillBuffer fill, TensorVisitor visit)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        double[] values = ArrayPool<double>.Shared.Rent(BufferBytes);
        try
        {
            for (long start = 0; start < count;)
            {
                int part = ReadPart(type, bigEndian, values.AsSpan(0, (int)Min(count - start, BufferBytes)), buffer, fill);
                visit(values.AsSpan(0, part));
                start += part;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            ArrayPool<double>.Shared.Return(values);
        }
    }

    /// <summary>Fills the beginning of the values with as many elements as the buffer holds; how many that are.</summary>
    private static int ReadPart(ElementType type, bool bigEndian, Span<double> values, byte[] buffer, FillBuffer fill)
    {
        int elementBytes = type.BitSize() / 8;
        int part = Min(values.Length, BufferBytes / elementBytes);
        Span<byte> bytes = buffer.AsSpan(0, part * elementBytes);
        fill(bytes);
        if (bigEndian == BitConverter.IsLittleEndian)
            ReverseElements(bytes, elementBytes);
        Decode(type, bytes, values[..part]);
        return part;
    }

    private static void ReverseElements(Span<byte> bytes, int elementBytes)
    {
        switch (elementBytes)
        {
            case 2:
                Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case 4:
                Span<uint> doubleWords = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(doubleWords, doubleWords);
                break;
            case 8:
                Span<ulong> quadWords = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(quadWords, quadWords);
                break;
        }
    }

    private static void Decode(ElementType type, ReadOnlySpan<byte> bytes, Span<double> values)
    {
        switch (type)
        {
            case ElementType.Bool:
                for (int i = 0; i < values.Length; i++)
                    values[i] = bytes[i] != 0 ? 1 : 0;
                break;
            case ElementType.BF16:
                ReadOnlySpan<ushort> upperHalves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < values.Length; i++)
                    values[i] = BitConverter.UInt32BitsToSingle((uint)upperHalves[i] << 16);
                break;
            case ElementType.F8E5M2:
                for (int i = 0; i < values.Length; i++)
                    values[i] = (double)BitConverter.UInt16BitsToHalf((ushort)(bytes[i] << 8));
                break;
            case ElementType.F8E4M3:
                for (int i = 0; i < values.Length; i++)
                    values[i] = E4M3(bytes[i]);
                break;
            case ElementType.F8E8M0:
                for (int i = 0; i < values.Length; i++)
                    values[i] = bytes[i] == 255 ? double.NaN : ScaleB(1.0, bytes[i] - 127);
                break;
            case ElementType.U8: Convert<byte>(bytes, values); break;
            case ElementType.I8: Convert<sbyte>(bytes, values); break;
            case ElementType.U16: Convert<ushort>(bytes, values); break;
            case ElementType.I16: Convert<short>(bytes, values); break;
            case ElementType.F16: Convert<Half>(bytes, values); break;
            case ElementType.U32: Convert<uint>(bytes, values); break;
            case ElementType.I32: Convert<int>(bytes, values); break;
            case ElementType.F32: Convert<float>(bytes, values); break;
            case ElementType.U64: Convert<ulong>(bytes, values); break;
            case ElementType.I64: Convert<long>(bytes, values); break;
            case ElementType.F64: Convert<double>(bytes, values); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "The element type must be a readable one.");
        }
    }

    private static void Convert<T>(ReadOnlySpan<byte> bytes, Span<double> values)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> stored = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < values.Length; i++)
            values[i] = double.CreateTruncating(stored[i]);
    }

    /// <summary>OCP 8-bit floating point, E4M3: bias 7, subnormals, no infinity, NaN where all lower bits are set.</summary>
    private static double E4M3(byte bits)
    {
        int exponent = (bits >> 3) & 0xF;
        int mantissa = bits & 0x7;
        double magnitude = (exponent, mantissa) switch
        {
            (0xF, 0x7) => double.NaN,
            (0, _) => ScaleB(mantissa, -9),
            _ => ScaleB(8 + mantissa, exponent - 10),
        };
        return (bits & 0x80) != 0 ? -magnitude : magnitude;
    }
}
