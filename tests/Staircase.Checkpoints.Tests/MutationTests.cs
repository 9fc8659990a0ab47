using System.Diagnostics;

namespace Staircase.Checkpoints.Tests;

/// <summary>Mutated files: whatever happens is a success or a <see cref="CheckpointFormatException"/>.</summary>
public sealed class MutationTests
{
    /// <summary>
    /// What opening may allocate beyond twice the file: 4 MiB of descriptions, and buffers, messages and traces of the exception.
    /// </summary>
    private const long Constant = (4L << 20) + (2L << 20);

    /// <summary>
    /// Numbers asked for as double take eight times their byte; a deflated member may expand to more, which its data then prove.
    /// </summary>
    private const int LargestNumber = 8, MostExpansion = 1100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Mutants a file: 400, or as many as STAIRCASE_MUTATIONS says.</summary>
    private static readonly int Mutations =
        int.TryParse(Environment.GetEnvironmentVariable("STAIRCASE_MUTATIONS"), out int asked) ? asked : 400;

    private static readonly byte[][] Pieces =
    [
        [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80], [0, 0, 0, 0],
        "PK\x01\x02"u8.ToArray(), "PK\x05\x06"u8.ToArray(), "PK\x06\x06"u8.ToArray(), "PK\x06\x07"u8.ToArray(),
        "{"u8.ToArray(), "}"u8.ToArray(), "-1"u8.ToArray(), "9999999999999999999"u8.ToArray(), "\""u8.ToArray(), "\\u0000"u8.ToArray(),
        "'"u8.ToArray(), "(),"u8.ToArray(), ">f8"u8.ToArray(), "|O"u8.ToArray(), "F64"u8.ToArray(), "True"u8.ToArray(),
        "[["u8.ToArray(), ":"u8.ToArray(), "\\ud800"u8.ToArray(), "../"u8.ToArray(), "1e999"u8.ToArray(), "null"u8.ToArray(),
        "(("u8.ToArray(), "R"u8.ToArray(), "Q"u8.ToArray(), "s"u8.ToArray(), "u"u8.ToArray(), "cposix\nsystem\n"u8.ToArray(), [0x8a, 8],
            [0x8d], "J"u8.ToArray(), "h\0"u8.ToArray(), "2\u0086"u8.ToArray(),
    ];

    /// <summary>Every fixture; those whose bytes are no checkpoint of a kind that is read are mutants already.</summary>
    public static TheoryData<string> Fixtures =>
        [.. Directory.EnumerateFiles(Fixture.PathOf("")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Reading_a_mutated_file_succeeds_or_is_refused(string fixture)
    {
        Run(fixture, File.ReadAllBytes(Fixture.PathOf(fixture)), folder =>
        {
            string mutated = folder["mutant" + Path.GetExtension(fixture)];
            return (mutated, () => Drain.Any(mutated));
        });
    }

    /// <summary>Two shards and their index; in turn one of the three is mutated.</summary>
    [Theory]
    [InlineData("model.safetensors.index.json")]
    [InlineData("model-1.safetensors")]
    [InlineData("model-2.safetensors")]
    public void Reading_mutated_shards_succeeds_or_is_refused(string mutated)
    {
        using var good = new TemporaryFolder();
        Shards(good);
        Run(mutated, File.ReadAllBytes(good[mutated]), folder =>
        {
            string index = Shards(folder);
            Drain.Any(index);
            return (folder[mutated], () => Drain.Any(index));
        });

        static string Shards(TemporaryFolder folder)
        {
            SafetensorsWriter.Write(
                folder["model-1.safetensors"],
                [TensorToWrite.Create("a", [2, 3], new float[6]), TensorToWrite.Create("b", [1], (double[])[7])]);
            SafetensorsWriter.Write(folder["model-2.safetensors"], [TensorToWrite.Create("c", [2], (long[])[1, 2])]);
            return folder.Write(
                "model.safetensors.index.json",
                """
                {"metadata": {"total_size": 48, "note": "é"},
                 "weight_map": {"a": "model-1.safetensors", "b": "model-1.safetensors", "c": "model-2.safetensors"}}
                """u8.ToArray());
        }
    }

    [Fact]
    public void Reading_a_mutated_config_succeeds_or_is_refused()
    {
        byte[] config =
            """
            {"num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 3, "architectures": ["LlamaForCausalLM"],
             "rope": {"theta": 1e4, "deep": {"x": [1, 2, null]}}, "tie": false}
            """u8.ToArray();
        Run("config.json", config, folder =>
        {
            string path = folder.Write("layout_llama.npz", File.ReadAllBytes(Fixture.PathOf("layout_llama.npz")));
            return (folder["config.json"], Detect);

            void Detect()
            {
                using NpzFile source = NpzFile.Open(path);
                HeadLayout.Detect(source, ModelConfig.Of(source), new());
            }
        });
    }

    /// <summary>Mutants on all processors, each worker with a folder of its own.</summary>
    private static void Run(string name, byte[] good, Func<TemporaryFolder, (string Path, Action Read)> prepare)
    {
        int refused = 0, workers = Environment.ProcessorCount;
        long started = Stopwatch.GetTimestamp();
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            using var folder = new TemporaryFolder();
            (string path, Action read) = prepare(folder);
            for (int seed = worker; seed < Mutations; seed += workers)
            {
                if (!Survives(name, path, Mutate(good, new Random(seed)), seed, read))
                    Interlocked.Increment(ref refused);
            }
        });
        Assert.True(
            refused > Mutations / 20, $"Only {refused} of {Mutations} mutants of {name} were refused; do the mutations reach the format?");
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {refused} of {Mutations} refused in {Stopwatch.GetElapsedTime(started)}");
    }

