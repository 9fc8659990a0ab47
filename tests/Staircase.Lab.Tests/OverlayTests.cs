namespace Staircase.Lab.Tests;

/// <summary>What reports of several runs are made of.</summary>
public class OverlayTests
{
    [Theory]
    [InlineData("0.30000000000000004 0.1", "0.3 0.1")]
    [InlineData("0.30000000000000004 0.3", "0.30000000000000004 0.3")]
    [InlineData("1 12345678", "1 12345678")]
    [InlineData("1,0.5,0.25,0.125,0.0625 1", "1,0.5 … 0.0625 (5) 1")]
    [InlineData("1,0.5,0.25,0.125,0.0625 1,0.5,0.3,0.125,0.0625", "1,0.5,0.25,0.125,0.0625 1,0.5,0.3,0.125,0.0625")]
    [InlineData("diagonal:200 file:a-1.5.npz", "diagonal:200 file:a-1.5.npz")]
    public void Values_are_read_in_as_few_digits_as_tell_them_apart(string values, string read) =>
        Assert.Equal(read, string.Join(' ', ReadableNumbers.Of(values.Split(' '))));

    /// <summary>Half way between two plateaus lies no loss that was ever measured.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 3)]
    [InlineData(0.9, 9)]
    [InlineData(1, 9)]
    public void A_quantile_is_one_of_the_numbers(double share, double expected) =>
        Assert.Equal(expected, Course.Quantile([1, 2, 3, 9], share));

    [Fact]
    public void A_curve_is_straight_between_points_and_stays_where_it_ends() =>
        Assert.Equal([double.NaN, 2, 3, 6, 6], Course.At([1, 2, 4], [2, 3, 6], [0, 1, 2, 4, 9]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Points_are_spread_over_the_axis_with_both_ends(bool isLogarithmic)
    {
        double[] places = [.. Enumerable.Range(0, 100_000).Select(i => (double)i)];
        int[] kept = Course.Spread(places, 100, isLogarithmic);
        Assert.InRange(kept.Length, 50, 100);
        Assert.Equal((0, 99_999), (kept[0], kept[^1]));
        Assert.Equal(kept.Order().Distinct(), kept);
        double middle = isLogarithmic ? Math.Sqrt(99_999) : 50_000;
        Assert.InRange(kept.Count(i => places[i] < middle), 0.3 * kept.Length, 0.7 * kept.Length);
    }

    [Fact]
    public void No_two_rows_are_called_the_same()
    {
        string[] claims = ["a", "a", "b", "b", "c"], sources = ["x", "y", "z", "z", "z"];
        Assert.Equal(
            ["a (x)", "a (y)", "b (z)", "b (z) (2)", "c"], Distinct.Names([.. Enumerable.Range(0, 5)], i => claims[i], i => sources[i]));
        var plot = Plot.Of("p", "p", "x", "y", "", Series.Measured("m", [1], [1]), Series.Measured("m", [1], [2]));
        Assert.Equal("m, m (2)", string.Join(", ", plot.Series.Select(series => series.Name)));
    }

    [Theory]
    [InlineData(new[] { 1.0, 100 }, false)]
    [InlineData(new[] { 1.0, 101 }, true)]
    [InlineData(new[] { 5.0 }, false)]
    [InlineData(new[] { 0, 1.0, 50, double.PositiveInfinity }, false)]
    public void An_axis_is_logarithmic_where_drops_spread_over_more_than_two_decades(double[] drops, bool isLogarithmic) =>
        Assert.Equal(isLogarithmic, Axis.Of("time", drops).IsLogarithmic);

    [Theory]
    [InlineData("a,b", "csv", "x\n\"a,b\"\n")]
    [InlineData("a|b", "md", "| x |\n| --- |\n| a\\|b |\n")]
    [InlineData("5 % of $\\lambda_1$: 1.5e-6", "tex",
        "\\begin{tabular}{l}\n\\hline\nx \\\\\n\\hline\n5 \\% of $\\lambda_1$: $1.5\\times10^{-6}$ \\\\\n\\hline\n\\end{tabular}\n")]
    public void A_table_is_written_as_others_read_it(string cell, string format, string text) =>
        Assert.Equal(text, TableExport.Text(new Table("t", ["x"], [[cell]]), format));

    [Fact]
    public void Commands_are_quoted_for_a_shell() =>
        Assert.Equal("staircase report 'my runs/a' 'it'\\''s'", CommandText.Of("staircase", "report", "my runs/a", "it's"));
}
