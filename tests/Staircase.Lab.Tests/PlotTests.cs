namespace Staircase.Lab.Tests;

public class PlotTests
{
    private static readonly double[] Places = [1, 2, 3], Values = [4, 5, 6];

    [Fact]
    public void Each_way_to_draw_says_what_is_drawn() => Assert.Equal(
        [SeriesRole.Measured, SeriesRole.MeasuredPoints, SeriesRole.Predicted, SeriesRole.Guide],
        Every().Select(series => series.Role));

    [Fact]
    public void Items_are_drawn_at_their_places() => Assert.All(Every(), series =>
    {
        Assert.Equal(Places, series.X);
        Assert.Equal(Values, series.Y);
        Assert.Equal(7, series.Colour);
    });

    /// <summary>Else the file would hold them once a series, and the table of a plot would repeat them.</summary>
    [Fact]
    public void Series_share_an_array_of_places() =>
        Assert.Same(Series.Measured("a", Places, Values).X, Series.Predicted("b", Places, Values.Select(y => -y)).X);

    [Fact]
    public void Levels_are_strokes_of_their_own()
    {
        Series levels = Series.Levels("levels", SeriesRole.PredictedPlateaus, [(0, 1, 5), (1, 3, 2)]);
        Assert.Equal([0, 1, double.NaN, 1, 3, double.NaN], levels.X);
        Assert.Equal([5, 5, double.NaN, 2, 2, double.NaN], levels.Y);
    }

    [Fact]
    public void A_table_has_a_row_an_item() =>
        Assert.Equal([["4", "5"], ["6", "7"]], Table.Of("sums", ["one", "two"], [3, 5], x => [$"{x + 1}", $"{x + 2}"]).Rows);

    [Theory]
    [InlineData(0.0712, "7.12 %")]
    [InlineData(1e-7, "1e-5 %")]
    [InlineData(double.NaN, "—")]
    public void Parts_of_one_are_said_in_percent(double part, string text) => Assert.Equal(text, NumberText.Percent(part));

    private static Series[] Every()
    {
        (double At, double Value)[] items = [.. Places.Zip(Values)];
        return
        [
            Series.Measured("a", items, item => item.At, item => item.Value, 7),
            Series.Points("b", items, item => item.At, item => item.Value, 7),
            Series.Predicted("c", items, item => item.At, item => item.Value, 7),
            Series.Guide("d", items, item => item.At, item => item.Value, 7),
        ];
    }
}
