using Staircase.Lab;

namespace Staircase.BrowserTests;

/// <summary>The report of a sweep in a real browser: a phase diagram is one map, long tables can be sorted and filtered.</summary>
public sealed class SweepReportPageTests(Browser browser)
{
    private const int Wide = 1100;

    private static readonly double[] Numbers = [.. Enumerable.Range(0, 20).Select(i => 7.0 * i % 20)];

    private static Report Report => new()
    {
        Title = "A sweep",
        Sections =
        [
            new()
            {
                Id = "sweep",
                Title = "Sweep",
                Weights =
                [
                    new()
                    {
                        Id = "map",
                        Title = "Phase diagram",
                        Frames = [new(0, null, double.NaN, null)],
                        Maps = [new("step", ["a 1", "a 2"], ["b 1", "b 2", "b 3"], [1, 2, 3, 4, 5, double.NaN], 3)],
                    },
                ],
                Tables =
                [
                    Table.Of("Runs", ["task", "number"], Numbers.Select((number, i) => (number, i)),
                        row => [$"t{row.i}", row.i == 4 ? "—" : $"{row.number}"]),
                ],
            },
        ],
    };

    [Fact]
    public async Task A_phase_diagram_has_no_way_to_go()
    {
        await using OpenReport report = await browser.OpenAsync(Report, Wide);
        Assert.Equal(6, await report.Figure("sweep-map").Locator(".maps .cells rect").CountAsync());
        Assert.Equal(0, await report.Figure("sweep-map").Locator("input[type=range]").CountAsync());
        Assert.Empty(report.Complaints);
    }

    [Fact]
    public async Task A_long_table_is_sorted_by_its_headings_and_filtered_by_words()
    {
        await using OpenReport report = await browser.OpenAsync(Report, Wide);
        await report.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "number" }).ClickAsync();
        string[] up = await Column();
        Assert.Equal([.. Numbers.Where((_, i) => i != 4).Order().Select(number => $"{number}"), "—"], up);
        await report.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "number" }).ClickAsync();
        Assert.Equal("—", (await Column())[0]);
        await report.Page.GetByRole(Microsoft.Playwright.AriaRole.Searchbox).FillAsync("task=t7");
        Assert.Equal(["9"], await Column());
        Assert.Empty(report.Complaints);

        async Task<string[]> Column() =>
            [.. await report.Page.Locator("tbody tr:not([hidden]) td[data-column=number]").AllInnerTextsAsync()];
    }
}
