using System.Text.Json;
using MathNet.Numerics.LinearAlgebra;
using Staircase.Checkpoints;
using Staircase.Checkpoints.Tests;

namespace Staircase.Cli.Tests;

/// <summary>
/// Files as people have them, put together here by the models' own forward code: numbers are those of the circuits, formed and decomposed
/// in
/// full, or the program refuses and says why.
/// </summary>
[Collection(InProcess.Name)]
public sealed class FoundFilesTests : IDisposable
{
    /// <summary>Single precision in the files and two ways to the singular values.</summary>
    private const double Tolerance = 1e-6;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>How families store [n·h, d] queries, [k·h, d] keys and values and a [d, n·h] output, in the words of their code.</summary>
    public static TheoryData<string, int, int, int, int> Families() => new()
    {
        { "GPT-J", 2, 2, 3, 6 }, { "GPT-Neo", 2, 2, 3, 6 }, { "Phi-2", 3, 3, 2, 6 }, { "timm", 2, 2, 3, 6 }, { "llama2.c", 4, 2, 3, 12 },
        { "BERT", 3, 3, 2, 6 }, { "T5", 2, 2, 5, 6 }, { "MPT", 2, 2, 3, 6 }, { "Megatron-core", 6, 2, 3, 5 }, { "OLMo", 2, 2, 3, 6 },
        { "StarCoder", 3, 1, 2, 6 }, { "DistilBERT", 2, 2, 3, 6 }, { "Qwen3-Next", 4, 2, 3, 5 }, { "lecture", 2, 2, 3, 6 },
        { "GPT-OSS", 8, 2, 2, 3 }, { "ViT", 4, 4, 2, 8 }, { "ChatGLM2", 4, 2, 3, 12 }, { "minGPT", 3, 3, 2, 6 }, { "nanochat", 4, 4, 2, 8 },
        { "Nanda", 3, 3, 7, 4 }, { "TransformerLens", 2, 2, 3, 6 }, { "rotary halves", 4, 2, 4, 6 }, { "torch in a wrapper", 2, 2, 3, 6 },
        { "DeepSeek", 2, 2, 3, 8 },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void A_familys_heads_are_those_of_its_forward_code(string family, int n, int k, int h, int d)
    {
        var model = new Model(n, k, h, d, seed: family.Length + n);
        (string, Matrix<double>)[] tensors = model.Stored(family);
        Write("step5.safetensors", tensors);
        string type = family == "ChatGLM2" ? "\"model_type\": \"chatglm\", \"multi_query_group_num\": 2, " : "";
        string more = family == "DeepSeek" ? ", \"qk_nope_head_dim\": 2, \"qk_rope_head_dim\": 1, \"v_head_dim\": 3" : "";
        File.WriteAllText(_folder["config.json"], $$"""{ {{type}}"num_attention_heads": {{n}}{{more}} }""");
        Outcome outcome = InProcess.Run("analyze", _folder[""], "--json");
        AssertRows(outcome, [(5, "", 3, model)]);
        if (family == "GPT-OSS")
            Assert.Contains("sinks", outcome.Error, StringComparison.Ordinal);
        File.Delete(_folder["config.json"]);
        if (family is "TransformerLens" or "Nanda" or "lecture" or "DeepSeek" or "StarCoder") // shapes say it all
            AssertRows(InProcess.Run("analyze", _folder[""], "--json"), [(5, "", 3, model)]);
        else
            InProcess.Run("analyze", _folder[""], "--json").IsRefused("--heads");
    }

    [Theory]
    [InlineData("mamba", "backbone.layers.0.mixer.in_proj.weight")]
    [InlineData("jax latent", "blocks.0.attn.w_dkv")]
    [InlineData("grokking script", "transformer_block.attention.qkv_projection.weight")]
    public void Unknown_names_are_shown_with_a_way_out(string kind, string name)
    {
        Write("step5.safetensors", kind switch
        {
            "mamba" => [(name, Random(24, 6)), ("backbone.layers.0.mixer.out_proj.weight", Random(6, 12))],
            "jax latent" => [("blocks.0.attn.w_q", Random(6, 6)), (name, Random(6, 2)), ("blocks.0.attn.w_o", Random(6, 6))],
            _ => [(name, Random(18, 6)), ("transformer_block.attention.output_projection.weight", Random(6, 6))],
        });
        InProcess.Run("analyze", _folder[""], "--heads", "2").IsRefused(name, "--layout", "--tensors");
    }

    /// <summary>Two attentions with the same numbers of layers: rows of the same layer and head are told apart.</summary>
    [Theory]
    [InlineData("text_model.encoder", "vision_model.encoder", 2, 3)]
    [InlineData("student.backbone", "teacher.backbone", 2, 2)]
    public void Towers_have_their_own_heads_and_rows(string a, string b, int na, int nb)
    {
        Model first = new(na, na, 3, 3 * na, seed: 1), second = new(nb, nb, 3, 3 * nb, seed: 2);
        Write("checkpoint-20/model.safetensors",
            [.. first.Linear($"{a}.layers.3.self_attn", "out_proj"), .. second.Linear($"{b}.layers.3.self_attn", "out_proj")]);
        File.WriteAllText(_folder["checkpoint-20/config.json"], na == nb ? $$"""{"num_attention_heads": {{na}} }"""
            : $$"""{"text_config": {"num_attention_heads": {{na}} }, "vision_config": {"num_attention_heads": {{nb}} } }""");
        AssertRows(
            InProcess.Run("analyze", _folder[""], "--json"), [(20, a.Split('.')[0], 3, first), (20, b.Split('.')[0], 3, second)]);
    }

    [Theory]
    [InlineData("epoch={0}-val_loss=2.{1}.ckpt", new long[] { 100, 200, 300 })] // a metric in the name is no step, the file's own is
    [InlineData("ckpt_db6e558_ep0000{0}_loss9.2281_lr0.001.pth.tar", new long[] { 100, 200, 300 })]
    [InlineData("waveglow_{0}", new long[] { 100, 200, 300 })]
    [InlineData("ckpt {0} – λ.pt", new long[] { 100, 200, 300 })]
    public void Torch_files_of_odd_names_are_ordered_by_the_step_in_them(string name, long[] steps)
    {
        var rows = new List<(long, string, int, Model)>();
        foreach ((int i, long step) in steps.Index())
        {
            var model = new Model(2, 2, 3, 6, seed: i);
            object[] history = [.. Enumerable.Range(0, 50).Select(e => Pickles.Dict(("epoch", e), ("loss", 1.0 / (e + 1))))];
            Torch(string.Format(name, i, 9 - i), Pickles.Dict(
                ("state_dict", Pickles.Dict([.. model.Fused("net.attn").Select(t => (t.Item1, (object)Single(t.Item2)))])),
                ("epoch", i), ("global_step", (int)step), ("history", history), ("hyper_parameters", Pickles.Dict(("num_heads", 2)))));
            rows.Add((step, "", 0, model));
        }

        AssertRows(InProcess.Run("analyze", _folder[""], "--json"), [.. rows]);
    }

    [Fact]
    public void Named_checkpoints_beside_numbered_ones_have_their_own_steps_and_a_repeated_one_is_found()
    {
        foreach ((string name, int step) in ((string, int)[])
            [("start", 0), ("step_010000", 10000), ("minimum_test", 14500), ("step_020000", 20000), ("final", 20000)])
        {
            float[,] values = Single(Model.Random(new(step), 18, 6));
            Torch($"seed0/{name}.pt", Pickles.Dict(
                ("step", step), ("arguments", Pickles.Dict(("seed", 0))),
                ("model_state_dict", Pickles.Dict(("a.qkv_projection.weight", values)))));
        }

        string output = InProcess.Run("analyze", _folder["seed0"], "--tensors", "qkv").Succeeded().Out;
        Assert.Contains("5 checkpoints, steps 0 to 20001", output, StringComparison.Ordinal);
        Assert.Contains("14500", output, StringComparison.Ordinal);
        Assert.Contains("step 20001 holds the same weights as step 20000", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Zeros_have_norms_and_no_ranks()
    {
        var model = new Model(2, 2, 3, 6, seed: 3);
        model.O.Clear();
        Write("step0.safetensors", model.Linear("model.layers.3.self_attn", "o_proj"));
        AssertRows(InProcess.Run("analyze", _folder[""], "--heads", "2", "--json"), [(0, "", 3, model)]);
    }

    [Fact]
    public void Files_that_cannot_be_read_as_they_are_say_what_to_do()
    {
        Put("script_1.pt", Bytes.Zip(System.IO.Compression.CompressionLevel.Fastest,
            ("m/code/__torch__/nn.py", "def forward"u8.ToArray()), ("m/data.pkl", [0x80, 2, (byte)'}', (byte)'.']),
            ("m/constants.pkl", [0x80, 2, (byte)'.'])));
        InProcess.Run("analyze", _folder["script_1.pt"]).IsRefused("TorchScript", "torch.jit.load", "state_dict");

        // JAX writes bfloat16 as numpy's |V2, two bytes of no type.
        byte[] array = Bytes.Npy("{'descr': '|V2', 'fortran_order': False, 'shape': (6, 18), }\n", 2 * 6 * 18);
        byte[] square = Bytes.Npy("{'descr': '|V2', 'fortran_order': False, 'shape': (6, 6), }\n", 2 * 6 * 6);
        Put("step_5.npz", Bytes.Zip(System.IO.Compression.CompressionLevel.NoCompression,
            ("h.0.attn.c_attn.weight.npy", array), ("h.0.attn.c_proj.weight.npy", square)));
        InProcess.Run("analyze", _folder["step_5.npz"], "--heads", "2").IsRefused("|V2", "bfloat16");
        foreach ((string metadata, string said) in ((string, string)[])[("{\"step\":7}", "metadata 'step'"), ("null", "__metadata__")])
        {
            Put("step7.safetensors",
                Bytes.Safetensors($$$"""{"__metadata__":{{{metadata}}},"w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}""", 4));
            InProcess.Run("analyze", _folder["step7.safetensors"], "--tensors", "w").IsRefused(said);
        }

        // An index that names shards that are gone.
        Put("old/model.safetensors.index.json", """{"weight_map": {"w": "model-00001-of-00004.safetensors"}}"""u8.ToArray());
        InProcess.Run("analyze", _folder["old"]).IsRefused("model-00001-of-00004.safetensors", "missing");
    }

    [Fact]
    public void An_adapter_alone_has_no_heads_and_its_factors_are_matrices()
    {
        Write("checkpoint-20/adapter_model.safetensors",
            [("base_model.model.layers.0.self_attn.q_proj.lora_A.weight", Random(2, 6)),
                ("base_model.model.layers.0.self_attn.q_proj.lora_B.weight", Random(6, 2))]);
        InProcess.Run("analyze", _folder[""]).IsRefused("LoRA", "--tensors", "lora_[AB]");
        JsonElement[] rows = [.. InProcess.Run("analyze", _folder[""], "--tensors", "lora_[AB]", "--json").Json.EnumerateArray()];
        Assert.Equal(2, rows.Length);
    }

    /// <summary>Texts as people have them: what is not UTF-8 is said, what is odd is read.</summary>
    [Theory]
    [InlineData("utf-16", "UTF-8")]
    [InlineData("latin1", "UTF-8")]
    [InlineData("one letter", "single token")]
    [InlineData("too short", "")]
    [InlineData("carriage returns", null)]
    [InlineData("byte order mark", null)]
    [InlineData("beyond the basic plane", null)]
    public void Odd_texts_are_read_or_refused(string kind, string? refusal)
    {
        string text = string.Concat(Enumerable.Repeat("The quick brown fox jumps over the lazy dog.\n", 200));
        Put("text.txt", kind switch
        {
            "utf-16" => [.. System.Text.Encoding.Unicode.Preamble, .. System.Text.Encoding.Unicode.GetBytes(text)],
            "latin1" => System.Text.Encoding.Latin1.GetBytes(text.Replace("fox", "renard rusé", StringComparison.Ordinal)),
            "one letter" => System.Text.Encoding.UTF8.GetBytes(new string('a', 5000)),
            "too short" => "too short"u8.ToArray(),
            "carriage returns" => System.Text.Encoding.UTF8.GetBytes(text.Replace('\n', '\r')),
            "byte order mark" => [.. System.Text.Encoding.UTF8.Preamble,
                .. System.Text.Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"))],
            _ => System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("naïve 😀 中文 ", 400))),
        });
        Outcome outcome =
            InProcess.Run("train", "--kind", "attention-only", "--width", "8", "--context", "16", "--batch", "2", "--steps", "2",
            "--text", _folder["text.txt"], "--out", _folder["run"]);
        if (refusal is null)
            outcome.Succeeded();
        else
            outcome.IsRefused(refusal);
    }

    private static void AssertRows(Outcome outcome, params (long Step, string Module, int Layer, Model Model)[] attentions)
    {
        JsonElement[] rows = [.. outcome.Json.EnumerateArray()];
        Assert.Equal(attentions.Sum(a => a.Model.Heads), rows.Length);
        foreach ((long step, string module, int layer, Model model) in attentions)
        {
            for (int i = 0; i < model.Heads; i++)
            {
                JsonElement row =
                    Assert.Single(rows, r => r.GetProperty("step").GetInt64() == step && r.GetProperty("layer").GetInt32() == layer
                    && r.GetProperty("module").GetString() == module && r.GetProperty("head").GetInt32() == i);
                foreach ((string name, double expected) in model.Numbers(i))
                {
                    JsonElement value = row.GetProperty(name);
                    double actual = value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();
                    Assert.True(expected.Equals(actual) || Math.Abs(actual - expected) <= Tolerance * Math.Max(1, Math.Abs(expected)),
                        $"step {step}, {module} layer {layer} head {i}, {name}: {actual:R} instead of {expected:R}");
                }
            }
        }
    }

    private void Write(string name, (string Name, Matrix<double> Values)[] tensors)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        SafetensorsWriter.Write(_folder[name], [.. tensors.Select(t => TensorToWrite.Create(
            t.Name.Split('/')[0], Model.ShapeOf(t.Name, t.Values), Single(t.Values).Cast<float>().ToArray()))]);
    }

    private void Torch(string name, object value) => Put(name, Pickles.File(value));

    private void Put(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], bytes);
    }

    private static float[,] Single(Matrix<double> matrix)
    {
        var values = new float[matrix.RowCount, matrix.ColumnCount];
        for (int i = 0; i < matrix.RowCount; i++)
        {
            for (int j = 0; j < matrix.ColumnCount; j++)
                values[i, j] = (float)matrix[i, j];
        }

        return values;
    }

    private static Matrix<double> Random(int rows, int columns) => Model.Random(new(rows * 31 + columns), rows, columns);

    /// <summary>One attention: its matrices, how families store them, and the numbers of its circuits.</summary>
    private sealed class Model
    {
        private readonly int _k, _h, _d;

        public Model(int n, int k, int h, int d, int seed)
        {
            (Heads, _k, _h, _d) = (n, k, h, d);
            var random = new Random(seed);
            (Q, K, V, O) = (Random(random, n * h, d), Random(random, k * h, d), Random(random, k * h, d), Random(random, d, n * h));
        }

        public int Heads { get; }

        public Matrix<double> Q { get; private set; }

        public Matrix<double> K { get; private set; }

        public Matrix<double> V { get; private set; }

        public Matrix<double> O { get; }

        /// <summary>Entries that single precision holds, of rows that differ in size.</summary>
        public static Matrix<double> Random(Random random, int rows, int columns) =>
            Matrix<double>.Build.Dense(rows, columns, (i, _) => (float)((random.NextDouble() - 0.5) * (1 + i % 5)));

        /// <summary>Nanda's and TransformerLens's tensors have three axes; here they are matrices with the first two joined.</summary>
        public static long[] ShapeOf(string name, Matrix<double> values) =>
            name.Split('/') is [_, var first] ? [long.Parse(first), values.RowCount / long.Parse(first), values.ColumnCount]
                : [values.RowCount, values.ColumnCount];

        public (string, Matrix<double>)[] Linear(string at, string output = "o_proj", string suffix = "_proj") =>
            [($"{at}.q{suffix}.weight", Q), ($"{at}.k{suffix}.weight", K), ($"{at}.v{suffix}.weight", V), ($"{at}.{output}.weight", O)];

        /// <summary>torch.nn.MultiheadAttention.</summary>
        public (string, Matrix<double>)[] Fused(string at) => [($"{at}.in_proj_weight", Stack(Q, K, V)), ($"{at}.out_proj.weight", O)];

        public (string, Matrix<double>)[] Stored(string family)
        {
            switch (family)
            {
                case "GPT-J":
                    return Linear("transformer.h.3.attn", "out_proj");
                case "GPT-Neo":
                    return Linear("transformer.h.3.attn.attention", "out_proj");
                case "Phi-2":
                    return Linear("model.layers.3.self_attn", "dense");
                case "timm":
                    return [("blocks.3.attn.qkv.weight", Stack(Q, K, V)), ("blocks.3.attn.proj.weight", O)];
                case "llama2.c":
                    return [("layers.3.attention.wq.weight", Q), ("layers.3.attention.wk.weight", K), ("layers.3.attention.wv.weight", V),
                        ("layers.3.attention.wo.weight", O)];
                case "BERT":
                    return Named(
                        "bert.encoder.layer.3.attention.self.", "query", "key", "value", "bert.encoder.layer.3.attention.output.dense");
                case "T5":
                    return Named("encoder.block.3.layer.0.SelfAttention.", "q", "k", "v", "encoder.block.3.layer.0.SelfAttention.o");
                case "MPT":
                    return [("transformer.blocks.3.attn.Wqkv.weight", Stack(Q, K, V)), ("transformer.blocks.3.attn.out_proj.weight", O)];
                case "Megatron-core": // a group's queries, its key, its value
                    return [("decoder.layers.3.self_attention.linear_qkv.weight",
                        Stack([.. Enumerable.Range(0, _k).SelectMany(g => (Matrix<double>[])
                        [Rows(Q, g * Heads / _k * _h, Heads / _k * _h), Rows(K, g * _h, _h), Rows(V, g * _h, _h)])])),
                        ("decoder.layers.3.self_attention.linear_proj.weight", O)];
                case "OLMo":
                    return [("transformer.blocks.3.att_proj.weight", Stack(Q, K, V)), ("transformer.blocks.3.attn_out.weight", O)];
                case "StarCoder":
                    return [("transformer.h.3.attn.c_attn.weight", Stack(Q, K, V)), ("transformer.h.3.attn.c_proj.weight", O)];
                case "DistilBERT":
                    return Linear("distilbert.transformer.layer.3.attention", "out_lin", "_lin");
                case "Qwen3-Next": // of each head queries, then the gate
                    var random = new Random(9);
                    return [.. Linear("model.layers.3.self_attn").Skip(1), ("model.layers.3.self_attn.q_proj.weight",
                        Stack([.. Each(Q).SelectMany(q => (Matrix<double>[])[q, Random(random, _h, _d)])]))];
                case "lecture":
                    return [.. Enumerable.Range(0, Heads).SelectMany(i => ((string, Matrix<double>)[])
                        [($"blocks.3.sa.heads.{i}.query.weight", Rows(Q, i * _h, _h)),
                            ($"blocks.3.sa.heads.{i}.key.weight", Rows(K, i * _h, _h)),
                            ($"blocks.3.sa.heads.{i}.value.weight", Rows(V, i * _h, _h))]), ("blocks.3.sa.proj.weight", O)];
                case "GPT-OSS":
                    return [.. Linear("model.layers.3.self_attn"), ("model.layers.3.self_attn.sinks", Random(new(1), 1, Heads))];
                case "ViT":
                    return Named(
                        "vit.encoder.layer.3.attention.attention.", "query", "key", "value", "vit.encoder.layer.3.attention.output.dense");
                case "ChatGLM2":
                    return [("transformer.encoder.layers.3.self_attention.query_key_value.weight", Stack(Q, K, V)),
                        ("transformer.encoder.layers.3.self_attention.dense.weight", O)];
                case "minGPT":
                    return Named("blocks.3.attn.", "query", "key", "value", "blocks.3.attn.proj");
                case "nanochat":
                    return Named("_orig_mod.transformer.h.3.attn.", "c_q", "c_k", "c_v", "_orig_mod.transformer.h.3.attn.c_proj");
                case "Nanda": // [n, h, d], and the output [d, n·h]
                    return [($"attn_blocks.3.attn.W_Q/{Heads}", Q), ($"attn_blocks.3.attn.W_K/{Heads}", K),
                        ($"attn_blocks.3.attn.W_V/{Heads}", V),
                        ("attn_blocks.3.attn.W_O", O)];
                case "TransformerLens": // [n, d, h], and the output [n, h, d]
                    return [($"blocks.3.attn.W_Q/{Heads}", Turned(Q)), ($"blocks.3.attn.W_K/{Heads}", Turned(K)),
                        ($"blocks.3.attn.W_V/{Heads}", Turned(V)), ($"blocks.3.attn.W_O/{Heads}", O.Transpose())];
                case "rotary halves": // rows of queries and keys in another order, which no circuit sees
                    return [("model.layers.3.self_attn.q_proj.weight", Halves(Q)), ("model.layers.3.self_attn.k_proj.weight", Halves(K)),
                        ("model.layers.3.self_attn.v_proj.weight", V), ("model.layers.3.self_attn.o_proj.weight", O)];
                case "torch in a wrapper":
                    return Fused("_fsdp_wrapped_module.layers.3._checkpoint_wrapped_module.attn");
                case "DeepSeek": // keys: 2 rows a head from the latent, 1 for all heads; values from the latent
                    Matrix<double> latent = Random(new(4), 4, _d), shared = Random(new(5), 1, _d);
                    Matrix<double> keys = Random(new(6), Heads * 2, 4), values = Random(new(7), Heads * _h, 4);
                    K = Stack([.. Enumerable.Range(0, Heads).SelectMany(i => (Matrix<double>[])[Rows(keys, 2 * i, 2) * latent, shared])]);
                    V = values * latent;
                    return [("model.layers.3.self_attn.q_proj.weight", Q),
                        ("model.layers.3.self_attn.kv_a_proj_with_mqa.weight", Stack(latent, shared)),
                        ("model.layers.3.self_attn.kv_b_proj.weight",
                            Stack([.. Enumerable.Range(0, Heads).SelectMany(i => (Matrix<double>[])
                            [Rows(keys, 2 * i, 2), Rows(values, _h * i, _h)])])), ("model.layers.3.self_attn.o_proj.weight", O)];
                default:
                    throw new ArgumentException(family);
            }
        }

        /// <summary>The circuits of a head, formed and decomposed in full.</summary>
        public IEnumerable<(string Name, double Value)> Numbers(int head)
        {
            int group = head * _k / Heads;
            Matrix<double> qk = Rows(Q, head * _h, _h).Transpose() * Rows(K, group * _h, _h);
            Matrix<double> ov = O.SubMatrix(0, _d, head * _h, _h) * Rows(V, group * _h, _h);
            foreach ((string circuit, Matrix<double> matrix) in ((string, Matrix<double>)[])[("qk", qk), ("ov", ov)])
            {
                double[] σ = [.. matrix.Svd().S.Take(Math.Min(_h, _d))];
                double sum = σ.Sum(), entropy = σ.Where(s => s > 0).Sum(s => -s / sum * Math.Log(s / sum));
                yield return ($"{circuit}EffectiveRank", sum > 0 ? Math.Exp(entropy) : double.NaN);
                yield return ($"{circuit}StableRank", sum > 0 ? σ.Sum(s => s * s) / (σ[0] * σ[0]) : double.NaN);
                yield return ($"{circuit}Norm", Math.Sqrt(σ.Sum(s => s * s)));
                yield return ($"{circuit}LargestSingularValue", σ[0]);
            }

            var eigenvalues = ov.Evd().EigenValues;
            double sizes = eigenvalues.Sum(λ => λ.Magnitude);
            yield return ("ovEigenvaluePositivity", sizes > 0 ? eigenvalues.Sum(λ => λ.Real) / sizes : double.NaN);
        }

        private (string, Matrix<double>)[] Named(string at, string q, string k, string v, string output) =>
            [($"{at}{q}.weight", Q), ($"{at}{k}.weight", K), ($"{at}{v}.weight", V), ($"{output}.weight", O)];

        private Matrix<double>[] Each(Matrix<double> matrix) =>
            [.. Enumerable.Range(0, matrix.RowCount / _h).Select(i => Rows(matrix, i * _h, _h))];

        private Matrix<double> Turned(Matrix<double> matrix) => Stack([.. Each(matrix).Select(m => m.Transpose())]);

        private Matrix<double> Halves(Matrix<double> matrix) => Stack([.. Each(matrix).Select(m => Matrix<double>.Build.DenseOfRowVectors(
            Enumerable.Range(0, _h).Select(i => m.Row(i < _h / 2 ? 2 * i : 2 * (i - _h / 2) + 1))))]);

        private static Matrix<double> Rows(Matrix<double> matrix, int first, int count) =>
            matrix.SubMatrix(first, count, 0, matrix.ColumnCount);

        private static Matrix<double> Stack(params Matrix<double>[] parts) => parts.Aggregate((a, b) => a.Stack(b));
    }
}
