using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Staircase.Checkpoints.Tests;

/// <summary>Pickles and zips made to break readers. None is executed: the names of what they would run are data.</summary>
public sealed class TorchHostileTests
{
    private static readonly byte[] Storage = [0x80, 2, .. "(X\a\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\0"u8, (byte)'0',
        .. "X\u0003\0\0\0cpuK"u8];

    /// <summary>What, the pickle, and a part of the message.</summary>
    public static TheoryData<string, byte[], string> Attacks => new()
    {
        { "empty", [], "the end of the pickle" },
        { "SETITEM on a list", [0x80, 2, (byte)']', (byte)'K', 1, (byte)'K', 2, (byte)'s', (byte)'.'], "a list" },
        { "SETITEM on a number", [0x80, 2, (byte)'K', 0, (byte)'K', 1, (byte)'K', 2, (byte)'s', (byte)'.'], "a number" },
        { "SETITEM on a tensor", [.. Tensor(2, 0, 2, 1), (byte)'K', 1, (byte)'K', 2, (byte)'s', (byte)'.'], "a tensor" },
        { "SETITEM on a string", [0x80, 2, 0x8c, 1, (byte)'a', (byte)'K', 1, (byte)'K', 2, (byte)'s', (byte)'.'], "text" },
        { "APPEND on a dict", [0x80, 2, (byte)'}', (byte)'K', 1, (byte)'a', (byte)'.'], "a dict" },
        { "BUILD on a number", [0x80, 2, (byte)'K', 1, (byte)'}', (byte)'b', (byte)'.'], "a number" },
        { "odd SETITEMS", [0x80, 2, (byte)'}', (byte)'(', (byte)'K', 1, (byte)'u', (byte)'.'], "1 keys and values" },
        { "numel larger than the member", [.. Storage, 99, (byte)'t', (byte)'Q', (byte)'.'], "8 bytes, the size of its member" },
        { "numel smaller than the member", [.. Storage, 1, (byte)'t', (byte)'Q', (byte)'.'], "8 bytes, the size of its member" },
        { "tensor beyond its storage", [.. Tensor(2, 1, 2, 1), (byte)'.'], "within the 2 numbers" },
        { "stride beyond its storage", [.. Tensor(2, 0, 2, 2), (byte)'.'], "within the 2 numbers" },
        { "negative numel", [.. Storage[..^1], (byte)'J', 0xFF, 0xFF, 0xFF, 0xFF, (byte)'t', (byte)'Q', (byte)'.'], "-1 numbers" },
        { "missing member", [.. Replace(Storage, "\u0001\0\0\0" + "0", "\u0001\0\0\0" + "9"), 2, (byte)'t', (byte)'Q', (byte)'.'],
            "does not hold" },
        { "storage of no type of torch's", [.. Replace(Storage, "FloatStorage", "system"), 2, (byte)'t', (byte)'Q', (byte)'.'],
            "torch.system" },
        { "persistent id a number", [0x80, 2, (byte)'K', 1, (byte)'Q', (byte)'.'], "persistent id" },
        { "memo never stored", [0x80, 2, (byte)'h', 7, (byte)'.'], "memo number 7" },
        { "stack empty", [0x80, 2, (byte)'0', (byte)'.'], "an empty stack" },
        { "no mark", [0x80, 2, (byte)'t', (byte)'.'], "no mark" },
        { "below the mark", [0x80, 2, (byte)'K', 1, (byte)'(', (byte)'0', (byte)'.'], "an empty stack" },
        { "marks without end", [0x80, 2, .. Enumerable.Repeat((byte)'(', 2000), (byte)'.'], "open marks" },
        { "text longer than the pickle", [0x80, 2, (byte)'X', 0xFF, 0xFF, 0xFF, 0x7F, (byte)'.'], "a length of 2147483647" },
        { "text of 2^63", [0x80, 4, 0x8d, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, (byte)'.'], "a length of" },
        { "negative length", [0x80, 2, 0x8b, 0xFF, 0xFF, 0xFF, 0xFF, (byte)'.'], "a length of -1" },
        { "protocol 1", [0x80, 1, (byte)'N', (byte)'.'], "protocol 1" },
        { "extension registry", [0x80, 2, 0x82, 1, (byte)'.'], "opcode 0x82" },
        { "persistent id as text", [0x80, 2, (byte)'P', (byte)'a', (byte)'\n', (byte)'.'], "opcode 0x50" },
        { "a million lists", [0x80, 2, (byte)'(', .. Enumerable.Repeat((byte)']', 1_000_000), (byte)'t', (byte)'.'], "twice the file" },
        { "memo of a million", [0x80, 4, (byte)'N', .. Enumerable.Repeat((byte)0x94, 1_000_000), (byte)'.'], "twice the file" },
        { "a tuple doubled and doubled",
            [0x80, 2, (byte)'K', 1, .. Enumerable.Repeat<byte[]>([(byte)'2', 0x86], 2_000_00).SelectMany(b => b), (byte)'.'],
            "twice the file" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_is_refused_with_file_offset_and_reason(string what, byte[] pickle, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.pth", Archive(pickle));
        CheckpointFormatException refusal = Assert.Throws<CheckpointFormatException>(() => Drain.Any(path));
        Assert.True(refusal.Message.Contains(message, StringComparison.Ordinal), $"{what}: {refusal.Message}");
        Assert.Equal(path, refusal.FilePath);
        Assert.True(refusal.Offset > 0, $"{what}: no offset in {refusal.Message}");
    }

    [Theory]
    [InlineData("posix\nsystem")]
    [InlineData("builtins\neval")]
    [InlineData("torch.hub\nload")]
    [InlineData("runpy\n_run_code")]
    public void What_would_run_becomes_a_node_and_the_weights_beside_it_are_read(string callable)
    {
        using var folder = new TemporaryFolder();
        string proof = folder["executed"];
        byte[] attack = [(byte)'c', .. Encoding.UTF8.GetBytes(callable), (byte)'\n', 0x8c, (byte)(6 + proof.Length),
            .. Encoding.UTF8.GetBytes("touch " + proof), 0x85, (byte)'R'];
        byte[] pickle = [0x80, 2, (byte)'}', (byte)'(', 0x8c, 1, (byte)'x', .. attack, 0x8c, 1, (byte)'w', .. Tensor(2, 0, 2, 1)[2..],
            (byte)'u', (byte)'.'];
        using ITensorSource file = CheckpointFile.Open(folder.Write("a.pth", Archive(pickle)));
        Assert.Equal(["w"], file.Tensors.Select(t => t.Name), StringComparer.Ordinal);
        Assert.Equal([1.5, -2], file.ReadDouble("w"));
        Assert.False(File.Exists(proof), "the pickle was executed");
    }

    [Fact]
    public void A_dict_that_holds_itself_is_read_in_finite_time()
    {
        using var folder = new TemporaryFolder();
        byte[] pickle = [0x80, 2, (byte)'}', (byte)'q', 0, 0x8c, 1, (byte)'s', (byte)'h', 0, (byte)'s', 0x8c, 1, (byte)'w',
            .. Tensor(2, 0, 2, 1)[2..], (byte)'s', (byte)'.'];
        using TorchFile file = TorchFile.Open(folder.Write("a.pth", Archive(pickle)));
        Assert.Equal(["w"], file.Tensors.Select(t => t.Name), StringComparer.Ordinal);
    }

    /// <summary>A list names one state dict 200,000 times: each item would have a table of its own.</summary>
    [Fact]
    public void A_state_dict_repeated_without_end_is_refused_before_it_fills_memory()
    {
        using var folder = new TemporaryFolder();
        byte[] tensors = [.. Enumerable.Range(0, 100).SelectMany(i => (byte[])[0x8c, 1, (byte)(' ' + i), (byte)'h', 1])];
        byte[] pickle = [.. Tensor(2, 0, 2, 1), (byte)'q', 1, (byte)'0', (byte)'}', (byte)'(', .. tensors, (byte)'u', (byte)'q', 0,
            (byte)'0', (byte)']', (byte)'(', .. Enumerable.Repeat<byte[]>([(byte)'h', 0], 50_000).SelectMany(b => b), (byte)'e', (byte)'.'];
        string path = folder.Write("a.pth", Archive(pickle));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(
            "twice the file", Assert.Throws<CheckpointFormatException>(() => TorchFile.Open(path)).Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 32 << 20, "the refusal came too late");
    }

    [Fact]
    public void Nesting_without_end_neither_overflows_the_stack_nor_takes_time()
    {
        using var folder = new TemporaryFolder();
        byte[] pickle = [0x80, 2, .. Tensor(2, 0, 2, 1)[2..], .. Enumerable.Repeat((byte)0x85, 40_000), (byte)'.'];
        using TorchFile file = TorchFile.Open(folder.Write("a.pth", Archive(pickle)));
        Assert.Empty(file.Tensors);
    }

    /// <summary>
    /// What, the offset of a field in the directory's first entry (and of the same in the member's header), its value, and a part of the
    /// message.
    /// </summary>
    [Theory]
    [InlineData("encrypted", 8, 1, "encrypted")]
    [InlineData("strong encryption", 8, 0x40, "zip flags 0x0040")]
    [InlineData("masked header", 8, 0x2000, "zip flags 0x2000")]
    [InlineData("deflated", 10, 8, "compression method 8")]
    [InlineData("other size", 24, 9, "stored bytes")]
    [InlineData("other place", 42, 3, "a member's header")]
    [InlineData("longer name", 28, 60000, "the rest of the directory")]
    public void A_forged_directory_is_refused(string what, int field, int value, string message)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        string path = folder.Write("a.pth", Bytes.PatchDirectory(Archive([.. Tensor(2, 0, 2, 1), (byte)'.']), field, bytes));
        CheckpointFormatException refusal = Assert.Throws<CheckpointFormatException>(() => TorchFile.Open(path));
        Assert.True(refusal.Message.Contains(message, StringComparison.Ordinal), $"{what}: {refusal.Message}");
    }

    [Fact]
    public void Two_pickles_two_members_of_a_name_and_every_truncation_are_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] pickle = [.. Tensor(2, 0, 2, 1), (byte)'.'];
        Refused(Bytes.Zip(CompressionLevel.NoCompression, ("a/data.pkl", pickle), ("b/data.pkl", pickle)), "2 members named data.pkl");
        Refused(Bytes.Zip(CompressionLevel.NoCompression, ("a/data.pkl", pickle), ("a/data.pkl", pickle)), "a second time");
        Refused(Bytes.Zip(CompressionLevel.NoCompression, ("a/data.pkl", pickle), ("../x", [1])), "climbs out");
        Refused(Bytes.Zip(CompressionLevel.NoCompression, ("a/data.pkl", pickle), ("a/byteorder", "middle"u8.ToArray())), "byte order");
        byte[] good = Archive(pickle);
        for (int length = 0; length < good.Length; length++)
            Refused(good[..length], "found");

        void Refused(byte[] file, string message) =>
            Assert.Contains(
                message, Assert.Throws<CheckpointFormatException>(() => Drain.Any(folder.Write("a.pth", file))).Message,
                StringComparison.Ordinal);
    }

    internal static byte[] Archive(byte[] pickle)
    {
        byte[] numbers = [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)];
        return Bytes.Zip(CompressionLevel.NoCompression, ("a/data.pkl", pickle), ("a/data/0", numbers), ("a/version", "3\n"u8.ToArray()));
    }

    /// <summary>_rebuild_tensor_v2(storage '0' of numel floats, offset, (size,), (stride,), False, None).</summary>
    internal static byte[] Tensor(byte numel, byte offset, byte size, byte stride) =>
    [
        0x80, 2, .. "ctorch._utils\n_rebuild_tensor_v2\n("u8, .. Storage[2..], numel, (byte)'t', (byte)'Q', (byte)'K', offset, (byte)'K',
            size, 0x85, (byte)'K', stride, 0x85, 0x89, (byte)'N', (byte)'t', (byte)'R',
    ];

    private static byte[] Replace(byte[] bytes, string old, string replacement) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace(old, replacement, StringComparison.Ordinal));
}
