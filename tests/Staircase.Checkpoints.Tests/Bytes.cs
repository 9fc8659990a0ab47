using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Staircase.Checkpoints.Tests;

/// <summary>Files put together by hand, right and wrong.</summary>
internal static class Bytes
{
    public static byte[] Safetensors(string json, int dataBytes, ulong? headerLength = null)
    {
        byte[] text = Encoding.UTF8.GetBytes(json);
        byte[] file = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerLength ?? (ulong)text.Length);
        text.CopyTo(file, 8);
        return file;
    }

    public static byte[] Npy(string header, int dataBytes, byte major = 1, byte minor = 0, uint? headerLength = null)
    {
        byte[] text = Encoding.Latin1.GetBytes(header);
        byte[] prefix = [0x93, .. "NUMPY"u8, major, minor];
        byte[] length = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(length, headerLength ?? (uint)text.Length);
        return [.. prefix, .. length[..(major == 1 ? 2 : 4)], .. text, .. new byte[dataBytes]];
    }

    public static byte[] GoodNpy(int count) => Npy($"{{'descr': '<f8', 'fortran_order': False, 'shape': ({count},), }}\n", count * 8);

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Data)[] members)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] data) in members)
            {
                using Stream member = archive.CreateEntry(name, level).Open();
                member.Write(data);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Overwrites a field of the first entry in the zip's central directory.</summary>
    public static byte[] PatchDirectory(byte[] zip, int field, ReadOnlySpan<byte> value)
    {
        int directory = zip.AsSpan().IndexOf("PK\x01\x02"u8);
        Assert.True(directory >= 0, "the zip must have a central directory");
        byte[] patched = [.. zip];
        value.CopyTo(patched.AsSpan(directory + field));
        return patched;
    }

    public static byte[] UInt32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
