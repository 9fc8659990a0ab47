namespace Staircase.Lab.Tests;

public class SweepReportTests
{
    private const double FourDigits = 5e-5, Rounding = 1e-12;

    /// <summary>
    /// Anscombe 1973, The American Statistician 27, Table 1, set 1: slope 0.5001 with standard error 0.1179; Student's t of 9 degrees of
    /// freedom is 2.2622 at 97.5 %.
    /// </summary>
    [Fact]
    public void A_line_is_fitted_with_its_interval()
    {
        double[] x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5], y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        LineFit fit = LineFit.Of(x.Zip(y, (a, b) => (a, b, "")))!;
        Assert.Equal(0.5001, fit.Slope, FourDigits);
        Assert.Equal(0.1179 * 2.2622, fit.HalfWidth, 5 * FourDigits);
        Assert.Equal(11, fit.Points);
    }

    [Fact]
    public void Groups_have_intercepts_of_their_own_and_what_is_not_finite_is_left_out()
    {
        (double, double, string)[] points =
            [(1, 5, "a"), (2, 7, "a"), (1, 100, "b"), (2, 102, "b"), (3, 104, "b"), (3, double.NaN, "a"),
                (double.PositiveInfinity, 1, "b")];
        LineFit fit = LineFit.Of(points)!;
        Assert.Equal(2, fit.Slope, Rounding);
        Assert.Equal(0, fit.HalfWidth, Rounding);
        Assert.Equal(5, fit.Points);
        Assert.Null(LineFit.Of([(1, 5, "a"), (1, 6, "a"), (2, 9, "b")]));
    }

    /// <summary>By hand: slopes 2, 2, 2 of one group and 2, 49, 96 of the other, one point of which stands apart.</summary>
    [Fact]
    public void A_median_slope_does_not_mind_a_point_that_stands_apart() => Assert.Equal(
        2, LineFit.MedianSlope([(1, 5, "a"), (2, 7, "a"), (3, 9, "a"), (1, 0, "b"), (2, 2, "b"), (3, 98, "b")]), Rounding);

    /// <summary>By hand: 1, 2, 3, 4, 5 has a standard error of √(2.5/5), and t of 4 degrees of freedom is 2.7764.</summary>
    [Fact]
    public void A_mean_has_an_interval()
    {
        (double mean, double halfWidth) = LineFit.MeanOf([1, 2, 3, 4, 5]);
        Assert.Equal(3, mean, Rounding);
        Assert.Equal(2.7764 * Math.Sqrt(0.5), halfWidth, FourDigits);
        Assert.True(double.IsNaN(LineFit.MeanOf([1]).HalfWidth));
    }

    [Fact]
    public void A_report_has_powers_beside_those_of_theory_a_phase_diagram_and_the_run_that_stands_apart()
    {
        SweepSpec spec =
            SweepFile.Parse("sweep.yaml", "keys: {init: [1, 2, 4], noise: [1, 10], seed: 1..5}\ntheory: {loss: 'predicted:a'}\n");
        SweepRow[] rows =
        [
            .. spec.Tasks().Select(task =>
            {
                double[] key = [.. task.Values.Select(pair => double.Parse(pair.Value, null))];
                double expected = 3 * key[1] / (key[0] * key[0]), off = key is [2, 10, 4] ? 50 : 1 + 1e-3 * key[2];
                return new SweepRow(task, new Dictionary<string, double?>(StringComparer.Ordinal)
                {
                    ["loss"] = expected * off,
                    ["predicted:a"] = expected,
                });
            }),
        ];
        ReportSection section = SweepReport.Of(new(spec, rows));
        IReadOnlyList<string> power = section.Tables[0].Rows.Single(row => row[1] == "init");
        Assert.Equal("logarithms", power[2]);
        Assert.StartsWith("-2 ±", power[4], StringComparison.Ordinal);
        IReadOnlyList<string> apart = Assert.Single(section.Tables[1].Rows);
        Assert.Equal("2 10 4", string.Join(' ', apart.Skip(1).Take(3)));
        WeightMap map = Assert.Single(section.Weights).Maps[0];
        Assert.Equal((3, 2), (map.Rows.Count, map.Columns.Count));
        Assert.Equal(["loss-init", "loss-noise"], section.Plots.Select(plot => plot.Id), StringComparer.Ordinal);
        Assert.Contains(section.Plots[0].Series, series => series.Role == SeriesRole.Predicted);
    }

    [Theory]
    [InlineData("30", 90)]
    [InlineData("1", 30)]
    [InlineData("02:30", 75)]
    [InlineData("00:01:00", 30)]
    [InlineData("1-12", 90)]
    [InlineData("0-00:02", 60)]
    public void A_job_is_told_to_save_before_its_time_limit(string time, int notice) =>
        Assert.Equal(notice, new SlurmRequest { Time = time }.Notice);

    [Theory]
    [InlineData("tomorrow")]
    [InlineData("1:2:3:4")]
    [InlineData("-5")]
    [InlineData("0")]
    [InlineData("")]
    public void A_time_limit_that_is_none_is_refused(string time) =>
        Assert.Contains("time must be as Slurm writes it",
            Assert.Throws<InputException>(() => new SlurmRequest { Time = time }.Notice).Message, StringComparison.Ordinal);

    /// <summary>Two minutes of tasks a job, less where the time limit is short, all of them in one where they are few.</summary>
    [Theory]
    [InlineData(10_000, 0.5, 1, null, 240)]
    [InlineData(50, 0.5, 1, null, 50)]
    [InlineData(10_000, 0.5, 4, null, 960)]
    [InlineData(10_000, 1, 1, "2", 60)]
    [InlineData(10, 3600, 1, "1", 1)]
    [InlineData(10, double.NaN, 1, null, 1)]
    public void A_job_gets_tasks_that_are_worth_starting_it(int tasks, double seconds, int cores, string? time, int expected) =>
        Assert.Equal(expected, new SlurmRequest { SecondsPerTask = seconds, Cores = cores, Time = time }.TasksOfAJob(tasks));
}
