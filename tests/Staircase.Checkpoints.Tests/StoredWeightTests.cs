using System.Text;
using System.Text.Json.Nodes;

namespace Staircase.Checkpoints.Tests;

/// <summary>Quantized weights and adapters are read as what they mean, or refused by name; never as their codes.</summary>
public sealed class StoredWeightTests : IDisposable
{
    /// <summary>Two heads of dimension 2 in a model of dimension 4.</summary>
    private const int N = 2, D = 4;

    private const string Q = "model.layers.0.self_attn.q_proj";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Float8_is_its_value_times_the_scale_of_its_block()
    {
        // S.EEEE.MMM with bias 7: 0x38 = 1, 0x3C = 1.5, 0xC4 = −3, 0x01 = 2⁻⁹.
        byte[] codes = [0x38, 0x3C, 0xC4, 0x01, 0x38, 0x3C, 0xC4, 0x01, 0x38, 0x38, 0x38, 0x38, 0x38, 0x38, 0x38, 0x38];
        double[] values = [1, 1.5, -3, 1.0 / 512, 1, 1.5, -3, 1.0 / 512, 1, 1, 1, 1, 1, 1, 1, 1];
        Entry[] stored = [new($"{Q}.weight", "F8_E4M3", [D, D], codes), Floats($"{Q}.weight_scale_inv", [2, 2], 2, 3, 5, 7)];
        double[] scale = [2, 2, 3, 3, 2, 2, 3, 3, 5, 5, 7, 7, 5, 5, 7, 7];
        Assert.Equal(values.Zip(scale, (v, s) => v * s), Queries(stored, """{"quantization_config":{"weight_block_size":[2,2]}}"""));
        Refused(stored, "{}", "weight_block_size");   // blocks of 2 × 2, or of 3 × 3 that end early: the number of scales does not tell
        Refused(stored, """{"quantization_config":{"weight_block_size":[4,4]}}""", "weight_scale_inv");
        Refused([stored[0]], "{}", "no scale");
        double[] whole = Queries([stored[0], Floats($"{Q}.weight_scale", [1], 0.5f)], "{}");
        Assert.Equal(values.Select(v => 0.5 * v), whole);
    }

    [Fact]
    public void Int8_is_its_code_times_the_scale_of_its_row()
    {
        byte[] codes = [.. Enumerable.Range(0, D * D).Select(i => (byte)(sbyte)(i * 8 - 64))];
        double[] values = [.. Enumerable.Range(0, D * D).Select(i => i * 8.0 - 64)];
        Entry code = new($"{Q}.weight", "I8", [D, D], codes);
        double[] byRows = Queries([code, Floats($"{Q}.weight_scale", [D, 1], 1, 2, 4, 8)], "{}");
        Assert.Equal(values.Select((v, i) => v * (1 << (i / D))), byRows);
        double[] largest = Queries([code, Floats($"{Q}.SCB", [D], 127, 254, 127, 127)], "{}");
        for (int i = 0; i < values.Length; i++)
            Assert.Equal(values[i] * (i / D == 1 ? 2 : 1), largest[i], 1e-12);
        Refused([code], "{}", "int8 and no scale");
        Refused([code, Floats($"{Q}.weight_scale", [D, 1], 1, 2, 4, 8), new($"{Q}.weight_zero_point", "I8", [D, 1], new byte[D])], "{}",
            "zero_point");
    }

    [Fact]
    public void Microscaled_blocks_are_values_of_four_bits_times_a_power_of_two()
    {
        // 32 values a block: the lower half of a byte first; codes 1 = 0.5, 7 = 6, 9 = −0.5, 12 = −2; the scales 2¹ and 2⁻¹.
        const int rows = 4;
        byte[] blocks =
            [.. Enumerable.Range(0, rows).SelectMany(_ => Enumerable.Repeat((byte)0x71, 8).Concat(Enumerable.Repeat((byte)0xC9, 8)))];
        byte[] scales = [128, 126, 127, 127];
        Entry[] stored = [new($"{Q}.weight_blocks", "U8", [rows, 1, 16], blocks), new($"{Q}.weight_scales", "U8", [rows, 1], scales)];
        double[] block = [.. Enumerable.Range(0, 32).Select(i => i < 16 ? i % 2 == 0 ? 0.5 : 6 : i % 2 == 0 ? -0.5 : -2)];
        Assert.Equal(
            ((double[])[2, 0.5, 1, 1]).SelectMany(scale => block.Select(value => scale * value)), Queries(stored, "{}", d: 32));
    }

    [Theory]
    [InlineData("qweight", "I32", "GPTQ")]
    [InlineData("weight_packed", "I32", "compressed-tensors")]
    [InlineData("weight.absmax", "F32", "bitsandbytes")]
    public void Other_formats_are_refused_by_name(string suffix, string type, string format)
    {
        List<Entry> stored = [new($"{Q}.{suffix}", type, [D], new byte[4 * D])];
        if (suffix.StartsWith("weight.", StringComparison.Ordinal))
            stored.Add(new($"{Q}.weight", "U8", [8, 1], new byte[8]));
        Refused([.. stored], "{}", format);
    }

