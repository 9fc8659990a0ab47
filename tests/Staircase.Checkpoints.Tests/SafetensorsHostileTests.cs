namespace Staircase.Checkpoints.Tests;

public sealed class SafetensorsHostileTests
{
    private const string A8 = """{"dtype":"U8","shape":[8],"data_offsets":[0,8]}""";

    private static readonly string Deep = string.Concat(Enumerable.Repeat("[", 5000));
    private static readonly string ManyAxes = string.Join(",", Enumerable.Repeat("1", 65));

    /// <summary>What is wrong, the header, the bytes of data, and a part of the message.</summary>
    public static TheoryData<string, string, int, string> BadHeaders => new()
    {
        { "not an object", "[]      ", 0, "beginning with '{'" },
        { "space before", " {}", 0, "beginning with '{'" },
        { "empty", "", 0, "an empty header" },
        { "not JSON", "{\"a\"", 0, "does not parse" },
        { "text after", "{} x", 0, "does not parse" },
        { "comment", "{/* */}", 0, "does not parse" },
        { "trailing comma", $$"""{"a":{{A8}},}""", 8, "does not parse" },
        { "unpaired surrogate", $$"""{"\ud800":{{A8}}}""", 8, "does not parse" },
        { "nested too deeply", $$"""{"a":{"x":{{Deep}}""", 0, "does not parse" },
        { "entry not an object", """{"a":3}""", 0, "expected an object" },
        { "no dtype", """{"a":{"shape":[8],"data_offsets":[0,8]}}""", 8, "dtype, shape and data_offsets" },
        { "no shape", """{"a":{"dtype":"U8","data_offsets":[0,8]}}""", 8, "dtype, shape and data_offsets" },
        { "no offsets", """{"a":{"dtype":"U8","shape":[8]}}""", 8, "dtype, shape and data_offsets" },
        { "dtype a number", """{"a":{"dtype":1,"shape":[8],"data_offsets":[0,8]}}""", 8, "a string as dtype" },
        { "negative axis", """{"a":{"dtype":"U8","shape":[-8],"data_offsets":[0,8]}}""", 8, "-8 in shape" },
        { "fractional axis", """{"a":{"dtype":"U8","shape":[8.0],"data_offsets":[0,8]}}""", 8, "8.0 in shape" },
        { "axis beyond 64 bits", """{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,8]}}""", 8,
            "18446744073709551616 in shape" },
        { "shape product overflows", """{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8,
            "a product below" },
        { "product wraps to zero", """{"a":{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "a product below" },
        { "bytes overflow", """{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,8]}}""", 8, "number of bytes" },
        { "too many axes", $$$"""{"a":{"dtype":"U8","shape":[{{{ManyAxes}}}],"data_offsets":[0,1]}}""", 1, "at most 64" },
        { "half a byte", """{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", 2, "number of bytes" },
        { "data too short for shape", """{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}""", 8,
            "found 8 bytes of data, expected 16" },
        { "scalar with two values", """{"a":{"dtype":"F64","shape":[],"data_offsets":[0,16]}}""", 16, "expected 8" },
        { "one offset", """{"a":{"dtype":"U8","shape":[8],"data_offsets":[8]}}""", 8, "[begin, end]" },
        { "three offsets", """{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8,8]}}""", 8, "at most 2" },
        { "reversed offsets", """{"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}}""", 8, "begin ≤ end" },
        { "past the end", """{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}""", 8, "at most 8" },
        { "first not at 0", """{"a":{"dtype":"U8","shape":[7],"data_offsets":[1,8]}}""", 8, "a gap" },
        { "gap", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}}""", 8,
            "a gap" },
        { "overlap", """{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8,
            "an overlap" },
        { "same data twice", $$"""{"a":{{A8}},"b":{{A8}}}""", 8, "an overlap" },
        { "bytes of no tensor", $$"""{"a":{{A8}}}""", 9, "1 bytes that belong to no tensor" },
        { "data without tensors", "{}", 1, "1 bytes that belong to no tensor" },
        { "name twice", $$"""{"a":{{A8}},"a":{{A8}}}""", 8, "a second time" },
        { "name twice, once escaped", $$"""{"a":{{A8}},"\u0061":{{A8}}}""", 8, "a second time" },
        { "key twice in an entry", """{"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", 8, "a second time" },
        { "metadata twice", """{"__metadata__":{},"__metadata__":{}}""", 0, "a second __metadata__" },
        { "metadata key twice", """{"__metadata__":{"k":"v","k":"w"}}""", 0, "a second time" },
        { "metadata not strings", """{"__metadata__":{"k":1}}""", 0, "a string as metadata" },
        { "metadata not an object", """{"__metadata__":null}""", 0, "an object as __metadata__" },
    };

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void Refuses_a_bad_header(string what, string json, int dataBytes, string mentioned)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("bad.safetensors", Bytes.Safetensors(json, dataBytes));
        var exception = Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path));
        Assert.True(
            exception.Message.Contains(mentioned, StringComparison.Ordinal), $"{what}: '{mentioned}' is not in: {exception.Message}");
        Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
        Assert.NotNull(exception.Offset);
    }

    [Theory]
    [InlineData(3UL)]
    [InlineData(100_000_001UL)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(ulong.MaxValue)]
    public void Refuses_a_header_length_beyond_the_file_before_allocating(ulong length)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("bad.safetensors", Bytes.Safetensors("{}", 0, length));
        long before = GC.GetAllocatedBytesForCurrentThread();
        var exception = Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, exception.Offset);
        Assert.True(allocated < 1 << 20, $"{allocated} bytes were allocated for a file of 10");
    }

    [Fact]
    public void Refuses_a_header_above_the_limit_that_the_file_does_hold()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("large.safetensors", Bytes.Safetensors("{}", 0, 100_000_001));
        using (FileStream sparse = File.OpenWrite(path))
            sparse.SetLength(100_000_009);
        var exception = Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path));
        Assert.Contains("at most 100000000", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_prefix_of_a_good_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(Fixture.PathOf("dtypes.safetensors"));
        for (int length = 0; length < good.Length; length++)
        {
            string path = folder.Write("prefix.safetensors", good[..length]);
            Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path).Dispose());
        }
    }

    [Fact]
    public void A_file_truncated_while_open_is_refused_on_reading()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("good.safetensors", File.ReadAllBytes(Fixture.PathOf("dtypes.safetensors")));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            stream.SetLength(1500);
        var exception = Assert.Throws<CheckpointFormatException>(() => Drain.All(file));
        Assert.Contains("truncated while open", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{}      ")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F64","shape":[3,0],"data_offsets":[0,0]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0,9223372036854775807,3],"data_offsets":[0,0]}}""")]
    [InlineData("""{"a":{"data_offsets":[0,0],"shape":[0],"dtype":"U8","extra":{"x":[1]}}}""")]
    public void Accepts_what_is_merely_odd(string json)
    {
        using var folder = new TemporaryFolder();
        Drain.Safetensors(folder.Write("odd.safetensors", Bytes.Safetensors(json, 0)));
    }

    [Fact]
    public void A_hostile_name_cannot_write_to_the_terminal()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("bad.safetensors", Bytes.Safetensors("""{"\u001b[2Jx":3}""", 0));
        var exception = Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path));
        Assert.Contains("'\\u001b[2Jx'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', exception.Message);
    }
}
