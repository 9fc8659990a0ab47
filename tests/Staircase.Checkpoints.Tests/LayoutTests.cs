using System.Text;

namespace Staircase.Checkpoints.Tests;

/// <summary>
/// Heads cut out of every layout, against what the families' own forward code gives for unit inputs (Fixtures/make_torch_fixtures.py).
/// </summary>
public sealed class LayoutTests
{
    /// <summary>The fixtures hold three decimals, and sums of one product.</summary>
    private const double Exact = 1e-6;

    /// <summary>Layout, heads to be told, n, k, h, d.</summary>
    public static TheoryData<string, int?, int, int, int, int> Layouts => new()
    {
        { "gpt2", 2, 2, 2, 3, 6 },
        { "nanogpt", 2, 2, 2, 3, 6 },
        { "neox", 2, 2, 2, 3, 6 },
        { "falcon", 6, 6, 2, 3, 5 },
        { "llama", 6, 6, 2, 3, 5 },
        { "phi3", 6, 6, 2, 3, 5 },
        { "torch", 2, 2, 2, 3, 6 },
        { "transformerlens", null, 6, 2, 3, 5 },
        { "grokking", null, 4, 4, 3, 5 },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Each_layout_is_recognized_and_its_heads_are_the_forward_codes(string name, int? heads, int n, int k, int h, int d)
    {
        using NpzFile source = NpzFile.Open(Fixture.PathOf($"layout_{name}.npz"));
        HeadLayout layout = HeadLayout.Detect(source, ModelConfig.Empty, new(Heads: heads)) ?? throw new InvalidOperationException(
            "no layout was found");
        Assert.Equal(name, layout.Name);
        Assert.Equal([9, 10], layout.Layers.Select(layer => layer.Index)); // by number: as text, 10 comes first
        Assert.NotEmpty(layout.Decisions);
        foreach (HeadLayer layer in layout.Layers)
        {
            Assert.Equal((n, k, h, d), (layer.Heads, layer.KeyValueHeads, layer.HeadDimension, layer.ModelDimension));
            IReadOnlyList<HeadWeights> read = layer.ReadHeads(source);
            for (int i = 0; i < n; i++)
            {
                Same(source, $"expected/{layer.Index}/{i}/q", read[i].Query);
                Same(source, $"expected/{layer.Index}/{i}/k", read[i].Key);
                Same(source, $"expected/{layer.Index}/{i}/v", read[i].Value);
                Same(source, $"expected/{layer.Index}/{i}/o", read[i].Output);
            }
        }
    }

    [Theory]
    [InlineData("gpt2", "bias")]
    [InlineData("neox", "rotary_emb.inv_freq")]
    [InlineData("transformerlens", "mask")]
    public void Buffers_are_skipped_with_a_reason(string name, string buffer)
    {
        using NpzFile source = NpzFile.Open(Fixture.PathOf($"layout_{name}.npz"));
        HeadLayout layout = HeadLayout.Detect(source, ModelConfig.Empty, new(Heads: name == "transformerlens" ? null : 2))!;
        Assert.Contains(
            layout.Skipped,
            skipped => skipped.Name.EndsWith(buffer, StringComparison.Ordinal)
                && skipped.Reason.Contains("no weight", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("neox")]
    [InlineData("llama")]
    public void Without_a_number_of_heads_nothing_is_guessed(string name)
    {
        using NpzFile source = NpzFile.Open(Fixture.PathOf($"layout_{name}.npz"));
        Assert.Contains(
            "--heads", Assert.Throws<CheckpointFormatException>(() => HeadLayout.Detect(source, ModelConfig.Empty, new())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_come_from_the_config_and_a_contradiction_is_refused()
    {
        using NpzFile source = NpzFile.Open(Fixture.PathOf("layout_llama.npz"));
        HeadLayout layout = HeadLayout.Detect(source, Config(("num_attention_heads", "6"), ("num_key_value_heads", "2")), new())!;
        Assert.Contains(
            layout.Decisions,
            text => text.Contains("6 heads of dimension 3: num_attention_heads in config.json", StringComparison.Ordinal));
        Assert.Equal(6, HeadLayout.Detect(source, Config(("head_dim", "3")), new())!.Layers[0].Heads);
        Assert.Throws<CheckpointFormatException>(
            () => HeadLayout.Detect(source, Config(("num_attention_heads", "6"), ("num_key_value_heads", "3")), new()));
        Assert.Throws<CheckpointFormatException>(
            () => HeadLayout.Detect(source, Config(("num_attention_heads", "9"), ("head_dim", "3")), new()));
        Assert.Throws<CheckpointFormatException>(() => HeadLayout.Detect(source, Config(("num_attention_heads", "7")), new()));
    }

    [Fact]
    public void A_layout_that_shapes_contradict_is_refused_and_an_unknown_one_named()
    {
        using NpzFile source = NpzFile.Open(Fixture.PathOf("layout_gpt2.npz"));
        Assert.Throws<CheckpointFormatException>(() => HeadLayout.Detect(source, ModelConfig.Empty, new("nanogpt", 2)));
        Assert.Throws<CheckpointFormatException>(() => HeadLayout.Detect(source, ModelConfig.Empty, new("llama", 2)));
        Assert.Throws<ArgumentException>(() => HeadLayout.Detect(source, ModelConfig.Empty, new("gpt5", 2)));
        using NpzFile none = NpzFile.Open(Fixture.PathOf("stored.npz"));
        Assert.Null(HeadLayout.Detect(none, ModelConfig.Empty, new()));
    }

    [Fact]
    public void Linear_attention_is_read_merged_and_separate_in_both_spellings()
    {
        using var folder = new TemporaryFolder();
        const int H = 2, R = 2, W = 4;
        double[] value = Fixture.Ramp(H * W * W, 1, 0), kq = Fixture.Ramp(H * W * W, 0.5, 7), key = Fixture.Ramp(H * R * W, 1, 3);
        double[] query = Fixture.Ramp(H * R * W, -1, 5);
        foreach ((string suffix, long[] wide, long[] thin, string merged, string name) in new[]
        {
            (".weight", new long[] { H * W, W }, new long[] { H * R, W }, "kq", "linattn"),
                ("", [H, W, W], [H, R, W], "key_query", "staircase"),
        })
        {
            SafetensorsWriter.Write(
                folder["m"], [TensorToWrite.Create("value" + suffix, wide, value), TensorToWrite.Create(merged + suffix, wide, kq)]);
            SafetensorsWriter.Write(
                folder["s"],
                [TensorToWrite.Create("value" + suffix, wide, value), TensorToWrite.Create("key" + suffix, thin, key),
                    TensorToWrite.Create("query" + suffix, thin, query)]);
            using SafetensorsFile m = SafetensorsFile.Open(folder["m"], mapped: true), s = SafetensorsFile.Open(folder["s"]);
            HeadLayout mergedLayout = HeadLayout.Detect(m, ModelConfig.Empty, new())!;
            HeadLayout separateLayout = HeadLayout.Detect(s, ModelConfig.Empty, new())!;
            Assert.Equal((name, name), (mergedLayout.Name, separateLayout.Name));
            HeadWeights second = mergedLayout.Layers[0].ReadHeads(m)[1], secondSeparate = separateLayout.Layers[0].ReadHeads(s)[1];
            Assert.Equal(kq[(W * W) + 1], second.Query[0, 1]);          // QK = W_Qᵀ W_K = KQᵀ with W_K the identity
            Assert.Equal((1, 0), (second.Key[2, 2], second.Key[2, 1]));
            Assert.Equal(value[(W * W) + (3 * W) + 2], second.Value[3, 2]);
            Assert.Equal((R, W), (secondSeparate.Key.GetLength(0), secondSeparate.Key.GetLength(1)));
            Assert.Equal(key[(R * W) + W + 3], secondSeparate.Key[1, 3]);
            Assert.Equal(query[(R * W) + 2], secondSeparate.Query[0, 2]);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    public void A_config_that_does_not_parse_is_refused_with_the_offset_in_the_file(string mark)
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", Encoding.UTF8.GetBytes(mark + "{\n\"a\": 1,\n!}"));
        using ITensorSource source = CheckpointFile.Open(folder.Write("a.npy", Bytes.GoodNpy(1)));
        CheckpointFormatException refusal = Assert.Throws<CheckpointFormatException>(() => ModelConfig.Of(source));
        Assert.Equal(folder["config.json"], refusal.FilePath);
        Assert.Equal(Encoding.UTF8.GetByteCount(mark) + 10, refusal.Offset);
    }

    private static ModelConfig Config(params (string Key, string Value)[] values) =>
        new(values.ToDictionary(v => v.Key, v => new ConfigValue(v.Value, "config.json"), StringComparer.Ordinal));

    private static void Same(NpzFile source, string name, double[,] actual)
    {
        Tensor expected = source.Read(name);
        Assert.Equal(expected.Shape, [actual.GetLength(0), actual.GetLength(1)]);
        int k = 0;
        foreach (double value in actual)
        {
            Assert.True(
                Math.Abs(value - expected.Values[k++]) <= Exact, $"{name}, entry {k - 1}: {value} instead of {expected.Values[k - 1]}");
        }
    }
}
