using System.Text;
using Staircase.Lab;

namespace Staircase.BrowserTests;

/// <summary>
/// Reports of 1, 4 and 20 runs of every kind, wide and as narrow as a phone: nothing is cut off, hidden, repeated or too long.
/// </summary>
public sealed class ManyRunsTests(Browser browser)
{
    private const int LargestReport = 5_000_000, MostRows = 12;

    /// <summary>A pixel of rounding.</summary>
    private const string CutOff =
        """
        [...document.querySelectorAll('.frame text, .picture text, .scroll > svg text')].filter(text => {
          const box = text.getBoundingClientRect();
          const sheet = text.closest('.frame, .picture, .scroll > svg').getBoundingClientRect();
          return box.width > 0 && (box.left < sheet.left - 1 || box.right > sheet.right + 1
            || box.top < sheet.top - 1 || box.bottom > sheet.bottom + 1);
        }).map(text => text.textContent)
        """;

    private const string Vanished =
        """
        [...document.querySelectorAll('.frame')].flatMap(frame => frame.data
          .filter(trace => trace.visible !== false && trace.type === 'scatter'
            && !trace.x.some(value => value !== null && Number.isFinite(value)))
          .map(trace => frame.closest('figure').id + ': ' + trace.name))
        """;

    public static TheoryData<string, int, bool, int> Every()
    {
        var all = new TheoryData<string, int, bool, int>();
        foreach (string kind in SampleRuns.Names)
        {
            foreach ((int count, bool areSeeds) in ((int, bool)[])[(1, true), (4, true), (4, false), (20, true), (20, false)])
            {
                foreach (int width in (int[])[1200, 360])
                    all.Add(kind, count, areSeeds, width);
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task Everything_is_seen(string kind, int count, bool areSeeds, int width)
    {
        Report runs = SampleRuns.Report(kind, count, areSeeds);
        Assert.InRange(Encoding.UTF8.GetByteCount(ReportFile.ToHtml(runs)), 1, LargestReport);
        await using OpenReport report = await browser.OpenAsync(runs, width);
        Assert.Empty(report.Complaints);
        Assert.True(await report.IsAsync("document.documentElement.scrollWidth <= innerWidth"), "The page scrolls sideways.");
        Assert.Equal("", await ListAsync(report, CutOff));
        Assert.Equal("", await ListAsync(report, Vanished));
        Assert.Equal("", await ListAsync(
            report, $"[...document.querySelectorAll('.legend')].filter(l => l.children.length > {MostRows}).map(l => l.textContent)"));
        Assert.Equal("", await ListAsync(
            report,
            "[...document.querySelectorAll('.checks td:first-child')]"
            + ".filter(d => d.getBoundingClientRect().right > innerWidth).map(d => d.textContent)"));
        Assert.Contains(
            "staircase report runs/01", await report.Page.Locator("pre.command").First.InnerTextAsync(), StringComparison.Ordinal);
    }

    /// <summary>Twenty runs take the room of four, but for their rows in a table.</summary>
    [Theory]
    [InlineData("regression")]
    [InlineData("vector-regression")]
    [InlineData("modular-addition")]
    [InlineData("attention-only")]
    public async Task More_runs_take_no_more_room(string kind)
    {
        const string Height = "[...document.querySelectorAll('figure')].reduce((sum, figure) => sum + figure.offsetHeight, 0)";
        await using OpenReport few = await browser.OpenAsync(SampleRuns.Report(kind, 4, areSeeds: true));
        await using OpenReport many = await browser.OpenAsync(SampleRuns.Report(kind, 20, areSeeds: true));
        Assert.InRange(await many.Page.EvaluateAsync<double>(Height), 1, 1.1 * await few.Page.EvaluateAsync<double>(Height));
    }

    [Fact]
    public async Task Twenty_settings_become_a_map_with_a_row_each()
    {
        await using OpenReport report = await browser.OpenAsync(SampleRuns.Report("regression", 20, areSeeds: false), 1200);
        Assert.Equal(20, await report.Page.EvaluateAsync<int>("document.querySelector('#together-1-loss .frame').data[0].z.length"));
        Assert.Equal(0, await report.Figure("together-1-loss").Locator(".scatterlayer .js-line").CountAsync());
    }

    [Fact]
    public async Task Seeds_become_their_median_a_band_and_one_row_of_faint_curves()
    {
        Report runs = SampleRuns.Report("regression", 20, areSeeds: true);
        Plot loss = runs.Sections[0].Plots[0];
        Assert.Equal(1, loss.Series.Count(series => series.Role == SeriesRole.Band));
        Assert.Equal(20, loss.Series.Count(series => series.Family == "each seed"));
        await using OpenReport report = await browser.OpenAsync(runs, 1200);
        Assert.Equal(3, await report.Figure("together-1-loss").Locator(".legend button").CountAsync());
    }

    [Fact]
    public async Task Step_zero_has_a_place_on_a_logarithmic_axis()
    {
        await using OpenReport report = await browser.OpenAsync(SampleRuns.Report("attention-only", 1, areSeeds: true), 1200);
        DrawnPlot drawn = await report.DrawnAsync("run-1-loss");
        Assert.True(drawn.IsXLogarithmic);
        double first = drawn.Strokes(0)[0][0].X, one = drawn.Place(1, 1).X;
        Assert.InRange(first, 0, one - 8); // left of step 1, and inside
        Assert.Equal("0", await report.Figure("run-1-loss").Locator(".xtick text").First.TextContentAsync());
    }

    private static async Task<string> ListAsync(OpenReport report, string expression) =>
        string.Join("; ", (await report.Page.EvaluateAsync<string[]>(expression)).Distinct(StringComparer.Ordinal));
}
