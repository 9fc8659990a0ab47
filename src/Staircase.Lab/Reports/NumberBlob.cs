using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Staircase.Lab;

/// <summary>
/// The arrays of a report one after the other. As base64 of gzip of their bytes, plane by plane: first the lowest byte of every number,
/// at last the highest. Signs, exponents and leading digits of neighbours are alike, so that together they compress.
/// </summary>
internal sealed class NumberBlob
{
    private readonly List<double> _numbers = [];
    private readonly Dictionary<double[], int> _offsets = new(ReferenceEqualityComparer.Instance);

    /// <summary>The numbers themselves, for a page that shares this program's memory.</summary>
    public double[] Numbers => [.. _numbers];

    /// <summary>Where an array begins. One that is added twice is stored once.</summary>
    public int Add(double[] array)
    {
        if (!_offsets.TryGetValue(array, out int offset))
        {
            offset = _numbers.Count;
            _offsets.Add(array, offset);
            _numbers.AddRange(array);
        }

        return offset;
    }

    /// <summary>The text that the page reads.</summary>
    public string ToBase64()
    {
        ReadOnlySpan<double> numbers = CollectionsMarshal.AsSpan(_numbers);
        byte[] planes = new byte[8 * numbers.Length];
        Span<byte> bytes = stackalloc byte[8];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, numbers[i]);
            for (int plane = 0; plane < 8; plane++)
                planes[plane * numbers.Length + i] = bytes[plane];
        }

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(planes);
        return Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length);
    }
}
