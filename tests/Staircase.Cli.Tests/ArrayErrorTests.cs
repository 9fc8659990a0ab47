using System.IO.Compression;
using System.Text;
using Staircase.Checkpoints;

namespace Staircase.Cli.Tests;

/// <summary>Data and weights from other programs: what does not fit is named with its shape and the shape expected.</summary>
[Collection(InProcess.Name)]
public sealed class ArrayErrorTests
{
    private const int P = 6, N = 3, D = 2;

    [Fact]
    public void Good_arrays_are_taken()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("predict", "--data", Data(folder), "--json").Succeeded();
        InProcess.Run("predict", "--dim", "2", "--weights", Merged(folder), "--json").Succeeded();
        InProcess.Run("predict", "--dim", "2", "--weights", Separate(folder), "--json").Succeeded();
        InProcess.Run("predict", "--dim", "2", "--weights", Cubic(folder), "--json").Succeeded();
    }

    [Fact]
    public void Missing_arrays_are_named()
    {
        using var folder = new TemporaryFolder();
        Refused(folder, "--data", [Array("targets", P)], "tokens", "[P, N+1, D+1]", "it has targets");
        Refused(folder, "--data", [Array("tokens", P, N + 1, D + 1)], "targets", "[P]");
        Refused(folder, "--data", [], "tokens", "none");
        Refused(folder, "--weights", [Array("other", 1)], "value", "key_query", "hidden");
        Refused(folder, "--weights", [Array("key_query", 2, 3, 3)], "'value'", "[H, D+1, D+1]");
        Refused(folder, "--weights", [Array("value", 2, 3, 3), Array("key", 2, 1, 3)], "'query'");
        Refused(folder, "--weights", [Array("hidden", 2, 2, 2)], "'output'");
    }

    [Fact]
    public void Misshapen_arrays_are_named_with_both_shapes()
    {
        using var folder = new TemporaryFolder();
        Refused(folder, "--data", [Array("tokens", P, D + 1), Array("targets", P)], "'tokens'", "[6, 3]", "[P, N+1, D+1]");
        Refused(folder, "--data", [Array("tokens", P, N + 1, D + 1), Array("targets", P + 1)], "'targets'", "[7]", "[P] = [6]");
        Refused(folder, "--data", [Array("tokens", P, N + 1, D + 1), Array("targets", P, 1)], "'targets'", "[6, 1]");
        Refused(folder, "--data", [Array("tokens", P, N + 1, 1), Array("targets", P)], "'tokens'", "[6, 4, 1]", "input dimension");
        Refused(folder, "--data", [Array("tokens", P, 1, D + 1), Array("targets", P)], "'tokens'", "[6, 1, 3]");
        Refused(folder, "--data", [Array("tokens", 0, N + 1, D + 1), Array("targets", 0)], "'tokens'", "[0, 4, 3]");
        Refused(folder, "--weights", [Array("value", 2, 3, 3), Array("key_query", 2, 3, 2)], "'key_query'", "[2, 3, 2]", "[2, 3, 3]");
        Refused(folder, "--weights", [Array("value", 2, 4, 4), Array("key_query", 2, 4, 4)], "'value'", "[2, 4, 4]", "[*, 3, 3]");
        Refused(
            folder, "--weights", [Array("value", 2, 3, 3), Array("key", 2, 1, 3), Array("query", 2, 2, 3)], "'query'", "[2, 2, 3]",
            "[2, 1, 3]");
        Refused(folder, "--weights", [Array("value", 2, 3, 3), Array("key", 2, 5, 3), Array("query", 2, 5, 3)], "rank", "5");
        Refused(folder, "--weights", [Array("output", 3), Array("hidden", 2, 2, 2)], "'output'", "[3]", "[2]");
        Refused(folder, "--weights", [Array("value", 3), Array("key_query", 3)], "'value'", "[3]");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Entries_that_are_not_finite_are_named(double bad)
    {
        using var folder = new TemporaryFolder();
        double[] tokens = Numbers(P * (N + 1) * (D + 1)), targets = Numbers(P), value = Numbers(18);
        tokens[5] = bad;
        targets[4] = bad;
        value[17] = bad;
        Refused(
            folder, "--data", [TensorToWrite.Create("tokens", [P, N + 1, D + 1], tokens), Array("targets", P)], "'tokens'",
            "entry [0, 1, 2]",
            "finite");
        Refused(
            folder, "--data", [Array("tokens", P, N + 1, D + 1), TensorToWrite.Create("targets", [P], targets)], "'targets'", "entry [4]",
            "finite");
        Refused(
            folder, "--weights", [TensorToWrite.Create("value", [2, 3, 3], value), Array("key_query", 2, 3, 3)], "'value'",
            "entry [1, 2, 2]",
            "finite");
    }

    [Fact]
    public void The_query_must_come_without_its_label()
    {
        using var folder = new TemporaryFolder();
        double[] tokens = Numbers(P * (N + 1) * (D + 1));
        System.Array.Fill(tokens, 1);
        Refused(
            folder, "--data", [TensorToWrite.Create("tokens", [P, N + 1, D + 1], tokens), Array("targets", P)], "'tokens'", "[6, 4, 3]",
            "label entry must be 0");
    }

    [Fact]
    public void Weights_of_another_kind_or_size_than_the_options_say_are_refused()
    {
        using var folder = new TemporaryFolder();
        string merged = Merged(folder), separate = Separate(folder), data = Data(folder);
        InProcess.Run("predict", "--dim", "2", "--weights", merged, "--attention", "separate").IsRefused(merged, "merged", "separate");
        InProcess.Run("predict", "--dim", "2", "--weights", merged, "--attention", "cubic").IsRefused(merged, "cubic");
        InProcess.Run("predict", "--dim", "2", "--weights", separate, "--attention", "merged").IsRefused(separate, "separate");
        InProcess.Run("predict", "--dim", "2", "--weights", merged, "--heads", "5").IsRefused(merged, "2 heads", "--heads is 5");
        InProcess.Run("predict", "--dim", "2", "--weights", separate, "--rank", "2").IsRefused(separate, "rank 1", "--rank is 2");
        InProcess.Run("predict", "--dim", "2", "--weights", merged, "--rank", "2").IsRefused(merged, "no keys of a rank", "--rank is 2");
        InProcess.Run("predict", "--dim", "3", "--data", data).IsRefused(data, "dimension 2", "--dim is 3");
        InProcess.Run("predict", "--data", data, "--noise", "1").IsRefused("--noise");
        InProcess.Run("predict", "--data", data, "--task-covariance", "1,1").IsRefused("--task-covariance");
        InProcess.Run("predict", "--data", data, "--in-context-fraction", "0.5").IsRefused("--in-context-fraction");
    }

    [Fact]
    public void Files_that_are_no_archives_of_numbers_are_refused()
    {
        using var folder = new TemporaryFolder();
        string good = Data(folder), cut = folder["cut.npz"], text = folder.Write("text.npz", "tokens"), objects = folder["objects.npz"];
        byte[] bytes = File.ReadAllBytes(good);
        for (int length = 0; length < bytes.Length; length += 97)
        {
            File.WriteAllBytes(cut, bytes[..length]);
            InProcess.Run("predict", "--data", cut).IsRefused(cut);
        }

        InProcess.Run("predict", "--data", text).IsRefused(text);
        InProcess.Run("predict", "--weights", text).IsRefused(text);
        Directory.CreateDirectory(folder["folder.npz"]);
        InProcess.Run("predict", "--data", folder["folder.npz"]).IsRefused("folder.npz");

        WriteObjects(objects);
        InProcess.Run("predict", "--data", objects).IsRefused(objects, "'tokens'");
    }

    [Fact]
    public void All_inputs_zero_is_no_spectrum()
    {
        using var folder = new TemporaryFolder();
        Refused(
            folder, "--data", [TensorToWrite.Create("tokens", [P, N + 1, D + 1], new double[P * (N + 1) * (D + 1)]), Array("targets", P)],
            "zero");
    }

    /// <summary>An npz whose array holds Python objects, as numpy pickles them.</summary>
    private static void WriteObjects(string path)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        using Stream member = archive.CreateEntry("tokens.npy").Open();
        string header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".PadRight(117) + "\n";
        member.Write([0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header), 0x80, 4, (byte)'N', (byte)'.']);
    }

    private static void Refused(TemporaryFolder folder, string option, TensorToWrite[] arrays, params string[] mentions)
    {
        string path = folder["bad.npz"];
        NpzWriter.Write(path, arrays);
        string[] args = option == "--weights" ? ["predict", "--dim", "2", option, path] : ["predict", option, path];
        InProcess.Run(args).IsRefused([path, .. mentions]);
    }

    private static string Data(TemporaryFolder folder) =>
        Written(folder["data.npz"], Array("tokens", P, N + 1, D + 1), Array("targets", P));

    private static string Merged(TemporaryFolder folder) =>
        Written(folder["merged.npz"], Array("value", 2, 3, 3), Array("key_query", 2, 3, 3));

    private static string Separate(TemporaryFolder folder) =>
        Written(folder["separate.npz"], Array("value", 2, 3, 3), Array("key", 2, 1, 3), Array("query", 2, 1, 3));

    private static string Cubic(TemporaryFolder folder) => Written(folder["cubic.npz"], Array("output", 2), Array("hidden", 2, 2, 2));

    private static string Written(string path, params TensorToWrite[] arrays)
    {
        NpzWriter.Write(path, arrays);
        return path;
    }

    /// <summary>An array of small numbers; where it could be tokens, queries come without labels.</summary>
    private static TensorToWrite Array(string name, params long[] shape)
    {
        double[] values = Numbers((int)shape.Aggregate(1L, (product, size) => product * size));
        if (name == "tokens" && shape.Length == 3)
        {
            for (long i = 1; i <= shape[0]; i++)
                values[i * shape[1] * shape[2] - 1] = 0;
        }

        return TensorToWrite.Create(name, shape, values);
    }

    private static double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => 0.1 * Math.Sin(1 + 1.7 * i))];
}
