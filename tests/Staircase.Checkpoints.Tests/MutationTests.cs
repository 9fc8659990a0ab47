using System.Diagnostics;

namespace Staircase.Checkpoints.Tests;

/// <summary>Mutated files: whatever happens is a success or a <see cref="CheckpointFormatException"/>.</summary>
public sealed class MutationTests
{
    /// <summary>Above what any of these small files needs (buffers and a budget of 16 MiB of values), far below what a forged size would take.</summary>
    private const long MostAllocated = 40L << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly byte[][] Pieces =
    [
        [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80], [0, 0, 0, 0],
        "PK\x01\x02"u8.ToArray(), "PK\x05\x06"u8.ToArray(), "PK\x06\x06"u8.ToArray(), "PK\x06\x07"u8.ToArray(),
        "{"u8.ToArray(), "}"u8.ToArray(), "-1"u8.ToArray(), "9999999999999999999"u8.ToArray(), "\""u8.ToArray(), "\\u0000"u8.ToArray(),
        "'"u8.ToArray(), "(),"u8.ToArray(), ">f8"u8.ToArray(), "|O"u8.ToArray(), "F64"u8.ToArray(), "True"u8.ToArray(),
        "(("u8.ToArray(), "R"u8.ToArray(), "Q"u8.ToArray(), "s"u8.ToArray(), "u"u8.ToArray(), "cposix\nsystem\n"u8.ToArray(), [0x8a, 8], [0x8d], "J"u8.ToArray(), "h\0"u8.ToArray(), "2\u0086"u8.ToArray(),
    ];

    [Theory]
    [InlineData("dtypes.safetensors")]
    [InlineData("stored.npz")]
    [InlineData("deflated.npz")]
    [InlineData("plain.npy")]
    [InlineData("dtypes.pth")]
    [InlineData("list.pth")]
    [InlineData("module.pt")]
    public void Reading_a_mutated_file_succeeds_or_is_refused(string fixture)
    {
        // A longer run by hand: STAIRCASE_MUTATIONS=1000000.
        int mutations = int.TryParse(Environment.GetEnvironmentVariable("STAIRCASE_MUTATIONS"), out int asked) ? asked : 3000;
        Action<string> drain = Path.GetExtension(fixture) switch
        {
            ".safetensors" => Drain.Safetensors,
            ".npz" => Drain.Npz,
            ".pth" or ".pt" => Drain.Torch,
            _ => Drain.Npy,
        };
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(Fixture.PathOf(fixture));
        int refused = 0;
        long started = Stopwatch.GetTimestamp();
        for (int seed = 0; seed < mutations; seed++)
        {
            byte[] mutant = Mutate(good, new Random(seed));
            string path = folder.Write("mutant", mutant);
            long before = GC.GetAllocatedBytesForCurrentThread(), startedOne = Stopwatch.GetTimestamp();
            try
            {
                drain(path);
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }
            catch (Exception exception)
            {
                Assert.Fail($"{fixture}, seed {seed}: expected success or a CheckpointFormatException, got {exception}");
            }

            // A refused file must not have cost more than its own size in text and values, or a hang; numbers asked for as double take up to eight times their byte.
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MostAllocated, $"{fixture}, seed {seed}: {allocated} bytes allocated for a file of {mutant.Length}");
            Assert.True(Stopwatch.GetElapsedTime(startedOne) < Patience, $"{fixture}, seed {seed}: {Stopwatch.GetElapsedTime(startedOne)} for a file of {mutant.Length} bytes");
        }

        Assert.True(refused > mutations / 10, $"Only {refused} of {mutations} mutants of {fixture} were refused; do the mutations reach the format?");
        TestContext.Current.TestOutputHelper?.WriteLine($"{fixture}: {refused} of {mutations} refused in {Stopwatch.GetElapsedTime(started)}");
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
