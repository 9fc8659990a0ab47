using System.Buffers.Binary;
using System.IO.Compression;

namespace Staircase.Checkpoints.Tests;

/// <summary>Zip64 records, whose 64-bit sizes and offsets can be forged to anything.</summary>
public sealed class NpzZip64Tests
{
    private const int ExtraBytes = 28, EndBytes = 56, LocatorBytes = 20;

    [Fact]
    public void Reads_a_zip64_archive()
    {
        using var folder = new TemporaryFolder();
        using NpzFile file = NpzFile.Open(folder.Write("good.npz", Zip64().Archive));
        Assert.Equal(new double[100], file.Read("a").Values);
    }

    [Fact]
    public void Forged_sizes_and_offsets_are_refused()
    {
        using var folder = new TemporaryFolder();
        (byte[] good, int[] fields) = Zip64();
        var accepted = new List<(int Field, long Value)>();
        foreach (int field in fields)
        {
            foreach (long value in (long[])[-1, -2, -1000, long.MinValue, long.MaxValue, long.MaxValue - 100, 1L << 32, (1L << 31) - 1,
                    good.Length, good.Length - 1, 3])
            {
                byte[] forged = [.. good];
                BinaryPrimitives.WriteInt64LittleEndian(forged.AsSpan(field), value);
                string path = folder.Write("forged.npz", forged);
                Exception? exception = Record.Exception(() => Drain.Npz(path));
                Assert.True(exception is null or CheckpointFormatException, $"field at {field} = {value}: {exception}");
                if (exception is null)
                    accepted.Add((field, value));
            }
        }

        // Nothing is allocated by the length of the end record nor by that of the directory, which ZipArchive ignores;
        // every other forgery must be refused.
        int end = good.AsSpan().IndexOf("PK\x06\x06"u8);
        accepted.RemoveAll(forgery => forgery.Field == end + 4 || forgery.Field == end + 40);
        Assert.True(accepted.Count == 0, $"accepted: {string.Join(", ", accepted)}");
    }

    /// <summary>A one-member archive whose sizes and offsets all stand in zip64 fields, and where those 8-byte fields are.</summary>
    private static (byte[] Archive, int[] Fields) Zip64()
    {
        byte[] zip = Bytes.Zip(CompressionLevel.NoCompression, ("a.npy", Bytes.GoodNpy(100)));
        int directory = zip.AsSpan().IndexOf("PK\x01\x02"u8);
        int end = zip.AsSpan().IndexOf("PK\x05\x06"u8);
        byte[] entry = zip[directory..end];
        long compressed = BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(20));
        long length = BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(24));
        entry.AsSpan(20, 8).Fill(0xFF);
        entry.AsSpan(42, 4).Fill(0xFF);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(30), ExtraBytes);
        byte[] extra = [1, 0, ExtraBytes - 4, 0, .. Int64(length), .. Int64(compressed), .. Int64(0)];
        long directoryBytes = entry.Length + ExtraBytes;
        byte[] end64 =
        [
            .. "PK\x06\x06"u8, .. Int64(EndBytes - 12), 45, 0, 45, 0, .. new byte[8],
            .. Int64(1), .. Int64(1), .. Int64(directoryBytes), .. Int64(directory),
        ];
        byte[] locator = [.. "PK\x06\x07"u8, .. new byte[4], .. Int64(directory + directoryBytes), 1, 0, 0, 0];
        byte[] end32 = zip[end..];
        end32.AsSpan(8, 12).Fill(0xFF);
        Assert.Equal((EndBytes, LocatorBytes), (end64.Length, locator.Length));

        int extraAt = directory + entry.Length, endAt = extraAt + ExtraBytes, locatorAt = endAt + EndBytes;
        return (
            [.. zip[..directory], .. entry, .. extra, .. end64, .. locator, .. end32],
            [extraAt + 4, extraAt + 12, extraAt + 20, endAt + 4, endAt + 24, endAt + 32, endAt + 40, endAt + 48, locatorAt + 8]);
    }

    private static byte[] Int64(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
