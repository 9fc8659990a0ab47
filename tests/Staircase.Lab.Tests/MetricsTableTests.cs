namespace Staircase.Lab.Tests;

public sealed class MetricsTableTests
{
    private static readonly double[] Hard =
    [
        0, -0.0, 1, 0.1, 1.0 / 3, Math.PI, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
        2.2250738585072014e-308, 2.2250738585072009e-308, 9007199254740993, 5e-324, 1e22, 1e23, Math.BitIncrement(1), Math.BitDecrement(1),
    ];

    [Fact]
    public void Every_double_reads_back_to_the_same_bits()
    {
        var random = new Random(1);
        double[] numbers = [.. Hard, .. Enumerable.Range(0, 5000).Select(_ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)))];
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        TrajectoryPoint[] points = [.. numbers.Select((x, i) => new TrajectoryPoint(i, x, numbers[^(i + 1)], [x, numbers[(i + 7) % numbers.Length]]))];
        using (MetricsTable table = MetricsTable.Start(run, 2, points[..100]))
        {
            foreach (TrajectoryPoint point in points[100..])
                table.Add(point);
        }

        IReadOnlyList<TrajectoryPoint> read = MetricsTable.Read(run, 2);
        Assert.Equal(points.Length, read.Count);
        for (int i = 0; i < points.Length; i++)
        {
            Assert.Equal(points[i].Step, read[i].Step);
            AssertSameBits(points[i].Time, read[i].Time);
            AssertSameBits(points[i].Loss, read[i].Loss);
            for (int d = 0; d < 2; d++)
                AssertSameBits(points[i].Strengths[d], read[i].Strengths[d]);
        }
    }

    [Fact]
    public void Rows_after_a_step_are_left_out_and_a_row_cut_short_is_dropped()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        using (MetricsTable table = MetricsTable.Start(run, 1, []))
        {
            for (int i = 0; i < 10; i++)
                table.Add(new(i * 5, i, 1, [0]));
        }

        Assert.Equal([0, 5, 10, 15, 20], MetricsTable.Read(run, 1, upToStep: 24).Select(point => point.Step));
        string text = File.ReadAllText(run.MetricsPath);
        for (int cut = 1; cut < 8; cut++)
        {
            File.WriteAllText(run.MetricsPath, text[..^cut]);
            Assert.Equal(9, MetricsTable.Read(run, 1).Count);
        }
    }

    [Fact]
    public void A_new_table_replaces_the_old_one_as_a_whole()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        MetricsTable.Start(run, 1, [new(0, 0, 1, [0]), new(1, 0, 1, [0])]).Dispose();
        MetricsTable.Start(run, 1, [new(0, 0, 2, [0])]).Dispose();
        Assert.Equal("step,time,loss,m1\n0,0,2,0\n", File.ReadAllText(run.MetricsPath));
        Assert.Equal("checkpoints metrics.csv", string.Join(' ', Directory.GetFileSystemEntries(run.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Another_number_of_strengths_is_refused()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        MetricsTable.Start(run, 2, []).Dispose();
        Assert.Contains("line 1", Assert.Throws<InputException>(() => MetricsTable.Read(run, 3)).Message, StringComparison.Ordinal);
    }

    /// <summary>The same bits; but one NaN is as good as another.</summary>
    private static void AssertSameBits(double expected, double actual) =>
        Assert.True(double.IsNaN(expected) ? double.IsNaN(actual) : BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(actual),
            $"Expected {expected:R}, read {actual:R}.");
}
