namespace Staircase.Checkpoints.Tests;

/// <summary>The budget of memory guards against bombs, not against the histories that trainers keep beside the weights.</summary>
public sealed class HistoryTests : IDisposable
{
    private const int Epochs = 25_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Histories => ["dicts", "lists", "tuples", "default dicts", "numbers"];

    [Theory]
    [MemberData(nameof(Histories))]
    public void A_history_of_25000_epochs_beside_a_small_model_is_read(string kind)
    {
        object history = kind switch
        {
            "dicts" => All(i => Pickles.Dict(("epoch", i), ("train_loss", 1.0 / (i + 1)), ("test_loss", 2.0 / (i + 1)), ("test_acc", 0.5))),
            "lists" => All(i => (object[])[i, 1.0 / (i + 1)]),
            "tuples" => All(i => (byte[])[(byte)'J', .. BitConverter.GetBytes(i), (byte)'J', .. BitConverter.GetBytes(i), 0x86]),
            "default dicts" => (byte[])
            [
                .. "ccollections\ndefaultdict\ncbuiltins\ndict\n"u8, 0x85, (byte)'R', (byte)'(',
                .. Enumerable.Range(0, Epochs).SelectMany(i => (byte[])
                [
                    (byte)'J', .. BitConverter.GetBytes(i), (byte)'}', (byte)'J', .. BitConverter.GetBytes(i), (byte)'J',
                    .. BitConverter.GetBytes(i), (byte)'s',
                ]),
                (byte)'u',
            ],
            _ => All(i => (object)i),
        };
        string path = _folder.Write("a.pt", Pickles.File(Pickles.Dict(
            ("step", 7), ("model_state", Pickles.Dict(("w", new float[,] { { 1, 2 }, { 3, 4 } }))), ("history", history))));
        using TorchFile file = TorchFile.Open(path);
        Assert.Equal("7", file.Metadata["step"]);
        Assert.Equal([1.0, 2, 3, 4], file.ReadDouble("w"));

        static object[] All(Func<int, object> of) => [.. Enumerable.Range(0, Epochs).Select(of)];
    }

    /// <summary>numpy's arrays are bytes, or in protocol 2 text of which every byte is a letter.</summary>
    [Theory]
    [InlineData((byte)'B')]
    [InlineData((byte)'X')]
    public void Megabytes_of_numpy_beside_a_small_model_are_read_over(byte opcode)
    {
        byte[] numbers = new byte[8 << 20];
        numbers.AsSpan().Fill((byte)'a');
        string path = _folder.Write("a.pt", Pickles.File(Pickles.Dict(
            ("model", Pickles.Dict(("w", new float[,] { { 1, 2 } }))),
            ("perm", (byte[])[opcode, .. BitConverter.GetBytes(numbers.Length), .. numbers]))));
        numbers = [];
        long before = GC.GetAllocatedBytesForCurrentThread();
        using TorchFile file = TorchFile.Open(path);
        Assert.Equal([1.0, 2], file.ReadDouble("w"));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10 << 20, "the array was kept beside the pickle");
    }

    /// <summary>One byte an empty dict: more than a hundred times its size in memory, which no history comes to.</summary>
    [Fact]
    public void A_pickle_that_builds_a_hundred_times_its_size_is_refused_before_it_does()
    {
        const int Bytes = 1 << 20;
        byte[] bomb = [(byte)'(', .. Enumerable.Repeat((byte)'}', Bytes), (byte)'t'];
        string path = _folder.Write("a.pt", Pickles.File(Pickles.Dict(("bomb", bomb))));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<CheckpointFormatException>(() => TorchFile.Open(path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 48 * (long)Bytes, "the refusal came too late");
    }

    [Fact]
    public void An_index_of_many_tensors_in_linked_shards_is_read()
    {
        const int Shards = 4, Tensors = 4650;
        var map = new List<string>();
        Directory.CreateDirectory(_folder["blobs"]);
        Directory.CreateDirectory(_folder["snapshot"]);
        for (int shard = 0; shard < Shards; shard++)
        {
            string name = $"model-0000{shard + 1}-of-0000{Shards}.safetensors";
            string[] names = [.. Enumerable.Range(0, Tensors).Select(i => $"model.layers.{shard}.mlp.experts.{i}.down_proj.weight")];
            SafetensorsWriter.Write(
                _folder[$"blobs/{shard}"], [.. names.Select(tensor => TensorToWrite.Create(tensor, [16, 16], new float[256]))]);
            File.CreateSymbolicLink(_folder[$"snapshot/{name}"], $"../blobs/{shard}");
            map.AddRange(names.Select(tensor => $"\"{tensor}\":\"{name}\""));
        }

        string index = _folder["snapshot/model.safetensors.index.json"];
        File.WriteAllText(index, $"{{\"weight_map\":{{{string.Join(',', map)}}}}}");
        using ITensorSource source = CheckpointFile.Open(index);
        Assert.Equal(Shards * Tensors, source.Tensors.Count);
    }

    [Fact]
    public void Of_partial_safetensors_what_is_there_is_read_and_what_is_missing_is_named()
    {
        string whole = _folder["whole.safetensors"], part = _folder["part.safetensors"];
        SafetensorsWriter.Write(whole, [.. Enumerable.Range(0, 4).Select(i => TensorToWrite.Create($"t{i}", [2], (double[])[i, -i]))]);
        byte[] bytes = File.ReadAllBytes(whole);
        int data = bytes.Length - 64;
        File.WriteAllBytes(part, bytes[..(data + 40)]); // two and a half
        Assert.Contains(
            "--partial", Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(part)).Message, StringComparison.Ordinal);
        using (ITensorSource source = CheckpointFile.Open(part, partial: true))
        {
            Assert.Equal(["t0", "t1"], source.Tensors.Select(tensor => tensor.Name), StringComparer.Ordinal);
            Assert.Equal(["t2", "t3"], source.Missing, StringComparer.Ordinal);
            Assert.Equal([1.0, -1], source.ReadDouble("t1"));
            Assert.Throws<CheckpointFormatException>(() => source.ReadDouble("t2"));
        }

        // Half a header is none; bytes behind the last tensor are an error all the same.
        File.WriteAllBytes(part, bytes[..(data - 8)]);
        Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(part, partial: true));
        File.WriteAllBytes(part, [.. bytes, 1]);
        Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(part, partial: true));

        File.WriteAllBytes(part, bytes[..(data + 40)]);
        File.WriteAllText(
            _folder["m.safetensors.index.json"],
            """
            {"weight_map":{"t0":"part.safetensors","t1":"part.safetensors",
              "t2":"part.safetensors","t3":"part.safetensors","u":"gone.safetensors"}}
            """);
        using ITensorSource shards = CheckpointFile.Open(_folder["m.safetensors.index.json"], partial: true);
        Assert.Equal(["t2", "t3", "u"], shards.Missing, StringComparer.Ordinal);
        Assert.Equal(2, shards.Tensors.Count);
        Assert.Contains(
            "not there", Assert.Throws<CheckpointFormatException>(() => shards.ReadDouble("u")).Message, StringComparison.Ordinal);
    }
}
