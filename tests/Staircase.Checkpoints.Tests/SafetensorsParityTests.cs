namespace Staircase.Checkpoints.Tests;

/// <summary>Values of a file written by an independent Python writer; formulas from make_fixtures.py.</summary>
public sealed class SafetensorsParityTests : IDisposable
{
    private readonly SafetensorsFile _file = SafetensorsFile.Open(Fixture.PathOf("dtypes.safetensors"));

    public void Dispose() => _file.Dispose();

    public static TheoryData<string, long[], double[]> Expected => new()
    {
        { "f64", [3, 4], Fixture.Ramp(12, 0.5, -1) },
        { "i64", [4], [-9223372036854775808.0, -1, 0, 9223372036854775808.0] },
        { "u64", [3], [0, 1, 18446744073709551616.0] },
        { "empty", [0, 3], [] },
        { "scalar", [], [2.5] },
        { "f32", [5], [1, 0.5, 1f / 3, 0.25, 0.2f] },
        { "i32", [4], [-2147483648.0, -1, 0, 2147483647] },
        { "u32", [3], [0, 1, 4294967295] },
        { "f16", [2, 3], Fixture.Ramp(6, 0.25, -0.5) },
        { "bf16", [4], [1, -2.5, 0.15625, double.PositiveInfinity] },
        { "i16", [2], [-32768, 32767] },
        { "u16", [2], [0, 65535] },
        { "i8", [2], [-128, 127] },
        { "u8", [2], [0, 255] },
        { "bool", [3], [1, 0, 1] },
        { "f8_e4m3", [5], [1, 448, 1.0 / 512, -2, double.NaN] },
        { "f8_e5m2", [5], [1, 57344, 1.0 / 65536, -2, double.PositiveInfinity] },
        { "f8_e8m0", [3], [1, 2, double.NaN] },
        { "größe", [1], [7] },
    };

    [Theory]
    [MemberData(nameof(Expected))]
    public void Reads_each_type(string name, long[] shape, double[] values)
    {
        Tensor tensor = _file.Read(name);
        Assert.Equal(shape, tensor.Shape);
        Assert.Equal(values, tensor.Values);
    }

    [Theory]
    [InlineData("novel", ElementType.Unknown, "X12", 3)]
    [InlineData("f4", ElementType.F4, "F4", 2)]
    public void Lists_a_type_it_cannot_read_and_says_so_on_reading(string name, ElementType type, string typeName, long bytes)
    {
        Assert.True(_file.TryGetInfo(name, out TensorInfo? info));
        Assert.Equal((type, typeName, bytes), (info.ElementType, info.TypeName, info.ByteLength));
        var exception = Assert.Throws<CheckpointFormatException>(() => _file.ReadDouble(name));
        Assert.Contains(typeName, exception.Message, StringComparison.Ordinal);
        Assert.Equal(name, exception.ItemName);
    }

    [Fact]
    public void Reads_metadata()
        => Assert.Equal(("pt", "kept \"as is\"", 2), (_file.Metadata["format"], _file.Metadata["note"], _file.Metadata.Count));

    [Fact]
    public void Names_are_case_sensitive_and_a_missing_one_lists_the_nearest()
    {
        Assert.False(_file.TryGetInfo("F64", out _));
        var exception = Assert.Throws<KeyNotFoundException>(() => _file.ReadDouble("F64"));
        Assert.Contains("names are 'f64'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_file.Path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_a_FileNotFoundException()
        => Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(Fixture.PathOf("absent.safetensors")));
}
