using Staircase.Lab;

namespace Staircase.BrowserTests;

/// <summary>A report's words come from files of strangers: whatever they say, they stay words.</summary>
public sealed class HostileTextTests(Browser browser)
{
    private const string Hostile = """</script><img src="x" onerror="window.hacked = true"><b onclick='x'>&amp;""";

    [Fact]
    public async Task Words_stay_words()
    {
        Report hostile = new()
        {
            Title = Hostile,
            Lead = Hostile + @" $\href{javascript:window.hacked=true}{x} \htmlData{a=b}{y} "
                + "</span><img src=x onerror='window.hacked=true'>$ <!-- $",
            Sections =
            [
                new ReportSection
                {
                    Id = "a",
                    Title = Hostile,
                    Command = Hostile,
                    Plots = [Plot.Of("p", Hostile, Hostile, Hostile, Hostile, Series.Measured(Hostile, [1, 2], [1, 2]))],
                    Weights =
                    [
                        new WeightMaps
                        {
                            Id = "w",
                            Title = Hostile,
                            Frames = [new(0, double.NaN, double.PositiveInfinity, 1)],
                            Maps = [new(Hostile, [Hostile], [Hostile], [1])],
                        },
                    ],
                    Checks = [Check.Same(Hostile, Hostile, Hostile, Hostile)],
                    Tables = [new Table(Hostile, [Hostile], [[Hostile]])],
                    Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["__proto__"] = Hostile, [Hostile] = Hostile },
                    Notes = [Hostile],
                },
            ],
            Results = [new Result(Hostile, Hostile, new Paper(Hostile, Hostile, Hostile), Hostile, Hostile, Hostile)],
        };
        await using OpenReport report = await browser.OpenAsync(hostile);
        Assert.Equal(0, await report.Page.Locator("img, b, a[href^=javascript]").CountAsync());
        Assert.True(await report.IsAsync("window.hacked === undefined"));
        Assert.Equal(Hostile, await report.Page.Locator("h1").TextContentAsync());
        Assert.Equal(Hostile, await report.Page.TitleAsync());
        Assert.Equal(Hostile, await report.Page.Locator(".xtitle").TextContentAsync());
        Assert.Equal(2, await report.Page.Locator(".settings tbody tr").CountAsync());
        await report.DownloadAsync("a-p", "svg");
        Assert.True(await report.IsAsync("window.hacked === undefined"));
        Assert.Single(report.Requests);
        Assert.Empty(report.Complaints);
    }

    [Fact]
    public async Task A_dollar_without_a_partner_is_a_dollar()
    {
        await using OpenReport report = await browser.OpenAsync(new Report { Title = "$5", Lead = @"$\lambda_1$ and $6", Sections = [] });
        Assert.Equal("$5", await report.Page.Locator("h1").TextContentAsync());
        Assert.EndsWith("and $6", await report.Page.Locator(".lead").TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await report.Page.Locator(".lead math").CountAsync());
    }
}
