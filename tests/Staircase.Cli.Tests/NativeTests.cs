using System.Buffers.Binary;

namespace Staircase.Cli.Tests;

/// <summary>
/// The program compiled ahead of time: the bits of the one that is compiled where it runs, in one file that is not large.
/// </summary>
public sealed class NativeTests
{
    private const string Skipped =
        "There is no program compiled ahead: publish src/Staircase.Cli with -r, and set STAIRCASE_PROGRAM to it.";

    /// <summary>25 MiB; 24.5 in November 2026: what grows beyond this should be seen.</summary>
    private const long MostBytes = 25 << 20;

    /// <summary>ELF's type of a section that holds names for debuggers.</summary>
    private const uint SymbolTable = 2;

    /// <summary>Whether the tests run a program of its own; .ci/run publishes one and runs them again with it.</summary>
    public static bool IsNative => StaircaseProcess.Program.Count == 1;

    [Theory(Skip = Skipped, SkipUnless = nameof(IsNative))]
    [InlineData("predict --dim 6 --heads 7 --seed 3")]
    [InlineData("predict --attention merged --data sample:500")]
    [InlineData("predict --kind vector-regression --spectrum 2,1 --context 5 --tasks gaussian:3")]
    public void Predictions_are_the_same_to_the_byte(string line)
    {
        using var folder = new TemporaryFolder();
        string[] args = [.. line.Split(' '), "--json"];
        Outcome built = StaircaseProcess.RunBuilt(folder.Path, args), native = StaircaseProcess.Run(folder.Path, args);
        Assert.Equal(0, native.Code);
        Assert.Equal(built.Out, native.Out);
    }

    [Theory(Skip = Skipped, SkipUnless = nameof(IsNative))]
    [InlineData("--data sample:500 --optimizer gd --learning-rate 0.02 --steps 300 --init 0.1")]
    [InlineData("--attention merged --init 0.1")]
    [InlineData("--data sample:64 --softmax --steps 20 --optimizer muon --learning-rate 0.01")]
    [InlineData("--kind vector-regression --spectrum 2,1 --context 5 --tasks gaussian:30 --epochs 3")]
    [InlineData("--kind modular-addition --modulus 5 --steps 20 --width 16 --hidden 32 --heads 2")]
    public void Trainings_are_the_same_to_the_bit(string line)
    {
        using var folder = new TemporaryFolder();
        string[] args = ["train", .. line.Split(' '), "--out"];
        Assert.Equal(0, StaircaseProcess.RunBuilt(folder.Path, [.. args, "built"]).Code);
        Assert.Equal(0, StaircaseProcess.Run(folder.Path, [.. args, "native"]).Code);
        Assert.Equal(Bytes("built", "metrics.csv"), Bytes("native", "metrics.csv"));
        string[] checkpoints = [.. Directory.GetFiles(folder["built/checkpoints"]).Select(path => Path.GetFileName(path)!)];
        Assert.NotEmpty(checkpoints);
        Assert.All(checkpoints, name => Assert.Equal(Bytes("built/checkpoints", name), Bytes("native/checkpoints", name)));

        byte[] Bytes(string run, string name) => File.ReadAllBytes(folder[Path.Combine(run, name)]);
    }

    public static bool IsNativeOnLinux => IsNative && OperatingSystem.IsLinux();

    [Fact(Skip = Skipped, SkipUnless = nameof(IsNativeOnLinux))]
    public void Each_program_is_one_stripped_file_and_no_larger_than_known()
    {
        string program = StaircaseProcess.Program[0], folder = Path.GetDirectoryName(program)!;
        string[] programs = Directory.GetFiles(folder, Path.GetFileName(program) + "*");
        Assert.Equal(
            // Each width, and what `runs` asks in SQL.
            programs.Append(Path.Combine(folder, "libe_sqlite3.so")).Order(StringComparer.Ordinal),
            Directory.GetFiles(folder).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.Contains(program, programs, StringComparer.Ordinal);
        foreach (string file in programs)
        {
            byte[] elf = File.ReadAllBytes(file);
            Assert.InRange(elf.LongLength, 1, MostBytes);
            Assert.Equal(0x7F454C46u, BinaryPrimitives.ReadUInt32BigEndian(elf)); // \x7FELF
            Assert.DoesNotContain(SymbolTable, SectionTypes(elf));
        }
    }

    private static IEnumerable<uint> SectionTypes(byte[] elf)
    {
        int first = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(0x28));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(0x3A)), count =
            BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(0x3C));
        Assert.True(count > 1, "there are sections");
        return Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(first + i * size + 4)));
    }
}
