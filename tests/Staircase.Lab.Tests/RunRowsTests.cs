namespace Staircase.Lab.Tests;

/// <summary>The table of rows in a run folder.</summary>
public sealed class RunRowsTests
{
    private static readonly double[] Hard =
    [
        0, -0.0, 1, 0.1, 1.0 / 3, Math.PI, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue,
        double.NaN, double.PositiveInfinity, double.NegativeInfinity,
        2.2250738585072014e-308, 2.2250738585072009e-308, 9007199254740993, 5e-324, 1e22, 1e23, Math.BitIncrement(1), Math.BitDecrement(1),
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_double_reads_back_to_the_same_bits(bool hasTime)
    {
        var random = new Random(1);
        double[] numbers =
            [.. Hard, .. Enumerable.Range(0, 5000)
                .Select(_ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)))];
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        var rows = new Trajectory(Columns(2), hasTime);
        for (int i = 0; i < numbers.Length; i++)
        {
            rows.Add(i, hasTime ? numbers[i] : null, [numbers[^(i + 1)], numbers[i], numbers[(i + 7) % numbers.Length]]);
            if (i == 99)
                run.Begin(rows);
            else if (i > 99)
                run.AddRow(rows);
        }

        run.FlushRows();
        Trajectory read = run.ReadRows(Columns(2));
        Assert.Equal(rows.Steps, read.Steps);
        Assert.Equal(hasTime, read.HasTime);
        for (int i = 0; i < rows.Count; i++)
        {
            if (hasTime)
                AssertSameBits(rows.Times![i], read.Times![i]);
            Assert.All(rows.Row(i).Zip(read.Row(i)), pair => AssertSameBits(pair.First, pair.Second));
        }
    }

    [Fact]
    public void Rows_after_a_step_are_left_out_and_a_row_cut_short_is_dropped()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        run.Begin(Rows(1, [.. Enumerable.Range(0, 10).Select(i => 5L * i)]));
        Assert.Equal([0, 5, 10, 15, 20], run.ReadRows(Columns(1), upToStep: 24).Steps);
        string text = File.ReadAllText(run.MetricsPath);
        for (int cut = 1; cut < 8; cut++)
        {
            File.WriteAllText(run.MetricsPath, text[..^cut]);
            Assert.Equal(9, run.ReadRows(Columns(1)).Count);
        }
    }

    [Fact]
    public void A_new_table_replaces_the_old_one_as_a_whole()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        run.Begin(Rows(1, 0, 1));
        run.Begin(Rows(1, 0));
        Assert.Equal("step,time,loss,m1\n0,0,1,0\n", File.ReadAllText(run.MetricsPath));
        string[] files = [.. Directory.GetFileSystemEntries(run.Name).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(["checkpoints", "metrics.csv"], files);
    }

    [Theory]
    [InlineData("step,time,loss,m1\n0,0,1,0\n", "line 1")]
    [InlineData("step,time,loss,m1,m2\n0,0,1,0\n", "line 2")]
    [InlineData("step,time,loss,m1,m2\n0,0,1,0,x\n", "'x'")]
    [InlineData("step,time,loss,m1,m2\n0,0,1,0,0\n0,0,1,0,0\n", "ascending")]
    public void Another_table_is_refused_with_the_line(string text, string mention)
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        File.WriteAllText(run.MetricsPath, text);
        Assert.Contains(mention, Assert.Throws<InputException>(() => run.ReadRows(Columns(2))).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Column> Columns(int modes) => [Column.Loss, .. Column.Strengths(modes)];

    private static Trajectory Rows(int modes, params long[] steps)
    {
        var rows = new Trajectory(Columns(modes), hasTime: true);
        foreach (long step in steps)
            rows.Add(step, step, [1, .. new double[modes]]);
        return rows;
    }

    private static void AssertSameBits(double expected, double actual) => Assert.True(
        double.IsNaN(expected) ? double.IsNaN(actual) : BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(actual),
        $"Expected {expected:R}, read {actual:R}.");
}
