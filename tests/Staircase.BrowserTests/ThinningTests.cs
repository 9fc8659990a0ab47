using Microsoft.Playwright;
using Staircase.Lab;

namespace Staircase.BrowserTests;

/// <summary>What is drawn has far fewer points than the data and looks the same.</summary>
public sealed class ThinningTests(Browser browser)
{
    /// <summary>Half a pixel: closer than an eye can tell at the width of the lines.</summary>
    private const double GreatestDistance = 0.5;

    private const int Count = 100_000;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task The_drawn_line_is_within_half_a_pixel_of_every_point(bool isXLogarithmic, bool isYLogarithmic)
    {
        Plot plot = Staircase(isXLogarithmic, isYLogarithmic);
        await using OpenReport report = await OpenAsync(plot);
        await AssertFaithful(report, plot);
    }

    [Fact]
    public async Task Zooming_shows_the_points_that_were_left_out()
    {
        Plot plot = Staircase(false, false);
        await using OpenReport report = await OpenAsync(plot);
        DrawnPlot whole = await report.DrawnAsync("a-p");
        (double across, double down) = whole.Place(30_000, 0.25);
        LocatorBoundingBoxResult box = (await report.Figure("a-p").Locator(".nsewdrag").BoundingBoxAsync())!;
        await report.Page.Mouse.MoveAsync((float)(box.X + across - 25), (float)(box.Y + down - 40));
        await report.Page.Mouse.DownAsync();
        await report.Page.Mouse.MoveAsync((float)(box.X + across + 25), (float)(box.Y + down + 40), new() { Steps = 4 });
        await report.Page.Mouse.UpAsync();
        DrawnPlot zoomed = await report.DrawnAsync("a-p");
        Assert.True(zoomed.X[1] - zoomed.X[0] < 0.1 * (whole.X[1] - whole.X[0]), $"Not zoomed: {zoomed.X[0]} to {zoomed.X[1]}.");
        await AssertFaithful(report, plot);

        await report.Page.GetByRole(AriaRole.Button, new() { Name = "whole range" }).ClickAsync();
        Assert.Equal(whole.X, (await report.DrawnAsync("a-p")).X);
    }

    /// <summary>
    /// Plateaus, three drops from one point to the next, a drop that takes a while, a loss of 0, a gap, and a little noise.
    /// </summary>
    private static Plot Staircase(bool isXLogarithmic, bool isYLogarithmic)
    {
        double[] x = [.. Enumerable.Range(0, Count).Select(i => (double)i)];
        double[] y =
        [
            .. x.Select(t => t < 1000 ? 1 : t < 10_000 ? 0.6 : t < 30_000 ? 0.3 : t < 60_000 ? 0.1
                : 0.1 / (1 + Math.Exp((t - 70_000) / 300)) + 1e-4),
        ];
        var random = new System.Random(1);
        for (int i = 80_000; i < Count; i++)
            y[i] *= 1 + 0.3 * random.NextDouble();
        y[50_000] = 0;
        y[55_000] = double.NaN;
        return Plot.Of("p", "staircase", new("t", isXLogarithmic), new("loss", isYLogarithmic), "", Series.Measured("loss", x, y));
    }

    private Task<OpenReport> OpenAsync(Plot plot) =>
        browser.OpenAsync(new Report { Title = "thinning", Sections = [new ReportSection { Id = "a", Title = "a", Plots = [plot] }] });

    private static async Task AssertFaithful(OpenReport report, Plot plot)
    {
        DrawnPlot drawn = await report.DrawnAsync("a-p");
        (double X, double Y)[][] strokes = drawn.Strokes(0);
        int points = strokes.Sum(stroke => stroke.Length);
        Assert.InRange(points, 10, Count / 10);
        Series series = plot.Series[0];
        double furthest = 0;
        for (int i = 0; i < Count; i++)
        {
            (double X, double Y) place = drawn.Place(series.X[i], series.Y[i]);
            if (place.X >= 0 && place.X <= drawn.Width && place.Y >= 0 && place.Y <= drawn.Height)
                furthest = Math.Max(furthest, DrawnPlot.Distance(place, strokes));
        }

        Assert.True(furthest <= GreatestDistance, $"A point lies {furthest:F3} pixels from the drawn line of {points} points.");
    }
}
