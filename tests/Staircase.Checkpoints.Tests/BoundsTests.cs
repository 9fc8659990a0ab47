using System.Buffers.Binary;
using System.IO.Compression;

namespace Staircase.Checkpoints.Tests;

/// <summary>Files that would take far more memory than they have bytes.</summary>
public sealed class BoundsTests
{
    /// <summary>Buffers, names and messages.</summary>
    private const long Small = 2 << 20;

    [Fact]
    public void A_header_of_nothing_but_names_is_refused()
    {
        using var folder = new TemporaryFolder();
        IEnumerable<string> tensors =
            Enumerable.Range(0, 50_000).Select(i => $"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        string json = $"{{{string.Join(',', tensors)}}}";
        string path = folder.Write("a.safetensors", Bytes.Safetensors(json, 0));
        CheckpointFormatException refusal = Refused(() => SafetensorsFile.Open(path).Dispose(), 4 * json.Length + (8 << 20));
        Assert.Contains("twice the file", refusal.Message, StringComparison.Ordinal);
        Assert.True(refusal.Offset > 0);
    }

    [Fact]
    public void A_members_header_with_a_longer_name_than_the_directorys_is_refused_before_the_name_is_read()
    {
        using var folder = new TemporaryFolder();
        byte[] archive = TorchHostileTests.Archive([.. TorchHostileTests.Tensor(2, 0, 2, 1), (byte)'.']);
        BinaryPrimitives.WriteUInt16LittleEndian(archive.AsSpan(26), 60_000);
        Assert.Contains(
            "a name of 60000 bytes", Refused(() => TorchFile.Open(folder.Write("a.pth", archive)).Dispose(), Small).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_numbers_at_the_ends_of_a_large_storage_cost_two_numbers()
    {
        const int Count = 4_000_000;
        using var folder = new TemporaryFolder();
        var numbers = new byte[4 * Count];
        BitConverter.GetBytes(1.5f).CopyTo(numbers, 0);
        BitConverter.GetBytes(-2f).CopyTo(numbers, numbers.Length - 4);
        byte[] pickle =
        [
            0x80, 2, .. "ctorch._utils\n_rebuild_tensor_v2\n((X\a\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\0"u8, (byte)'0',
                .. "X\u0003\0\0\0cpuJ"u8, .. BitConverter.GetBytes(Count), (byte)'t', (byte)'Q',
            (byte)'K', 0, (byte)'K', 2, 0x85, (byte)'J', .. BitConverter.GetBytes(Count - 1), 0x85, 0x89, (byte)'N', (byte)'t', (byte)'R',
            (byte)'.',
        ];
        using TorchFile file = TorchFile.Open(
            folder.Write("a.pth", Bytes.Zip(CompressionLevel.NoCompression, ("a/data.pkl", pickle), ("a/data/0", numbers))));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal([1.5, -2], file.ReadDouble("tensor"));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Small, "the whole storage was read");
    }

    [Fact]
    public void A_deflated_member_that_claims_more_than_it_holds_is_found_out_before_it_has_its_array()
    {
        const int Claimed = 4_000_000, Held = 40_000;
        using var folder = new TemporaryFolder();
        var noise = new byte[Held];
        new Random(1).NextBytes(noise);
        byte[] header = Bytes.Npy($"{{'descr': '<f8', 'fortran_order': False, 'shape': ({Claimed},), }}\n", 0);
        byte[] zip = Bytes.Zip(CompressionLevel.Optimal, ("a.npy", [.. header, .. noise]));
        byte[] length = Bytes.UInt32((uint)(header.Length + 8 * Claimed));
        zip = Bytes.PatchDirectory(zip, 24, length);
        string path = folder.Write("a.npz", zip);
        Refused(() => Drain.Npz(path), Small);
    }

    private static CheckpointFormatException Refused(Action read, long mostAllocated)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        CheckpointFormatException refusal = Assert.Throws<CheckpointFormatException>(read);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < mostAllocated, $"{allocated} bytes allocated for: {refusal.Message}");
        return refusal;
    }
}