    /// <summary>Whether a mutant is read; it may be refused, in bounds of time and memory.</summary>
    private static bool Survives(string name, string path, byte[] mutant, int seed, Action read)
    {
        bool isRead = true;
        File.WriteAllBytes(path, mutant);
        long before = GC.GetAllocatedBytesForCurrentThread(), startedOne = Stopwatch.GetTimestamp();
        try
        {
            read();
        }
        catch (CheckpointFormatException refusal)
        {
            isRead = false;
            Assert.True(
                refusal.FilePath.Length > 0 && refusal.Message.Contains("expected", StringComparison.Ordinal),
                $"{name}, seed {seed}: a refusal without file or reason, {refusal.Message}");
        }
        catch (Exception exception)
        {
            Assert.Fail($"{name}, seed {seed}: expected success or a CheckpointFormatException, got {exception}");
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        long most = Constant + 2L * mutant.Length + (long)LargestNumber * mutant.Length * (
            path.EndsWith(".npz", StringComparison.Ordinal) ? MostExpansion : Drain.MostTensors);
        Assert.True(allocated < most, $"{name}, seed {seed}: {allocated} bytes allocated for a file of {mutant.Length}");
        Assert.True(
            Stopwatch.GetElapsedTime(startedOne) < Patience,
            $"{name}, seed {seed}: {Stopwatch.GetElapsedTime(startedOne)} for a file of {mutant.Length} bytes");
        return isRead;
    }

    /// <summary>One to four edits, half of them near either end, where the structure of these formats is.</summary>
    private static byte[] Mutate(byte[] good, Random random)
    {
        var bytes = new List<byte>(good);
        for (int edits = random.Next(1, 5); edits > 0 && bytes.Count > 0; edits--)
        {
            int at = random.Next(4) switch
            {
                0 => random.Next(Math.Min(bytes.Count, 128)),
                1 => bytes.Count - 1 - random.Next(Math.Min(bytes.Count, 128)),
                _ => random.Next(bytes.Count),
            };
            int length = Math.Min(random.Next(1, 9), bytes.Count - at);
            byte[] piece = Pieces[random.Next(Pieces.Length)];
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, piece); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                default:
                    for (int i = 0; i < piece.Length && at + i < bytes.Count; i++)
                        bytes[at + i] = piece[i];
                    break;
            }
        }

        return [.. bytes];
    }
}
