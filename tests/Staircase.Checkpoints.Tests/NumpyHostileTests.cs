using System.IO.Compression;

namespace Staircase.Checkpoints.Tests;

public sealed class NumpyHostileTests
{
    private static readonly string ManyAxes = string.Join(",", Enumerable.Repeat("1", 65));

    /// <summary>An npy header that must be refused, the bytes of data behind it, and a part of the message.</summary>
    public static TheoryData<string, int, string> BadHeaders => new()
    {
        { "", 0, "'{'" },
        { "{", 0, "a quoted string" },
        { "[]", 0, "'{'" },
        { "{}", 0, "lacks a key" },
        { "{,}", 0, "a quoted string" },
        { "{'descr': '<f8', 'fortran_order': False, }", 0, "lacks a key" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}", 8, "'more'" },
        { "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", 8, "a second time" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}", 8, "a second time" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x", 8, "only spaces" },
        { "{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}", 8, "'}'" },
        { "{'descr': <f8, 'fortran_order': False, 'shape': (1,)}", 8, "a quoted string" },
        { "{'descr': '<f8, 'fortran_order': False, 'shape': (1,)}", 8, "'}'" },
        { "{'descr': '<f\\x38', 'fortran_order': False, 'shape': (1,)}", 8, "without escapes" },
        { "{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,)}", 8, "structured" },
        { "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", 8, "True or False" },
        { "{'descr': '<f8', 'fortran_order': false, 'shape': (1,)}", 8, "True or False" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1)}", 8, "a tuple" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': [1]}", 8, "'('" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': 1}", 8, "'('" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1", 8, "',' or ')'" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1 1)}", 8, "',' or ')'" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (,)}", 8, "an integer" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", 8, "an integer" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1.0,)}", 8, "',' or ')'" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (__import__('os').getpid(),)}", 8, "an integer" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775808,)}", 8, "an integer" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 8, "a product below" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)}", 8, "bytes below" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000,)}", 8, "expected 8000000000" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", 8, "found 8 bytes of data, expected 16" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", 9, "found 9 bytes of data, expected 8" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': ()}", 0, "expected 8" },
        { "{'descr': '|f8', 'fortran_order': False, 'shape': (1,)}", 8, "'|f8'" },
        { "{'descr': 'f8', 'fortran_order': False, 'shape': (1,)}", 8, "'f8'" },
        { "{'descr': '', 'fortran_order': False, 'shape': (1,)}", 8, "''" },
        { "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8, "pickles" },
        { $"{{'descr': '<f8', 'fortran_order': False, 'shape': ({ManyAxes})}}", 8, "at most 64" },
    };

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void Refuses_a_bad_header(string header, int dataBytes, string mentioned)
    {
        using var folder = new TemporaryFolder();
        byte[] npy = Bytes.Npy(header, dataBytes);
        string path = folder.Write("bad.npy", npy);
        var exception = Assert.Throws<CheckpointFormatException>(() => NpyReader.Read(path));
        Assert.Contains(mentioned, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);

        using NpzFile inZip = NpzFile.Open(folder.Write("bad.npz", Bytes.Zip(CompressionLevel.Fastest, ("a.npy", npy))));
        Assert.Contains(mentioned, Assert.Throws<CheckpointFormatException>(() => inZip.Read("a")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 0)]
    [InlineData(1, 1)]
    public void Refuses_an_unknown_version(byte major, byte minor)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("bad.npy", Bytes.Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0,)}", 0, major, minor));
        Assert.Contains(
            $"version {major}.{minor}", Assert.Throws<CheckpointFormatException>(() => NpyReader.Read(path)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 60_000u)]
    [InlineData(2, 0x7FFF_FFFFu)]
    [InlineData(3, uint.MaxValue)]
    public void Refuses_a_header_length_beyond_the_file(byte major, uint length)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("bad.npy", Bytes.Npy("{}", 0, major, headerLength: length));
        Assert.Equal(8, Assert.Throws<CheckpointFormatException>(() => NpyReader.Read(path)).Offset);
    }

    [Theory]
    [InlineData("{\"descr\":\"<f8\",\"shape\":(2L,),\"fortran_order\":True}")]
    [InlineData("{'descr': '=f8', 'fortran_order': False, 'shape': (2,), }          \n")]
    [InlineData("{'shape':(1,2),'descr':'>f8','fortran_order':True}")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (4,4)}")]
    [InlineData("{'descr': '|b1', 'fortran_order': False, 'shape': (16,)}")]
    public void Accepts_what_is_merely_odd(string header)
    {
        using var folder = new TemporaryFolder();
        Drain.Npy(folder.Write("odd.npy", Bytes.Npy(header, 16)));
    }

    [Theory]
    [InlineData("plain.npy")]
    [InlineData("stored.npz")]
    [InlineData("deflated.npz")]
    public void Every_prefix_of_a_good_file_is_refused(string fixture)
    {
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(Fixture.PathOf(fixture));
        Action<string> drain = fixture.EndsWith(".npy", StringComparison.Ordinal) ? Drain.Npy : Drain.Npz;
        for (int length = 0; length < good.Length; length++)
        {
            string path = folder.Write("prefix", good[..length]);
            Assert.Throws<CheckpointFormatException>(() => drain(path));
        }
    }

    public static TheoryData<string, byte[], string> BadArchives => new()
    {
        { "not a zip", "this is no archive at all, only text"u8.ToArray(), "zip" },
        { "npy with the wrong magic", Bytes.Zip(CompressionLevel.Fastest, ("a.npy", new byte[200])), "NUMPY" },
        { "empty member", Bytes.Zip(CompressionLevel.Fastest, ("a.npy", [])), "0 bytes" },
        { "duplicate names", Bytes.Zip(CompressionLevel.Fastest, ("a.npy", Bytes.GoodNpy(1)), ("a.npy", Bytes.GoodNpy(2))),
            "a second time" },
        { "absolute name", Bytes.Zip(CompressionLevel.Fastest, ("/etc/a.npy", Bytes.GoodNpy(1))), "absolute" },
        { "drive letter", Bytes.Zip(CompressionLevel.Fastest, ("C:\\a.npy", Bytes.GoodNpy(1))), "absolute" },
        { "climbing name", Bytes.Zip(CompressionLevel.Fastest, ("x/../../a.npy", Bytes.GoodNpy(1))), "'..'" },
        { "control character", Bytes.Zip(CompressionLevel.Fastest, ("a\0.npy", Bytes.GoodNpy(1))), "control" },
        { "encrypted flag", Bytes.PatchDirectory(GoodZip(), 8, [1, 0]), "encrypted" },
        { "unknown method", Bytes.PatchDirectory(GoodZip(), 10, [99, 0]), "zip" },
        { "wrong checksum", Bytes.PatchDirectory(GoodZip(), 16, Bytes.UInt32(12345)), "checksum" },
        { "compressed size beyond the file", Bytes.PatchDirectory(GoodZip(), 20, Bytes.UInt32(0x7FFF_FFFF)), "at most" },
        { "declares less than it holds", Bytes.PatchDirectory(GoodZip(), 24, Bytes.UInt32(8000)), "bytes of data" },
        { "declares more than it holds", Bytes.PatchDirectory(GoodZip(), 24, Bytes.UInt32(9000)), "bytes of data" },
        { "declares 4 GB", Bytes.PatchDirectory(GoodZip(), 24, Bytes.UInt32(0xFFFF_FF00)), "expansion" },
    };

    private static byte[] GoodZip() => Bytes.Zip(CompressionLevel.Optimal, ("a.npy", Bytes.GoodNpy(1024)));

    [Theory]
    [MemberData(nameof(BadArchives))]
    public void Refuses_a_bad_archive(string what, byte[] archive, string mentioned)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("bad.npz", archive);
        var exception = Assert.Throws<CheckpointFormatException>(() => Drain.Npz(path));
        Assert.True(
            exception.Message.Contains(mentioned, StringComparison.Ordinal), $"{what}: '{mentioned}' is not in: {exception.Message}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Refuses_a_member_whose_real_length_differs_from_the_declared(bool longer)
    {
        // The header agrees with the directory; only the compressed data do not.
        using var folder = new TemporaryFolder();
        byte[] header = Bytes.GoodNpy(1024);
        byte[] content = longer ? [.. header, .. new byte[64]] : header[..^64];
        byte[] zip = Bytes.PatchDirectory(Bytes.Zip(CompressionLevel.Optimal, ("a.npy", content)), 24, Bytes.UInt32((uint)header.Length));
        string path = folder.Write("bad.npz", zip);
        Assert.Throws<CheckpointFormatException>(() => Drain.Npz(path));
    }

    [Fact]
    public void Refuses_to_expand_beyond_the_callers_limit_but_reads_a_stored_member_of_any_size()
    {
        using var folder = new TemporaryFolder();
        string compressed = folder.Write("bomb.npz", GoodZip());
        string stored = folder.Write("stored.npz", Bytes.Zip(CompressionLevel.NoCompression, ("a.npy", Bytes.GoodNpy(1024))));
        var exception = Assert.Throws<CheckpointFormatException>(() => NpzFile.Open(compressed, maximumExpandedBytes: 1000));
        Assert.Contains("at most 1000", exception.Message, StringComparison.Ordinal);
        using NpzFile file = NpzFile.Open(stored, maximumExpandedBytes: 1000);
        Assert.Equal(1024, file.Read("a").Values.Length);
    }

    [Fact]
    public void Reads_what_deflate_compresses_best()
    {
        // A megabyte of zeros shrinks nearly 1000 times; the limit on expansion must let an honest archive through.
        using var folder = new TemporaryFolder();
        byte[] zip = Bytes.Zip(CompressionLevel.SmallestSize, ("a.npy", Bytes.GoodNpy(131_072)));
        Assert.True(zip.Length < 2000, $"{zip.Length} bytes: not the case this test is for");
        using NpzFile file = NpzFile.Open(folder.Write("zeros.npz", zip));
        Assert.Equal(131_072, file.Read("a").Values.Length);
    }

    [Fact]
    public void An_array_of_objects_is_listed_and_does_not_fail_its_neighbours()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("mixed.npz", Bytes.Zip(
            CompressionLevel.Optimal, ("objects.npy", File.ReadAllBytes(Fixture.PathOf("objects.npy"))), ("good.npy", Bytes.GoodNpy(3))));
        using NpzFile file = NpzFile.Open(path);
        Assert.True(file.TryGetInfo("objects", out TensorInfo? info));
        Assert.Equal((ElementType.Unknown, "|O"), (info.ElementType, info.TypeName));
        Assert.Contains("pickles", Assert.Throws<CheckpointFormatException>(() => file.Read("objects")).Message, StringComparison.Ordinal);
        Assert.Equal(new double[3], file.Read("good").Values);
    }

    [Fact]
    public void Refuses_members_that_share_their_data()
    {
        // Two directory entries over one body: the way to a bomb without nesting.
        using var folder = new TemporaryFolder();
        byte[] zip = Bytes.Zip(CompressionLevel.NoCompression, ("a.npy", Bytes.GoodNpy(1024)));
        int directory = zip.AsSpan().IndexOf("PK\x01\x02"u8);
        int end = zip.AsSpan().IndexOf("PK\x05\x06"u8);
        byte[] second = zip[directory..end];
        second[46] = (byte)'b';
        byte[] tail = zip[end..];
        tail[8] = tail[10] = 2;
        Bytes.UInt32((uint)(2 * second.Length)).CopyTo(tail, 12);
        string path = folder.Write("bad.npz", [.. zip[..end], .. second, .. tail]);
        Assert.Contains("together", Assert.Throws<CheckpointFormatException>(() => NpzFile.Open(path)).Message, StringComparison.Ordinal);
    }
}
