namespace Staircase.Checkpoints.Tests;

/// <summary>Heads of every layout go to other layouts and come back, bit by bit, without anything being said about the file.</summary>
public sealed class LayoutConversionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(LayoutPropertyTests.BuiltIn), MemberType = typeof(LayoutPropertyTests))]
    public void Every_layout_is_converted_and_read_again_without_a_question(int index)
    {
        LayoutDescription layout = LayoutDescription.BuiltIn[index];
        foreach ((int draw, WrittenLayout written) in LayoutPropertyTests.Drawn(layout, seed: 500).Index())
        {
            string path = _folder[$"{draw}.npz"];
            NpzWriter.Write(path, written.Tensors);
            using ITensorSource source = CheckpointFile.Open(path);
            HeadLayout found = LayoutPropertyTests.Alone(source, written, layout)!;
            AssertConverts("plain");

            // TransformerLens has one dimension of a head, and one that heads read from.
            HeadWeights head = written.Head(3, 0);
            bool fits = head.Query.GetLength(0) == head.Value.GetLength(0) && head.Query.GetLength(1) == head.Key.GetLength(1)
                && head.Value.GetLength(1) == head.Key.GetLength(1) && head.Output.GetLength(0) == head.Query.GetLength(1);
            if (fits)
                AssertConverts("transformerlens");
            else
                Assert.Contains("plain", Refused(source, found, "transformerlens"), StringComparison.Ordinal);

            void AssertConverts(string target)
            {
                string output = _folder[$"{draw}.{target}.safetensors"];
                LayoutConversion.Write(source, found, LayoutDescription.Of(target), output);
                using ITensorSource file = CheckpointFile.Open(output);
                HeadLayout read = HeadLayout.Detect(file, ModelConfig.Of(file), new())!;
                Assert.Equal(target, read.Name);
                Assert.Equal(found.Layers.Select(layer => layer.Index), read.Layers.Select(layer => layer.Index));
                Assert.All(read.Layers, layer => Assert.Equal(written.Heads, layer.Heads));
                Assert.True(LayoutPropertyTests.Same(written, read, file), $"{layout.Name} to {target}: other heads than went in");
            }
        }
    }

    /// <summary>Whatever target is named, the file holds the heads or is not there.</summary>
    [Theory]
    [MemberData(nameof(LayoutPropertyTests.BuiltIn), MemberType = typeof(LayoutPropertyTests))]
    public void A_target_holds_the_heads_or_refuses(int index)
    {
        LayoutDescription target = LayoutDescription.BuiltIn[index];
        int held = 0;
        foreach ((int draw, WrittenLayout written) in LayoutPropertyTests.Drawn(LayoutDescription.Of("llama")[0], seed: 600).Index())
        {
            string path = _folder[$"{draw}.npz"], output = _folder[$"{draw}.safetensors"];
            NpzWriter.Write(path, written.Tensors);
            using ITensorSource source = CheckpointFile.Open(path);
            HeadLayout found = HeadLayout.Detect(source, ModelConfig.Empty, new(Heads: written.Heads))!;
            try
            {
                LayoutConversion.Write(source, found, [target], output);
            }
            catch (ArgumentException)
            {
                Assert.False(File.Exists(output));
                continue;
            }

            held++;
            using ITensorSource file = CheckpointFile.Open(output);
            Assert.True(LayoutPropertyTests.Same(written, HeadLayout.Detect(file, ModelConfig.Of(file), new())!, file), target.Name);
        }

        Assert.Empty(Directory.EnumerateFiles(_folder[""], "*.tmp"));
        Assert.True(
            held > 0 || target.Name is not ("llama" or "nanochat" or "meta" or "mpt" or "megatron-core"), $"{target.Name} held none");
    }

    [Fact]
    public void Modules_keep_their_names_and_precision_is_that_of_what_was_stored()
    {
        string path = _folder["two.safetensors"], output = _folder["out.safetensors"];
        SafetensorsWriter.Write(path, [.. Names("encoder", 4, 1 / 3f), .. Names("decoder", 9, 1e-3f)]);
        using ITensorSource source = CheckpointFile.Open(path);
        var options =
            new LayoutOptions { HeadsOf = new Dictionary<string, int>(StringComparer.Ordinal) { ["encoder"] = 2, ["decoder"] = 3 } };
        HeadLayout found = HeadLayout.Detect(source, ModelConfig.Empty, options)!;
        LayoutConversion.Write(source, found, LayoutDescription.Of("transformerlens"), output);
        using ITensorSource file = CheckpointFile.Open(output);
        Assert.All(file.Tensors, tensor => Assert.Equal(ElementType.F32, tensor.ElementType));
        HeadLayout read = HeadLayout.Detect(file, ModelConfig.Of(file), new())!;
        Assert.Equal(
            [("decoder", 0, 3), ("encoder", 0, 2)], read.Layers.Select(layer => (layer.Module, layer.Index, layer.Heads)).Order());
        // As of the source.
        Assert.Contains(read.Decisions, decision => decision.Contains("positions are rotary", StringComparison.Ordinal));
        Assert.Equal(1 / 3f, file.ReadDouble("encoder.blocks.0.attn.W_Q")[0]);
        Assert.Throws<IOException>(() => LayoutConversion.Write(source, found, LayoutDescription.Of("plain"), output));
        Assert.Single(file.Tensors, tensor => tensor.Name == "decoder.blocks.0.attn.W_O"); // as it was

        // Two numbers of heads are stated by shapes, or not at all.
        Assert.Contains("--heads", Refused(source, found, "meta"), StringComparison.Ordinal);
        Assert.Contains("read only", Refused(source, found, "deepseek"), StringComparison.Ordinal);

        static TensorToWrite[] Names(string module, int width, float value) =>
            [.. ((string[])["q", "k", "v", "o"]).Select(role => TensorToWrite.Create(
                $"{module}.layers.0.self_attn.{role}_proj.weight", [width, width], Enumerable.Repeat(value, width * width).ToArray()))];
    }

    private string Refused(ITensorSource source, HeadLayout found, string target)
    {
        string output = _folder["refused.safetensors"];
        string message = Assert.Throws<ArgumentException>(
            () => LayoutConversion.Write(source, found, LayoutDescription.Of(target), output)).Message;
        Assert.False(File.Exists(output));
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
