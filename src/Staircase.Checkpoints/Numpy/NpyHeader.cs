using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Staircase.Checkpoints;

/// <summary>The checked header of one npy array, and the reading of the data behind it.</summary>
/// <remarks>
/// <c>\x93NUMPY</c>, two version bytes, the header length (u16 in version 1, u32 in 2 and 3), a Python dict as text
/// (Latin-1, in version 3 UTF-8), then the data, which must end where the file or zip member ends.
/// </remarks>
internal sealed record NpyHeader(
    ElementType ElementType, string TypeName, bool BigEndian, bool FortranOrder, ImmutableArray<long> Shape,
    long DataOffset, long DataLength)
{
    private const int MostHeaderBytes = 1 << 20; // far above numpy's own default limit of 10,000; a header of numbers takes about 100 bytes

    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads the header from a source of <paramref name="totalLength"/> bytes.</summary>
    public static NpyHeader Read(FillBuffer fill, long totalLength, ErrorContext context)
    {
        Span<byte> prefix = stackalloc byte[12];
        if (totalLength < 10)
            throw context.Fail(0, $"{totalLength} bytes", "at least 10, the beginning of an npy header");
        fill(prefix[..8]);
        if (!prefix[..6].SequenceEqual(Magic))
            throw context.Fail(0, $"bytes {Convert.ToHexString(prefix[..6])}", $"{Convert.ToHexString(Magic)} (\\x93NUMPY)");
        int major = prefix[6], minor = prefix[7];
        if (major is < 1 or > 3 || minor != 0)
            throw context.Fail(6, $"version {major}.{minor}", "1.0, 2.0 or 3.0");

        int lengthBytes = major == 1 ? 2 : 4;
        int textOffset = 8 + lengthBytes;
        if (totalLength < textOffset)
            throw context.Fail(8, $"{totalLength} bytes", $"at least {textOffset}");
        fill(prefix.Slice(8, lengthBytes));
        uint textLength = major == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        long mostTextBytes = Min(MostHeaderBytes, totalLength - textOffset);
        if (textLength > mostTextBytes)
            throw context.Fail(8, $"a header length of {textLength}", $"at most {mostTextBytes}");
        byte[] text = new byte[textLength];
        fill(text);
        return Interpret(Decode(text, major, textOffset, context), textOffset, textOffset + textLength, totalLength, context);
    }

    /// <summary>Reads the data that follow the header, in C order.</summary>
    public double[] ReadValues(FillBuffer fill, ErrorContext context)
    {
        RequireReadable(context);
        long count = TensorShape.ElementCount(Shape.AsSpan())!.Value;
        double[] values = ElementDecoder.Read(ElementType, BigEndian, count, fill, context);
        return FortranOrder ? ToCOrder(values, Shape.AsSpan()) : values;
    }

    /// <summary>Shows the data in the order in which they are stored.</summary>
    public void Visit(FillBuffer fill, ErrorContext context, TensorVisitor visit)
    {
        RequireReadable(context);
        ElementDecoder.Visit(ElementType, BigEndian, TensorShape.ElementCount(Shape.AsSpan())!.Value, fill, visit);
    }

    public TensorInfo ToInfo(string name) => new(name, ElementType, TypeName, Shape, DataOffset, DataLength);

    /// <summary>A version 1.0 header, spelled as numpy spells it and padded so that the data begin at a multiple of 64.</summary>
    public static byte[] Format(ElementType type, ReadOnlySpan<long> shape)
    {
        string tuple = shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape.ToArray())})";
        string text = $"{{'descr': '<{type.NumpyName()}', 'fortran_order': False, 'shape': {tuple}, }}";
        int total = (10 + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        byte[] header = new byte[total];
        header.AsSpan().Fill((byte)' ');
        Magic.CopyTo(header);
        header[6] = 1;
        header[7] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), checked((ushort)(total - 10)));
        Encoding.ASCII.GetBytes(text, header.AsSpan(10));
        header[^1] = (byte)'\n';
        return header;
    }

    private void RequireReadable(ErrorContext context)
    {
        if (!ElementType.IsReadable())
        {
            string why = TypeName.Contains('O') ? " (objects are pickles, which run code and are refused)" : "";
            throw context.Fail(null, $"type {DisplayText.Quote(TypeName)}{why}", "f2, f4, f8, i1 to i8, u1 to u8 or b1");
        }
    }

    private static string Decode(byte[] text, int major, int textOffset, ErrorContext context)
    {
        try
        {
            return (major == 3 ? WellFormedText.StrictUtf8 : Encoding.Latin1).GetString(text);
        }
        catch (DecoderFallbackException exception)
        {
            throw context.Fail(textOffset, "a header that is not UTF-8", "UTF-8 in version 3.0", exception);
        }
    }

    private static NpyHeader Interpret(string text, int textOffset, long dataOffset, long totalLength, ErrorContext context)
    {
        NpyHeaderFields fields = new NpyHeaderParser(text, textOffset, context).Parse();
        long count = TensorShape.ElementCount(fields.Shape.AsSpan())
            ?? throw context.Fail(textOffset, $"shape {TensorShape.Format(fields.Shape.AsSpan())}", "a product below 2⁶³");
        (ElementType type, bool bigEndian) = ParseType(fields.TypeName);
        long dataLength = totalLength - dataOffset;
        if (type != ElementType.Unknown)
        {
            string described = $"{fields.TypeName} of shape {TensorShape.Format(fields.Shape.AsSpan())}";
            long bytes = TensorShape.ByteCount(count, type)
                ?? throw context.Fail(textOffset, described, "a number of bytes below 2⁶³");
            if (bytes != dataLength)
                throw context.Fail(dataOffset, $"{dataLength} bytes of data", $"{bytes} for {described}");
        }

        return new NpyHeader(type, fields.TypeName, bigEndian, fields.FortranOrder, fields.Shape, dataOffset, dataLength);
    }

    /// <summary>
    /// Byte order and type of a numpy type string; unknown if it is not a plain number. <c>|</c> (no order) is accepted for
    /// single bytes only: for wider types numpy would read the writer's byte order, which the file does not tell.
    /// </summary>
    private static (ElementType Type, bool BigEndian) ParseType(string name)
    {
        if (name.Length < 2 || name[0] is not ('<' or '>' or '|' or '='))
            return (ElementType.Unknown, false);
        ElementType type = name[1..] == "?" ? ElementType.Bool : ElementTypes.FromNumpyName(name[1..]);
        if (name[0] == '|' && type.BitSize() > 8)
            type = ElementType.Unknown;
        return (type, name[0] == '>' || (name[0] == '=' && !BitConverter.IsLittleEndian));
    }

    /// <summary>Copies values stored first axis fastest into last axis fastest.</summary>
    private static double[] ToCOrder(double[] stored, ReadOnlySpan<long> shape)
    {
        if (shape.Length < 2 || stored.Length == 0)
            return stored;
        Span<long> strides = stackalloc long[shape.Length];   // of the result, per axis
        Span<long> index = stackalloc long[shape.Length];
        index.Clear();
        strides[^1] = 1;
        for (int axis = shape.Length - 2; axis >= 0; axis--)
            strides[axis] = strides[axis + 1] * shape[axis + 1];

        var values = new double[stored.Length];
        long position = 0;
        foreach (double value in stored)
        {
            values[position] = value;
            for (int axis = 0; axis < shape.Length; axis++)
            {
                position += strides[axis];
                if (++index[axis] < shape[axis])
                    break;
                position -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return values;
    }
}
