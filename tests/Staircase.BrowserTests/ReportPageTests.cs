using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Playwright;
using Staircase.Lab;

namespace Staircase.BrowserTests;

/// <summary>The report of an ordinary run in a real browser, wide and as narrow as a phone.</summary>
public sealed class ReportPageTests(Browser browser)
{
    private const int Wide = 1100, Phone = 360;

    private static ReportSection Run => SampleReport.Report.Sections[0];

    [Theory]
    [InlineData(Wide)]
    [InlineData(Phone)]
    public async Task Draws_every_figure_and_asks_for_nothing(int width)
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report, width);
        foreach (Plot plot in Run.Plots)
        {
            DrawnPlot drawn = await report.DrawnAsync($"run-{plot.Id}");
            Assert.Equal(plot.Series.Count, drawn.Traces.Length);
            Assert.All(drawn.Traces, trace => Assert.NotEmpty(trace));
        }

        WeightMaps weights = Run.Weights[0];
        int cells = weights.Maps.Sum(map => map.Rows.Count * map.Columns.Count);
        Assert.Equal(cells, await report.Figure("run-weights").Locator(".maps .cells rect").CountAsync());
        Assert.Equal(SampleReport.Report.Results.Count, await report.Page.Locator("#citations .result").CountAsync());
        Assert.Empty(report.Complaints);
        Assert.Single(report.Requests); // the file itself
        Assert.True(await report.IsAsync("document.documentElement.scrollWidth <= innerWidth"), "The page scrolls sideways.");
    }

    [Fact]
    public async Task Tells_what_explain_tells()
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report, Wide);
        IReadOnlyList<string> told = await report.Page.Locator("#run .explanation p").AllTextContentsAsync();
        Assert.Equal(SampleReport.Explanation, told);
        Assert.Contains(told, paragraph => paragraph.StartsWith("Plateau 1, from time 0", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Wide)]
    [InlineData(Phone)]
    public async Task Switches_an_axis_between_linear_and_logarithmic(int width)
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report, width);
        DrawnPlot before = await report.DrawnAsync("run-loss");
        ILocator logY = report.Figure("run-loss").Locator("button.log-y");
        await logY.ClickAsync();
        DrawnPlot after = await report.DrawnAsync("run-loss");
        Assert.Equal((false, true), (before.IsYLogarithmic, after.IsYLogarithmic));
        Assert.Equal("true", await logY.GetAttributeAsync("aria-pressed"));
        Assert.NotEqual(before.Traces[0], after.Traces[0]);
        string? label = await report.Figure("run-loss").Locator(".frame").GetAttributeAsync("aria-label");
        Assert.Contains("Up: loss, logarithmic", label, StringComparison.Ordinal);

        await report.Figure("run-loss").Locator("button.log-x").ClickAsync(); // time 0 has its place there, too
        Assert.Equal("", await report.Figure("run-loss").Locator(".remark").InnerTextAsync());
        Assert.Contains("0", await report.Figure("run-loss").Locator(".xtick text").AllTextContentsAsync(), StringComparer.Ordinal);
        Assert.DoesNotContain(
            (await report.DrawnAsync("run-loss")).Traces,
            trace => trace.Any(path => path.Contains("NaN", StringComparison.Ordinal)));

        await logY.ClickAsync();
        Assert.False((await report.DrawnAsync("run-loss")).IsYLogarithmic);
        Assert.Empty(report.Complaints);
    }

    [Theory]
    [InlineData(Wide)]
    [InlineData(Phone)]
    public async Task Hands_out_every_point_of_every_series_with_all_its_bits(int width)
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report, width);
        foreach (Plot plot in Run.Plots)
        {
            string csv = Encoding.UTF8.GetString(await report.DownloadAsync($"run-{plot.Id}", "csv"));
            string[][] lines = [.. csv.TrimEnd('\n').Split('\n').Select(Cells)];
            Assert.Equal(1 + plot.Series.Max(series => series.Y.Length), lines.Length);
            Assert.Equal(plot.Series.Count + plot.Series.Select(series => series.X).Distinct().Count(), lines[0].Length);
            foreach (Series series in plot.Series)
                AssertSame(series.Y, Column(lines, Array.IndexOf(lines[0], series.Name)));
            AssertSame(plot.Series[0].X, Column(lines, 0));
        }

        static string[] Cells(string line) =>
        [
            .. Regex.Matches(line, """(?<=^|,)(?:"[^"]*"|[^,]*)""", RegexOptions.None, TimeSpan.FromSeconds(10))
                .Select(cell => cell.Value.Trim('"')),
        ];

        static double[] Column(string[][] lines, int column)
        {
            Assert.True(column >= 0);
            return
            [
                .. lines.Skip(1).Select(line => line[column]).TakeWhile(cell => cell.Length > 0)
                    .Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)),
            ];
        }

        static void AssertSame(double[] expected, double[] actual) =>
            Assert.Equal(expected.Select(BitConverter.DoubleToInt64Bits), actual.Select(BitConverter.DoubleToInt64Bits));
    }

    [Theory]
    [InlineData(Wide)]
    [InlineData(Phone)]
    public async Task Hands_out_pictures(int width)
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report, width);
        foreach (string figure in (string[])["run-loss", "run-strengths", "run-weights"])
        {
            XElement svg = XDocument.Parse(Encoding.UTF8.GetString(await report.DownloadAsync(figure, "svg"))).Root!;
            Assert.Equal("svg", svg.Name.LocalName);
            Assert.Contains(svg.Descendants(), shape => shape.Name.LocalName is "path" or "rect");
            byte[] png = await report.DownloadAsync(figure, "png");
            Assert.Equal(0x89504E47u, BinaryPrimitives.ReadUInt32BigEndian(png));
            Assert.Equal(2 * (int)svg.Attribute("width")!, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        }

        Assert.Empty(report.Complaints);
        Assert.All(report.Requests.Skip(1), address => Assert.Matches("^(data|blob):", address));
    }

    [Theory]
    [InlineData(Wide)]
    [InlineData(Phone)]
    public async Task Moves_through_the_checkpoints(int width)
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report, width);
        ILocator weights = report.Figure("run-weights");
        ILocator slider = weights.Locator("input[type=range]"), when = weights.Locator("output.when");
        string[] before = await FillsAsync(weights);
        await slider.FocusAsync();
        await report.Page.Keyboard.PressAsync("Home");
        Assert.StartsWith("step 0 · time 0 · loss ", await when.InnerTextAsync(), StringComparison.Ordinal);
        Assert.NotEqual(before, await FillsAsync(weights));
        await report.Page.Keyboard.PressAsync("End");
        await report.Page.Keyboard.PressAsync("ArrowLeft");
        Assert.StartsWith("step 9,750 · time 7800 · loss ", await when.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(await when.InnerTextAsync(), await slider.GetAttributeAsync("aria-valuetext"));

        int plateaus = Run.Weights[0].Frames.Select(frame => frame.Plateau).OfType<int>().Distinct().Count();
        Assert.Equal(plateaus, await weights.Locator("button.plateau").CountAsync());
        await weights.Locator("button.plateau").Nth(2).ClickAsync();
        Assert.EndsWith("plateau 3", await when.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_a_weight_with_the_pointer_and_with_the_arrow_keys()
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report);
        ILocator map = report.Figure("run-weights").Locator(".map").Nth(1), value = map.Locator("output.value");
        await map.Locator(".cells rect").Nth(2).HoverAsync();
        Assert.StartsWith("head 1, 3: ", await value.InnerTextAsync(), StringComparison.Ordinal);
        await map.Locator("svg").First.FocusAsync();
        await report.Page.Mouse.MoveAsync(1, 1);
        foreach (string key in (string[])["ArrowDown", "ArrowDown", "ArrowRight"])
            await report.Page.Keyboard.PressAsync(key);
        Assert.StartsWith("head 2, 2: ", await value.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Wide)]
    [InlineData(Phone)]
    public async Task Is_dark_where_the_reader_wants_it(int width)
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report, width, isDark: true);
        Assert.Equal(("rgb(20, 23, 27)", "rgb(20, 23, 27)"), await BackgroundsAsync(report));
        await report.Page.Locator("button.theme").ClickAsync();
        Assert.Equal(("rgb(255, 255, 255)", "rgb(255, 255, 255)"), await BackgroundsAsync(report));

        static async Task<(string Page, string Plot)> BackgroundsAsync(OpenReport report) => (
            await report.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"),
            await report.Page.EvaluateAsync<string>("getComputedStyle(document.querySelector('#run-loss .main-svg')).backgroundColor"));
    }

    [Fact]
    public async Task Is_usable_by_keyboard_alone()
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report);
        var seen = new List<string>();
        const string Focused = "document.activeElement === document.body ? '' "
            + ": document.activeElement.className + ' ' + (document.activeElement.closest('figure')?.id ?? '')";
        for (int i = 0; i < 200; i++)
        {
            await report.Page.Keyboard.PressAsync("Tab");
            string at = await report.Page.EvaluateAsync<string>(Focused);
            if (at.Length == 0)
                break;
            seen.Add(at);
            if (at == "log-y run-loss")
                await report.Page.Keyboard.PressAsync("Space");
            if (at.StartsWith("frame ", StringComparison.Ordinal) && at.EndsWith(" run-strengths", StringComparison.Ordinal))
                await report.Page.Keyboard.PressAsync("+");
        }

        Assert.Equal("skip ", seen[0]);
        Assert.Contains("bib ", seen, StringComparer.Ordinal); // the last button: nothing on the way holds the focus
        Assert.True(seen.Count < 200, "The focus goes in a circle.");
        Assert.True((await report.DrawnAsync("run-loss")).IsYLogarithmic);
        DrawnPlot zoomed = await report.DrawnAsync("run-strengths");
        Assert.True(zoomed.X[1] < Run.Plots[1].Series[^1].X[^1], $"Not zoomed: {zoomed.X[1]}.");
    }

    [Fact]
    public async Task Reads_a_plot_with_the_pointer()
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report);
        Series measured = Run.Plots[0].Series[0];
        DrawnPlot plot = await report.DrawnAsync("run-loss");
        (double x, double y) = plot.Place(measured.X[4000], measured.Y[4000]);
        await report.Figure("run-loss").Locator(".nsewdrag").HoverAsync(new() { Position = new() { X = (float)x, Y = (float)y } });
        string read = string.Join(" ", await report.Figure("run-loss").Locator(".hoverlayer text").AllTextContentsAsync());
        Assert.Matches("flow [0-9.]{4,6} ", read);
        // On a plateau, so that the next drawn point has the same height.
        Assert.Contains($"loss : {measured.Y[4000]:G6}", read, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shows_and_hides_a_series()
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report);
        await report.Figure("run-loss").Locator(".legend button").First.ClickAsync();
        Assert.Equal(Run.Plots[0].Series.Count - 1, (await report.DrawnAsync("run-loss")).Traces.Length);
    }

    [Fact]
    public async Task Opens_everything_in_light_colours_for_the_printer()
    {
        await using OpenReport report = await browser.OpenAsync(SampleReport.Report, isDark: true);
        byte[] pdf = await report.Page.PdfAsync(new PagePdfOptions { Format = "A4" });
        Assert.Equal("%PDF"u8.ToArray(), pdf[..4]);
        await report.Page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        Assert.True(await report.IsAsync("[...document.querySelectorAll('details')].every(details => details.open)"));
        Assert.True(await report.IsAsync("document.documentElement.dataset.theme === 'light'"));
        Assert.True((await report.DrawnAsync("run-loss")).Width < 700, "The plot is wider than the paper.");
        await report.Page.EvaluateAsync("dispatchEvent(new Event('afterprint'))");
        Assert.True(await report.IsAsync("document.documentElement.dataset.theme === 'dark'"));
    }

    private static async Task<string[]> FillsAsync(ILocator weights) =>
        await weights.Locator(".maps .cells").First
            .EvaluateAsync<string[]>("cells => [...cells.children].map(cell => cell.getAttribute('fill'))");
}
