namespace Staircase.Checkpoints.Tests;

/// <summary>What states sizes and modules, what contradicts it, and what the program asks: one line with what to type.</summary>
public sealed class LayoutQuestionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Layouts_that_fit_alike_and_read_other_heads_are_asked_about()
    {
        string path = Write([.. "qkvo".Select(m => Square($"blocks.0.attn.{m}.weight"))]);
        Refused(path, new(Heads: 2), "--layout bridge or --layout bridge-gpt2", "blocks.0.attn.q.weight [4, 4]");
        Assert.Equal("bridge-gpt2", Found(path, new("bridge-gpt2", 2)).Name);

        // GPT-BigCode's rows by head have nanoGPT's names and shapes; it always has a bias, and a config or nanoGPT's own key tells.
        TensorToWrite[] weights = [Tensor("h.0.attn.c_attn.weight", 12, 4), Square("h.0.attn.c_proj.weight")];
        Assert.Equal("nanogpt", Found(Write(weights), new(Heads: 2)).Name);
        path = Write([.. weights, Tensor("h.0.attn.c_attn.bias", 12)]);
        Refused(path, new(Heads: 2), "nanogpt with 2 heads; or starcoder-mha with 2 heads, if multi_query is False");
        Refused(path, new(Heads: 2), "--layout nanogpt or --layout starcoder-mha");
        Refused(path, new(Heads: 2), Config(("model_type", "gpt_bigcode")), "if multi_query is False", "--layout starcoder-mha");
        Assert.Equal("starcoder-mha", Found(path, new(Heads: 2), Config(("model_type", "gpt_bigcode"), ("multi_query", "False"))).Name);
        foreach ((string key, string value) in ((string, string)[])[("model_type", "gpt2"), ("model_args.block_size", "8")])
            Assert.Equal("nanogpt", Found(path, new(Heads: 2), Config((key, value))).Name);
        Assert.Equal("nanogpt", Found(path, new("nanogpt", 2)).Name);
    }

    [Fact]
    public void A_layout_that_needs_a_statement_is_not_taken_without()
    {
        string path =
            Write([Tensor("decoder.layers.0.self_attn.qkv_proj.weight", 12, 4), Square("decoder.layers.0.self_attn.out_proj.weight")]);
        Refused(path, new(Heads: 2), "metaseq", "if model_type is opt", "--layout metaseq");
        Assert.Contains("K|V|Q", string.Join('\n', Found(path, new("metaseq", 2)).Decisions), StringComparison.Ordinal);
    }

    [Fact]
    public void Statements_that_contradict_each_other_are_named_and_the_command_line_overrides_them()
    {
        string path = Write(Llama("model.layers.0.self_attn", 4, 4, 4));
        ModelConfig config = Config(("n_head", "2"), ("n_heads", "4"));
        Refused(path, new(), config, "4 heads (n_heads in config.json) against 2 (n_head in config.json)");
        Refused(path, new(), Config(("num_attention_heads", "2"), ("hidden_size", "8")), "hidden_size in config.json");
        HeadLayout overridden = Found(path, new(Heads: 2), config);
        Assert.Equal(2, overridden.Layers[0].Heads);
        Assert.Contains(
            overridden.Decisions,
            text => text.Contains("overrides 4 heads (n_heads in config.json) against 2 (--heads)", StringComparison.Ordinal));
        Refused(path, new(Heads: 3), "3 heads (--heads) do not divide n·h = 4");
    }

    [Theory]
    [InlineData(2, 2)]       // Qwen3: a norm of each head says how long a head is
    [InlineData(4, null)]    // OLMo 2: one of all heads, or of one head that is alone
    public void A_norm_of_queries_states_the_dimension_of_a_head_where_only_that_fits(int length, int? heads)
    {
        string path = Write([.. Llama("layers.0.self_attn", 4, 4, 4), Tensor("layers.0.self_attn.q_norm.weight", length)]);
        if (heads is { } n)
            Assert.Equal(n, Found(path, new()).Layers[0].Heads);
        else
            Refused(path, new(), "nothing states n", "--heads N");
        Assert.Equal(4 / 2, Found(path, new(Heads: 2)).Layers[0].HeadDimension);
    }

    [Fact]
    public void Rotary_frequencies_state_nothing_and_are_told()
    {
        string path = Write([.. Llama("layers.0.self_attn", 4, 4, 4), Tensor("layers.0.self_attn.rotary_emb.inv_freq", 1)]);
        Refused(path, new(), "1 rotary frequencies turn 2 rows", "--heads N");
    }

    [Fact]
    public void Towers_have_the_heads_of_their_sections_and_are_told_apart()
    {
        string path = Write([.. Llama("text_model.encoder.layers.1.self_attn", 4, 4, 4, "out_proj"),
            .. Llama("vision_model.encoder.layers.1.self_attn", 6, 6, 6, "out_proj")]);
        HeadLayout found = Found(path, new(), Config(("text_config.num_attention_heads", "2"), ("vision_config.num_attention_heads", "3")));
        Assert.Equal(
            [("text_model", 1, 2), ("vision_model", 1, 3)], found.Layers.Select(layer => (layer.Module, layer.Index, layer.Heads)));
        Refused(path, new(), Config(("text_config.num_attention_heads", "2")), "vision_model", "--heads vision_model=N");
        var own = new LayoutOptions(Heads: 2) { HeadsOf = new Dictionary<string, int>(StringComparer.Ordinal) { ["vision_model"] = 6 } };
        Assert.Equal([2, 6], Found(path, own).Layers.Select(layer => layer.Heads));
        Refused(path, own with { HeadsOf = new Dictionary<string, int>(StringComparer.Ordinal) { ["audio"] = 1 } }, "'audio'",
            "text_model, vision_model");

        path = Write([.. Llama("model.encoder.layers.0.self_attn", 4, 4, 4, "out_proj"),
            .. Llama("model.decoder.layers.0.self_attn", 4, 4, 4, "out_proj"),
            .. Llama("model.decoder.layers.0.encoder_attn", 4, 4, 4, "out_proj")]);
        found = Found(path, new(), Config(("encoder_attention_heads", "4"), ("decoder_attention_heads", "2")));
        Assert.Equal(
            // In the order of the file, which is of names.
            [("decoder.encoder_attn", 2), ("decoder.self_attn", 2), ("encoder.self_attn", 4)],
            found.Layers.Select(layer => (layer.Module, layer.Heads)));
    }

    [Fact]
    public void Two_layouts_in_one_file_are_both_read()
    {
        string path = Write([
            .. "qkv".Select((m, i) => Square($"encoder.layer.0.attention.self.{((string[])["query", "key", "value"])[i]}.weight")),
            Square("encoder.layer.0.attention.output.dense.weight"), Tensor("decoder.h.0.attn.c_attn.weight", 4, 12),
            Square("decoder.h.0.attn.c_proj.weight")]);
        HeadLayout found = Found(path, new(Heads: 2));
        Assert.Equal("gpt2, bert", string.Join(", ", found.Name.Split(", ").OrderDescending(StringComparer.Ordinal)));
        Assert.Equal(2, found.Layers.Select(layer => layer.Module).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("_orig_mod.module.layers.0.self_attn")]
    [InlineData("model.layers.0._checkpoint_wrapped_module.self_attn")]
    [InlineData("_fsdp_wrapped_module.model.layers.0._fsdp_wrapped_module.self_attn._orig_mod")]
    public void What_wrappers_add_is_passed_over_wherever_it_stands(string prefix)
    {
        HeadLayout found = Found(Write(Llama(prefix, 4, 2, 4)), new(Heads: 2));
        Assert.Equal(("llama", 0, 1), (found.Name, found.Layers[0].Index, found.Layers[0].KeyValueHeads));
        Assert.StartsWith(prefix, found.Layers[0].Tensors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_of_ones_own_is_read_as_it_says()
    {
        string path = Write([Tensor("net.3.mix.packed", 4, 2, 3, 2), Tensor("net.3.mix.back", 2, 2, 4)]);
        const string text = "qkv: net.{layer}.mix.packed [d n 3 h]; o: net.{layer}.mix.back [h n d]";
        using ITensorSource source = CheckpointFile.Open(path);
        HeadLayer layer = HeadLayout.Detect(source, ModelConfig.Empty, new(text))!.Layers[0];
        Assert.Equal((3, 2, 2, 4), (layer.Index, layer.Heads, layer.HeadDimension, layer.ModelDimension));
        IReadOnlyList<HeadWeights> heads = layer.ReadHeads(source);
        double[] packed = source.ReadDouble("net.3.mix.packed"), back = source.ReadDouble("net.3.mix.back");
        Assert.Equal(packed[3 * 12 + 1 * 6 + 1 * 2 + 1], heads[1].Key[1, 3]); // [d = 3, n = 1, k, h = 1]
        Assert.Equal(back[1 * 8 + 1 * 4 + 2], heads[1].Output[2, 1]);
        string file = _folder.Write(
            "own.txt", System.Text.Encoding.UTF8.GetBytes("# mine\nlayout mine\n" + text.Replace("; ", "\n", StringComparison.Ordinal)));
        Assert.Equal("mine", HeadLayout.Detect(source, ModelConfig.Empty, new(file))!.Name);
    }

    [Theory]
    [InlineData("q: a [(n h) d]", "k is missing")]
    [InlineData("qkv: a [(3 n h) d]", "o is missing")]
    [InlineData("qkv: a [(n h) d]; o: b [d (n h)]", "3 matrices")]
    [InlineData("qkv: a [(3 n h d]; o: b [d (n h)]", "ends too early")]
    [InlineData("qkv: a [(2 n h) d]; o: b [d (n h)]", "3 matrices")]
    [InlineData("q: a [(n h) x]; k: b [(n h) d]; v: c [(n h) d]; o: e [d (n h)]", "the axis d")]
    [InlineData("qkv: a.{leyer} [(3 n h) d]; o: b [d (n h)]", "{leyer}")]
    [InlineData("qkv: a [(3 k/n h) d]; o: b [d (n h)]", "n/k is the only quotient")]
    [InlineData("qkv a [(3 n h) d]; o: b [d (n h)]", "neither")]
    [InlineData("qkv: a [(3 n h) d]; o = z", "z, which no tensor holds")]
    public void A_mistake_in_a_description_is_named(string text, string mistake)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => LayoutDescription.Of(text));
        Assert.Contains(mistake, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    private static TensorToWrite Tensor(string name, params long[] shape) =>
        TensorToWrite.Create(name, shape, Fixture.Ramp((int)shape.Aggregate(1L, (a, b) => a * b), 1, 0));

    private static TensorToWrite Square(string name) => Tensor(name, 4, 4);

    private static TensorToWrite[] Llama(string prefix, long queries, long keys, long d, string output = "o_proj") =>
    [
        Tensor($"{prefix}.q_proj.weight", queries, d), Tensor($"{prefix}.k_proj.weight", keys, d),
        Tensor($"{prefix}.v_proj.weight", keys, d),
        Tensor($"{prefix}.{output}.weight", d, queries),
    ];

    private static ModelConfig Config(params (string Key, string Value)[] values) => LayoutPropertyTests.Config(values);

    private static HeadLayout Found(string path, LayoutOptions options, ModelConfig? config = null)
    {
        using ITensorSource source = CheckpointFile.Open(path);
        return HeadLayout.Detect(source, config ?? ModelConfig.Empty, options)!;
    }

    private static void Refused(string path, LayoutOptions options, params string[] parts) =>
        Refused(path, options, ModelConfig.Empty, parts);

    private static void Refused(string path, LayoutOptions options, ModelConfig config, params string[] parts)
    {
        string message = Assert.Throws<CheckpointFormatException>(() => Found(path, options, config)).Message;
        Assert.DoesNotContain('\n', message);
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private string Write(TensorToWrite[] tensors)
    {
        string path = _folder[$"{Guid.NewGuid():N}.safetensors"];
        SafetensorsWriter.Write(path, tensors);
        return path;
    }
}
