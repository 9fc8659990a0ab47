namespace Staircase.Checkpoints.Tests;

/// <summary>Values of files written by numpy 1.24; formulas from make_fixtures.py.</summary>
public sealed class NumpyParityTests
{
    public static TheoryData<string, ElementType, long[], double[]> Expected => new()
    {
        { "f8", ElementType.F64, [3, 4], Fixture.Ramp(12, 0.5, -1) },
        { "f4", ElementType.F32, [5], [1, 0.5, 1f / 3, 0.25, 0.2f] },
        { "f2", ElementType.F16, [6], Fixture.Ramp(6, 0.25, -0.5) },
        { "i1", ElementType.I8, [4], [-128, -1, 0, 127] },
        { "i2", ElementType.I16, [4], [-32768, -1, 0, 32767] },
        { "i4", ElementType.I32, [4], [-2147483648.0, -1, 0, 2147483647] },
        { "i8", ElementType.I64, [4], [-9223372036854775808.0, -1, 0, 9223372036854775808.0] },
        { "u1", ElementType.U8, [3], [0, 1, 255] },
        { "u2", ElementType.U16, [3], [0, 1, 65535] },
        { "u4", ElementType.U32, [3], [0, 1, 4294967295] },
        { "u8", ElementType.U64, [3], [0, 1, 18446744073709551616.0] },
        { "b1", ElementType.Bool, [3], [1, 0, 1] },
        { "special", ElementType.F64, [4], [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0] },
        { "scalar", ElementType.F64, [], [2.5] },
        { "empty", ElementType.F64, [0, 3], [] },
        { "fortran", ElementType.F64, [2, 3, 4], Fixture.Ramp(24, 1, 0) },
        { "big_f8", ElementType.F64, [3, 4], Fixture.Ramp(12, 0.5, -1) },
        { "big_f4", ElementType.F32, [5], [1, 0.5, 1f / 3, 0.25, 0.2f] },
        { "big_f2", ElementType.F16, [6], Fixture.Ramp(6, 0.25, -0.5) },
        { "big_i4", ElementType.I32, [4], [-2147483648.0, -1, 0, 2147483647] },
        { "big_fortran_i2", ElementType.I16, [2, 3, 4], Fixture.Ramp(24, 1, -7) },
        { "layer.0/weight", ElementType.F64, [4], Fixture.Ramp(4, 1, 0) },
    };

    [Theory]
    [MemberData(nameof(Expected))]
    public void Reads_stored_and_deflated_members(string name, ElementType type, long[] shape, double[] values)
    {
        foreach (string fixture in (string[])["stored.npz", "deflated.npz"])
        {
            using NpzFile file = NpzFile.Open(Fixture.PathOf(fixture));
            Assert.True(file.TryGetInfo(name, out TensorInfo? info), fixture);
            Assert.Equal((type, values.LongLength), (info.ElementType, info.ElementCount));
            Tensor tensor = file.Read(name);
            Assert.Equal(shape, tensor.Shape);
            Assert.Equal(values, tensor.Values);
        }
    }

    [Fact]
    public void Lists_exactly_the_arrays_of_the_script()
    {
        using NpzFile file = NpzFile.Open(Fixture.PathOf("stored.npz"));
        Assert.Equal(Expected.Select(row => row.Data.Item1), file.Names, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("v1", 0.0)]
    [InlineData("v2", 0.0)]
    [InlineData("v2_long", 1.5)]
    [InlineData("v3", 0.0)]
    public void Reads_every_version_of_the_header(string name, double first)
    {
        using NpzFile file = NpzFile.Open(Fixture.PathOf("versions.npz"));
        Assert.Equal(Fixture.Ramp(3, 1, first), file.Read(name).Values);
        Assert.DoesNotContain("readme.txt", file.Names, StringComparer.Ordinal);
    }

    [Fact]
    public void Reads_a_single_array()
    {
        Tensor tensor = NpyReader.Read(Fixture.PathOf("plain.npy"));
        Assert.Equal("plain", tensor.Name);
        Assert.Equal([3L, 4], tensor.Shape);
        Assert.Equal(Fixture.Ramp(12, 0.5, -1), tensor.Values);
    }

    [Theory]
    [InlineData("objects.npy", "pickles")]
    [InlineData("complex.npy", "<c16")]
    [InlineData("strings.npy", "<U2")]
    [InlineData("structured.npy", "structured")]
    public void Refuses_what_is_not_plain_numbers(string fixture, string mentioned)
    {
        var exception = Assert.Throws<CheckpointFormatException>(() => NpyReader.Read(Fixture.PathOf(fixture)));
        Assert.Contains(mentioned, exception.Message, StringComparison.Ordinal);
        Assert.Contains(fixture, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_array_lists_the_nearest_names()
    {
        using NpzFile file = NpzFile.Open(Fixture.PathOf("stored.npz"));
        var exception = Assert.Throws<KeyNotFoundException>(() => file.Read("big_f9"));
        Assert.Contains("'big_f8'", exception.Message, StringComparison.Ordinal);
        Assert.False(file.TryGetInfo("F8", out _));
    }
}