    [Fact]
    public void An_adapter_is_added_to_its_base_in_one_file_and_in_two()
    {
        float[] w = Ramp(D * D, 1), a = Ramp(2 * D, 0.5f), b = Ramp(D * 2, -0.25f);
        double[] want = new double[D * D];
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
                want[i * D + j] = w[i * D + j] + 16.0 / 2 * (b[2 * i] * a[j] + b[2 * i + 1] * a[D + j]); // α/r = 16/2
        }

        Entry[] whole =
        [
            Floats($"{Q}.base_layer.weight", [D, D], w), Floats($"{Q}.lora_A.default.weight", [2, D], a),
            Floats($"{Q}.lora_B.default.weight", [D, 2], b),
        ];
        _ = _folder.Write("adapter_config.json", """{"lora_alpha": 16, "r": 2}"""u8.ToArray());
        Assert.Equal(want, Queries(whole, "{}"));
        File.Delete(_folder["adapter_config.json"]);
        Refused(whole, "{}", "lora_alpha");

        string adapters = Directory.CreateDirectory(_folder["adapter"]).FullName;
        File.WriteAllText(Path.Combine(adapters, "adapter_config.json"), """{"lora_alpha": 16, "r": 2}""");
        string adapter = Write(
            "adapter/adapter_model.safetensors",
            [Floats($"base_model.model.{Q}.lora_A.weight", [2, D], a), Floats($"base_model.model.{Q}.lora_B.weight", [D, 2], b)]);
        string path = Write("base.safetensors", [Floats($"{Q}.weight", [D, D], w), .. Others(D)]);
        using ITensorSource baseModel = CheckpointFile.Open(path);
        using var both = new AdaptedSource(baseModel, CheckpointFile.Open(adapter));
        Assert.Equal(want, QueriesOf(both));
        Assert.Contains("8 · lora_B lora_A", string.Join('\n', Found(both).Decisions), StringComparison.Ordinal);

        using ITensorSource alone = CheckpointFile.Open(adapter);
        string refusal = Assert.Throws<CheckpointFormatException>(() => Found(alone)).Message;
        Assert.Contains("--base", refusal, StringComparison.Ordinal);
        using var decoded = new DecodedSource(CheckpointFile.Open(adapter));
        Assert.Equal(want.Select((value, i) => value - w[i]), decoded.ReadDouble($"base_model.model.{Q}.lora_product"));
        Assert.Equal(a.Select(value => (double)value), decoded.ReadDouble($"base_model.model.{Q}.lora_A.weight"));
    }

    private sealed record Entry(string Name, string Type, long[] Shape, byte[] Bytes);

    private static float[] Ramp(int count, float step) => [.. Enumerable.Range(0, count).Select(i => step * ((i * 7 % 11) - 5))];

    private static Entry Floats(string name, long[] shape, params float[] values) =>
        new(name, "F32", shape, [.. values.SelectMany(BitConverter.GetBytes)]);

    private static Entry[] Others(int d) =>
        [.. "kvo".Select(m => Floats($"model.layers.0.self_attn.{m}_proj.weight", m == 'o' ? [d, D] : [D, d], Ramp(D * d, 1)))];

    /// <summary>The query matrices of both heads, as the weight [4, d] that they make up.</summary>
    private double[] Queries(Entry[] stored, string config, int d = D)
    {
        _ = _folder.Write("config.json", Encoding.UTF8.GetBytes(config));
        using ITensorSource source = CheckpointFile.Open(Write("model.safetensors", [.. stored, .. Others(d)]));
        return QueriesOf(source);
    }

    private static double[] QueriesOf(ITensorSource source) =>
        [.. Found(source).Layers[0].ReadHeads(source).SelectMany(head => head.Query.Cast<double>())];

    private static HeadLayout Found(ITensorSource source) => HeadLayout.Detect(source, ModelConfig.Of(source), new(Heads: N))!;

    private void Refused(Entry[] stored, string config, string reason) => Assert.Contains(
        reason, Assert.Throws<CheckpointFormatException>(() => Queries(stored, config)).Message, StringComparison.Ordinal);

    private string Write(string name, Entry[] entries)
    {
        var header = new JsonObject();
        long at = 0;
        foreach (Entry entry in entries)
        {
            header[entry.Name] = new JsonObject
            {
                ["dtype"] = entry.Type,
                ["shape"] = new JsonArray([.. entry.Shape.Select(axis => (JsonNode)axis)]),
                ["data_offsets"] = new JsonArray(at, at += entry.Bytes.Length),
            };
        }

        byte[] text = Encoding.UTF8.GetBytes(header.ToJsonString());
        return _folder.Write(name, [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. entries.SelectMany(entry => entry.Bytes)]);
    }
}
