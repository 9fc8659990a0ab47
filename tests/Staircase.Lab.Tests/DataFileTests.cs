using System.Globalization;
using System.Text;
using Staircase.Checkpoints;

namespace Staircase.Lab.Tests;

/// <summary>Sequences of other programs: the same numbers in every form, and what is wrong said where it is.</summary>
public sealed class DataFileTests
{
    private const int P = 7, N = 4, D = 2, W = D + 1;

    /// <summary>Rows (x, y), the query's label among them.</summary>
    private static readonly double[] Rows = [.. Enumerable.Range(0, P * (N + 1) * W).Select(i => Math.Round(Math.Sin(1 + (1.7 * i)), 6))];

    private static double[] Inputs => [.. Rows.Where((_, i) => i % W < D)];

    private static double[] Labels => [.. Rows.Where((_, i) => i % W == D)];

    public static TheoryData<string> Forms => [.. Writers.Keys];

    private static Dictionary<string, Func<TemporaryFolder, string>> Writers { get; } = new(StringComparer.Ordinal)
    {
        ["tokens and targets"] = folder =>
        {
            double[] tokens = [.. Rows];
            double[] targets = [.. Enumerable.Range(1, P).Select(i => Rows[(i * (N + 1) * W) - 1])];
            for (int i = 1; i <= P; i++)
                tokens[(i * (N + 1) * W) - 1] = 0;
            return Npz(folder, TensorToWrite.Create("tokens", [P, N + 1, W], tokens), TensorToWrite.Create("targets", [P], targets));
        },
        ["x and y"] = folder => Npz(
            folder, TensorToWrite.Create("x", [P, N + 1, D], Inputs), TensorToWrite.Create("y", [P, N + 1], Labels)),
        ["inputs and labels in rows"] = folder => Npz(
            folder, TensorToWrite.Create("Inputs", [P * (N + 1), D], Inputs), TensorToWrite.Create("labels", [P * (N + 1)], Labels)),
        ["npy of sequences"] = folder => Npy(folder, P, N + 1, W),
        ["npy of rows"] = folder => Npy(folder, P * (N + 1), W),
        ["csv of numbers"] = folder => folder.Write("a.csv", Csv(Enumerable.Range(0, W))),
        ["csv with names"] = folder => folder.Write("b.csv", "y, \"x1\", x2\r\n" + Csv([D, 0, 1])),
        ["csv with sequences"] = folder => folder.Write("c.csv", "sequence,x1,x2,label\n" + string.Join(
            '\n', Csv(Enumerable.Range(0, W)).TrimEnd().Split('\n').Select((line, i) => $"s{i / (N + 1)},{line}"))),
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_is_the_same_sequences(string form)
    {
        using var folder = new TemporaryFolder();
        TokenArray data = DataFile.Read(Writers[form](folder), N);
        Assert.Equal((P, N, D), (data.Count, data.ContextLength, data.InputDimension));
        double[] tokens = new double[(N + 1) * W];
        for (int i = 0; i < P; i++)
        {
            double[] expected = Rows[(i * (N + 1) * W)..((i + 1) * (N + 1) * W)];
            Assert.Equal(expected[^1], data.Read(i, tokens));
            Assert.Equal([.. expected[..^1], 0], tokens);
        }
    }

    [Fact]
    public void A_transposed_array_is_recognized()
    {
        using var folder = new TemporaryFolder();
        string path = Npz(folder, TensorToWrite.Create("x", [P, D, N + 1], Inputs), TensorToWrite.Create("y", [P, N + 1], Labels));
        Refused(path, "'x'", "[7, 2, 5] is transposed", "[P, N+1, D] = [7, 5, 2]");
        Assert.Empty(DataFile.Doubts(DataFile.Read(Writers["npy of sequences"](folder), N)));
        Assert.Contains(
            "D = 4: fewer pairs than dimensions", Assert.Single(DataFile.Doubts(DataFile.Read(Npy(folder, P, W, N + 1), N))),
            StringComparison.Ordinal);
        Assert.Contains(
            "first two axes swapped", string.Join(' ', DataFile.Doubts(DataFile.Read(Npy(folder, W, P, N + 1), N))),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(37)]
    [InlineData((P * (N + 1) * W) - 1)]
    public void A_number_that_is_none_is_said_by_sequence_token_and_entry(int at)
    {
        using var folder = new TemporaryFolder();
        double[] rows = [.. Rows];
        rows[at] = double.NaN;
        string where = $"[{at / ((N + 1) * W)}, {at / W % (N + 1)}, {at % W}]";
        Refused(Npy(folder, rows, P, N + 1, W), where, "counted from 0", "NaN");
        string csv = Csv(Enumerable.Range(0, W), rows);
        Refused(folder.Write("a.csv", csv), $"line {(at / W) + 1}, column {(at % W) + 1}", "finite", "NaN");
    }

    [Theory]
    [InlineData("1,2,3\n4,5\n", "line 2", "2 columns, expected 3")]
    [InlineData("1,2,3\n4,x,6\n", "line 2, column 2", "'x'")]
    [InlineData("1\n2\n", "two columns")]
    [InlineData("", "two columns")]
    [InlineData("x,y\n", "0 rows")]
    [InlineData("1,2\n3,4\n5,6\n", "3 rows", "N + 1 = 5", "context")]
    [InlineData("sequence,x,y\na,1,2\na,1,2\nb,1,2\n", "sequence a has 2", "sequence b has 1")]
    public void A_broken_table_says_where(string text, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        Refused(folder.Write("bad.csv", text), ["bad.csv", .. mentions]);
    }

    /// <summary>Labels are y = 2 x₁ − x₂, once with a tenth of noise, and spectra are those of the numbers.</summary>
    [Fact]
    public void A_description_has_sizes_spectrum_and_how_linear_labels_are()
    {
        using var folder = new TemporaryFolder();
        Findings exact = Described(folder, noise: 0), noisy = Described(folder, noise: 0.3);
        Assert.Contains("linear in the inputs, without noise", string.Join(' ', exact.Sentences), StringComparison.Ordinal);
        Assert.InRange((double)noisy.Data["leastSquaresResidual"]!, 0.005, 0.05); // 0.3²/(2² + 1² + 0.3²), less what two inputs fit
        Assert.Equal(2.0, exact.Data["eigenvalues"]!.AsArray().Sum(value => (double)value!), 0.3);
        Assert.Contains("P = 300 sequences of N = 20 pairs", exact.Sentences[0], StringComparison.Ordinal);

        static Findings Described(TemporaryFolder folder, double noise)
        {
            var random = new Random(7);
            double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var text = new StringBuilder("x1,x2,y\n");
            for (int i = 0; i < 300 * 21; i++)
            {
                (double a, double b) = (Normal(), Normal());
                text.Append(CultureInfo.InvariantCulture, $"{a:R},{b:R},{(2 * a) - b + (noise * Normal()):R}\n");
            }

            return DataDescription.Of(folder.Write($"{noise}.csv", text.ToString()), 20);
        }
    }

    [Fact]
    public void A_table_is_trained_on_and_its_run_opened_again()
    {
        using var folder = new TemporaryFolder();
        string path = Writers["csv with names"](folder);
        Run run = Runs.Train(Runs.Of($"data={path} context={N} until=3"), RunFolder.Create(folder["run"]), CancellationToken.None);
        Assert.Equal($"{N}", run.Record.Experiment["context"]);
        Assert.Equal(run.Trajectory.Losses, Run.Open(RunFolder.Open(folder["run"])).Trajectory.Losses);
    }

    private static void Refused(string path, params string[] mentions)
    {
        string message = Assert.Throws<InputException>(() => DataFile.Read(path, N)).Message;
        foreach (string mention in mentions)
            Assert.Contains(mention, message, StringComparison.Ordinal);
    }

    private static string Csv(IEnumerable<int> columns, double[]? rows = null) => string.Concat(Enumerable.Range(0, P * (N + 1)).Select(
        row => string.Join(',', columns.Select(c => (rows ?? Rows)[(row * W) + c].ToString("R", CultureInfo.InvariantCulture))) + "\n"));

    private static string Npz(TemporaryFolder folder, params TensorToWrite[] arrays)
    {
        NpzWriter.Write(folder["data.npz"], arrays);
        return folder["data.npz"];
    }

    private static string Npy(TemporaryFolder folder, params int[] shape) => Npy(folder, Rows, shape);

    /// <summary>As numpy.save writes it: version 1.0, little-endian doubles in C order.</summary>
    private static string Npy(TemporaryFolder folder, double[] values, params int[] shape)
    {
        string header = $"{{'descr': '<f8', 'fortran_order': False, 'shape': ({string.Join(", ", shape)}), }}".PadRight(117) + "\n";
        byte[] bytes = [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header), .. values.SelectMany(BitConverter.GetBytes)];
        File.WriteAllBytes(folder["data.npy"], bytes);
        return folder["data.npy"];
    }
}
