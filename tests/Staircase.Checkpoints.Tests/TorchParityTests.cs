namespace Staircase.Checkpoints.Tests;

/// <summary>Files that torch wrote; the values are the script's formulas.</summary>
public sealed class TorchParityTests
{
    public static TheoryData<string, long[], double[]> Tensors => new()
    {
        { "f32", [4, 6], Fixture.Ramp(24, 0.5, -1) },
        { "transposed", [6, 4], [.. Enumerable.Range(0, 24).Select(i => (double)(i % 4 * 6 + i / 4))] },
        { "view", [3, 2], [6, 7, 10, 11, 14, 15] },
        { "shared", [24], Fixture.Ramp(24, 1, 0) },
        { "f64", [5], Fixture.Ramp(5, 0.25, 0) },
        { "f16", [6], Fixture.Ramp(6, 0.25, -0.5) },
        { "bf16", [3], [1, -2.5, 0.15625] },
        { "i64", [2], [-Math.Pow(2, 40), 3] },
        { "i32", [2], [-7, 8] },
        { "i16", [2], [-7, 8] },
        { "i8", [2], [-7, 8] },
        { "u8", [2], [0, 255] },
        { "bool", [2], [1, 0] },
        { "scalar", [], [2.5] },
        { "empty", [0, 3], [] },
        { "parameter", [2], [1, 1] },
    };

    [Theory]
    [MemberData(nameof(Tensors))]
    public void Every_type_view_and_order_is_read(string name, long[] shape, double[] values)
    {
        using TorchFile file = TorchFile.Open(Fixture.PathOf("dtypes.pth"));
        Assert.True(file.TryGetInfo(name, out TensorInfo? info));
        Assert.Equal(shape, info.Shape);
        Assert.Equal(values, file.ReadDouble(name));
        var visited = new List<double>();
        file.Visit(name, part => visited.AddRange(part));
        Assert.Equal(values.Order(), visited.Order()); // in the order in which they are stored
    }

    [Fact]
    public void An_expanded_tensor_shows_the_numbers_it_has_so_that_an_audit_goes_on()
    {
        using var file = TorchFile.Open(Fixture.PathOf("dtypes.pth"));
        Assert.True(file.TryGetInfo("expanded", out TensorInfo? info));
        Assert.Equal([1000], info.Shape);
        var visited = new List<double>();
        file.Visit("expanded", part => visited.AddRange(part));
        Assert.Equal([1.5], visited);
        new CheckpointAudit().Add(new(0, file.Path), file, TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// What torch 2 writes, by a script of its format; the values are the script's, those of 8-bit floats from their specification.
    /// </summary>
    public static TheoryData<string, long[], double[]> Torch2Tensors => new()
    {
        { "f32", [2, 2], [0.5, -1, 1.5, 2] },
        { "bf16", [3], [1, -2.5, 0.15625] },
        { "u16", [4], [1, 40000, 3, 65535] },
        { "view", [2, 3], [1, 2, 3, 6, 7, 8] },
        { "u32", [2], [7, 4e9] },
        { "u64", [2], [7, Math.Pow(2, 53)] },
        { "e4m3", [2, 2], [1, -2, Math.Pow(2, -9), 448] },
        { "e5m2", [4], [1, -2, 57344, Math.Pow(2, -16)] },
        { "e8m0", [3], [1, 2, Math.Pow(2, -7)] },
        { "parameter", [2], [3, 4] },
    };

    [Theory]
    [MemberData(nameof(Torch2Tensors))]
    public void What_torch_2_writes_is_read_in_both_byte_orders(string name, long[] shape, double[] values)
    {
        foreach (string fixture in new[] { "torch2.pth", "torch2_big.pth" })
        {
            using ITensorSource file = CheckpointFile.Open(Fixture.PathOf(fixture));
            Assert.True(file.TryGetInfo(name, out TensorInfo? info), $"{fixture} has no {name}");
            Assert.Equal(shape, info.Shape);
            Assert.Equal(values, file.ReadDouble(name));
        }
    }

    [Fact]
    public void Types_of_torch_2_that_are_not_read_are_listed_and_do_not_stop_an_audit()
    {
        using ITensorSource file = CheckpointFile.Open(Fixture.PathOf("torch2_big.pth"));
        foreach ((string name, string type) in new[] { ("fnuz", "float8_e4m3fnuz"), ("bits", "bits8") })
        {
            Assert.True(file.TryGetInfo(name, out TensorInfo? info));
            Assert.Equal((ElementType.Unknown, type), (info.ElementType, info.TypeName));
            Assert.Contains(type, Assert.Throws<CheckpointFormatException>(() => file.ReadDouble(name)).Message, StringComparison.Ordinal);
        }

        Assert.Equal("12", file.Metadata["step"]);
        new CheckpointAudit().Add(new(12, file.Path), file, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void What_cannot_be_read_is_listed_and_refused_with_a_reason()
    {
        using TorchFile file = TorchFile.Open(Fixture.PathOf("dtypes.pth"));
        Assert.Contains(
            "expanded", Assert.Throws<CheckpointFormatException>(() => file.ReadDouble("expanded")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "ComplexFloatStorage", Assert.Throws<CheckpointFormatException>(() => file.ReadDouble("complex")).Message,
            StringComparison.Ordinal);
        Assert.Contains("'f32'", Assert.Throws<KeyNotFoundException>(() => file.ReadDouble("F32 ")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_state_gives_the_weights_without_wrapper_or_optimizer_and_its_numbers_as_metadata()
    {
        using ITensorSource file = CheckpointFile.Open(Fixture.PathOf("training.pth"));
        Assert.Equal(
            ["count", "linear.bias", "linear.weight"], file.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.Equal([0, 1, 2, 3, 4, 5], file.ReadDouble("linear.weight"));
        Assert.Equal([10, 11], file.ReadDouble("linear.bias"));
        Assert.Equal("30", file.Metadata["epoch"]);
        Assert.Equal("4", file.Metadata["config.n_head"]);
    }

    [Fact]
    public void A_pickled_module_gives_its_parameters_though_its_class_is_unknown()
    {
        using ITensorSource file = CheckpointFile.Open(Fixture.PathOf("module.pt"));
        Assert.Equal(
            ["count", "linear.bias", "linear.weight"], file.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.Equal([7], file.ReadDouble("count"));
    }

    [Fact]
    public void A_list_of_state_dicts_is_a_series()
    {
        using CheckpointSeries series = CheckpointSeries.Open([Fixture.PathOf("list.pth")], new());
        Assert.Equal([0, 100, 1000], series.Checkpoints.Select(c => c.Step));
        using ITensorSource second = series.Open(series.Checkpoints[1]);
        Assert.Equal([1, 1, 1, 1], second.ReadDouble("w"));
    }

    [Fact]
    public void The_format_of_before_1_6_is_named() =>
        Assert.Contains(
            "before 1.6", Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(Fixture.PathOf("legacy.pt"))).Message,
            StringComparison.Ordinal);
}
