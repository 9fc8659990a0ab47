using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Staircase.Checkpoints.Tests;

/// <summary>
/// For whatever FsCheck thinks of: well-formed files, put together here by their specification, read as what was put in; anything else is
/// refused as what it is.
/// </summary>
public sealed class ReaderPropertyTests
{
    private static readonly Config Checks = Config.QuickThrowOnFailure.WithMaxTest(100);

    /// <summary>Entries in any order of the header, with spaces and unknown keys, names of any characters.</summary>
    [Fact]
    public void Safetensors_are_read_whatever_the_header_looks_like()
    {
        using var folder = new TemporaryFolder();
        Prop.ForAll<float[][], NonNull<string>, int>((arrays, text, seed) =>
        {
            var random = new Random(seed);
            string name = WellFormed(text.Item);
            var entries = new List<string>();
            var data = new List<byte>();
            for (int i = 0; i < arrays.Length; i++)
            {
                int begin = data.Count;
                data.AddRange(arrays[i].SelectMany(BitConverter.GetBytes));
                string[] keys = ["\"dtype\":\"F32\"", $"\"shape\":[{arrays[i].Length}]", $" \"data_offsets\" : [ {begin} ,{data.Count}]",
                    "\"extra\":{\"a\":[1,null]}"];
                random.Shuffle(keys);
                entries.Add($"{JsonSerializer.Serialize($"{i}{name}")}:{{{string.Join(", ", keys)}}}");
            }

            string[] shuffled = [.. entries];
            random.Shuffle(shuffled);
            byte[] json = Encoding.UTF8.GetBytes($"{{{string.Join(",\n", shuffled)}}}{new string(' ', random.Next(9))}");
            byte[] length = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
            string path = folder.Write("a", [.. length, .. json, .. data]);
            foreach (bool mapped in new[] { false, true })
            {
                using SafetensorsFile file = SafetensorsFile.Open(path, mapped);
                Assert.Equal(arrays.Length, file.Tensors.Count);
                for (int i = 0; i < arrays.Length; i++)
                    Assert.Equal(arrays[i].Select(value => (double)value), file.ReadDouble($"{i}{name}"));
            }
        }).Check(Checks);
    }

    /// <summary>Both byte orders, both memory orders, both quotes, keys in any order.</summary>
    [Fact]
    public void Npy_is_read_whatever_the_header_looks_like()
    {
        using var folder = new TemporaryFolder();
        Prop.ForAll<short[], int>((values, seed) =>
        {
            var random = new Random(seed);
            bool bigEndian = random.Next(2) == 0, fortran = random.Next(2) == 0;
            int rows = Math.Max(1, random.Next(4)), columns = values.Length / rows;
            string quote = random.Next(2) == 0 ? "'" : "\"";
            string[] keys =
            [
                $"{quote}descr{quote}: {quote}{(bigEndian ? '>' : '<')}i2{quote}",
                    $"{quote}fortran_order{quote}:{(fortran ? "True" : "False")}", $"{quote}shape{quote} : ({rows}, {columns})",
            ];
            random.Shuffle(keys);
            byte[] header = Bytes.Npy(
                $"{{{string.Join(", ", keys)}{(random.Next(2) == 0 ? ", " : "")}}}{new string(' ', random.Next(20))}\n", 0,
                (byte)random.Next(1, 4));
            var data = new byte[2 * rows * columns];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    Span<byte> at = data.AsSpan(2 * (fortran ? j * rows + i : i * columns + j));
                    if (bigEndian)
                        BinaryPrimitives.WriteInt16BigEndian(at, values[i * columns + j]);
                    else
                        BinaryPrimitives.WriteInt16LittleEndian(at, values[i * columns + j]);
                }
            }

            string path = folder.Write("a.npy", [.. header, .. data]);
            Assert.Equal([rows, columns], NpyReader.ReadInfo(path).Shape);
            Assert.Equal(values.Take(rows * columns).Select(v => (double)v), NpyReader.Read(path).Values);
        }).Check(Checks);
    }

    /// <summary>
    /// Values of any depth, in the opcodes of any protocol, with tensors of two numbers at some leaves: exactly those are found, by their
    /// path.
    /// </summary>
    [Fact]
    public void Pickles_of_any_nesting_give_their_tensors_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        Prop.ForAll<int, NonNull<string>>((seed, text) =>
        {
            var random = new Random(seed);
            var pickle = new List<byte> { 0x80, (byte)random.Next(2, 6) };
            var expected = new List<string>();
            Value("", 0);
            pickle.Add((byte)'.');
            using TorchFile file = TorchFile.Open(folder.Write("a.pt", TorchHostileTests.Archive([.. pickle])));
            Assert.Equal(
                expected.Order(StringComparer.Ordinal), file.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal),
                StringComparer.Ordinal);
            foreach (string name in expected)
                Assert.Equal([1.5, -2], file.ReadDouble(name));

            void Value(string path, int depth)
            {
                switch (random.Next(depth == 0 ? 3 : depth > 4 ? 6 : 9) + (depth == 0 ? 6 : 0))
                {
                    case 0: pickle.AddRange((byte[])[(byte)'K', (byte)random.Next(256)]); break;
                    case 1: pickle.AddRange((byte[])[(byte)'G', .. BitConverter.GetBytes(random.NextInt64())]); break;
                    case 2: Text(WellFormed(text.Item)); break;
                    case 3: pickle.Add(random.Next(3) switch { 0 => (byte)'N', 1 => 0x88, _ => 0x89 }); break;
                    case 4 or 5:
                        pickle.AddRange(TorchHostileTests.Tensor(2, 0, 2, 1).AsSpan(2));
                        expected.Add(path);
                        break;
                    case 6: // a dict, one item at a time or all at once
                        pickle.Add((byte)'}');
                        bool together = random.Next(2) == 0;
                        if (together)
                            pickle.Add((byte)'(');
                        for (int i = 0, count = random.Next(4); i < count; i++)
                        {
                            Text($"k{i}");
                            Value(Join(path, $"k{i}"), depth + 1);
                            if (!together)
                                pickle.Add((byte)'s');
                        }

                        if (together)
                            pickle.Add((byte)'u');
                        break;
                    default: // a list or a tuple
                        bool tuple = random.Next(2) == 0;
                        pickle.AddRange(tuple ? (byte[])[(byte)'('] : [(byte)']', (byte)'(']);
                        for (int i = 0, count = random.Next(4); i < count; i++)
                            Value(Join(path, $"{i}"), depth + 1);
                        pickle.Add(tuple ? (byte)'t' : (byte)'e');
                        break;
                }
            }

            void Text(string value)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(value);
                byte[] length = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
                pickle.AddRange((byte[])[(byte)'X', .. length, .. bytes]);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

        static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
    }

    /// <summary>Any assignment of names to shards is read; one that names the wrong shard is refused.</summary>
    [Fact]
    public void Shards_are_read_as_the_index_says_and_not_otherwise()
    {
        using var folder = new TemporaryFolder();
        Prop.ForAll<byte[]>(shardOf =>
        {
            if (shardOf.Length == 0)
                return;
            string Shard(int i) => $"s{shardOf[i] % 3}.safetensors";
            foreach (IGrouping<string, int> shard in Enumerable.Range(0, shardOf.Length).GroupBy(Shard, StringComparer.Ordinal))
                SafetensorsWriter.Write(folder[shard.Key], [.. shard.Select(i => TensorToWrite.Create($"t{i}", [1], (double[])[i]))]);
            string path = folder.Write(
                "m.safetensors.index.json",
                JsonSerializer.SerializeToUtf8Bytes(new
                {
                    weight_map = Enumerable.Range(0, shardOf.Length)
                    .ToDictionary(i => $"t{i}", Shard, StringComparer.Ordinal)
                }));
            using (ShardedCheckpoint file = ShardedCheckpoint.Open(path))
            {
                Assert.Equal(shardOf.Length, file.Tensors.Count);
                for (int i = 0; i < shardOf.Length; i++)
                {
                    Assert.Equal([i], file.ReadDouble($"t{i}"));
                    Assert.Equal(folder[Shard(i)], file.FileOf($"t{i}"));
                }
            }

            string other = Enumerable.Range(0, shardOf.Length).Select(Shard)
                .FirstOrDefault(shard => !string.Equals(shard, Shard(0), StringComparison.Ordinal)) ?? "s9.safetensors";
            folder.Write(
                "m.safetensors.index.json",
                JsonSerializer.SerializeToUtf8Bytes(new
                {
                    weight_map = Enumerable.Range(0, shardOf.Length)
                    .ToDictionary(i => $"t{i}", i => i == 0 ? other : Shard(i), StringComparer.Ordinal)
                }));
            Assert.Contains(
                "t0", Assert.Throws<CheckpointFormatException>(() => ShardedCheckpoint.Open(path)).Message, StringComparison.Ordinal);
        }).Check(Checks);
    }

    /// <summary>Numbers and texts of a config are found under their path, whatever stands beside them.</summary>
    [Fact]
    public void Configs_are_read_whatever_they_hold()
    {
        using var folder = new TemporaryFolder();
        string source = folder.Write("a.npy", Bytes.GoodNpy(1));
        Prop.ForAll<int[], NonNull<string>, bool>((numbers, text, nested) =>
        {
            Dictionary<string, int> plain = numbers.Select((value, i) => (Key: $"{i}{WellFormed(text.Item)}", value)).ToDictionary(
                pair => pair.Key, pair => pair.value, StringComparer.Ordinal);
            var config = new Dictionary<string,
                object?>(StringComparer.Ordinal)
            {
                ["text"] = WellFormed(text.Item),
                ["none"] = null,
                ["list"] = new object[] { 1, "a", new { b = 2 } },
                ["inner"] = plain
            };
            if (!nested)
                config = plain.ToDictionary(pair => pair.Key, pair => (object?)pair.Value, StringComparer.Ordinal);
            folder.Write("config.json", JsonSerializer.SerializeToUtf8Bytes(config));
            using ITensorSource file = CheckpointFile.Open(source);
            ModelConfig read = ModelConfig.Of(file);
            foreach ((string key, int value) in plain)
                Assert.Equal(value.ToString(CultureInfo.InvariantCulture), read.Values[nested ? $"inner.{key}" : key].Text);
            Assert.Equal(plain.Count + (nested ? 2 : 0), read.Values.Count); // the text, and the number in the list
            Assert.Equal(nested ? "1" : null, read.Values.GetValueOrDefault("list.0")?.Text);
        }).Check(Checks);
    }

    /// <summary>Any bytes behind any beginning: success or a refusal that names the file.</summary>
    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        byte[][] beginnings = [[], "PK\x03\x04"u8.ToArray(), "PK\x05\x06"u8.ToArray(), [0x93, .. "NUMPY\x01\x00"u8],
            [2, 0, 0, 0, 0, 0, 0, 0, .. "{}"u8], [0x80, 2]];
        string[] names = ["a.safetensors", "a.npz", "a.npy", "a.pt", "a.safetensors.index.json"];
        Prop.ForAll<byte[], byte, byte>((bytes, beginning, name) =>
        {
            string path = folder.Write(names[name % names.Length], [.. beginnings[beginning % beginnings.Length], .. bytes]);
            if (Record.Exception(() => Drain.Any(path)) is { } exception)
                Assert.Equal(path, Assert.IsType<CheckpointFormatException>(exception).FilePath);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    /// <summary>Text that UTF-8 can hold, without the control characters that member names may not have.</summary>
    private static string WellFormed(string text) => new([.. text.Where(c => !char.IsSurrogate(c) && !char.IsControl(c))]);
}
