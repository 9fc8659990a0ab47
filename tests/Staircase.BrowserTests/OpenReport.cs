using Microsoft.Playwright;

namespace Staircase.BrowserTests;

/// <summary>A report in the browser, with everything that the page asked for or complained of.</summary>
internal sealed class OpenReport : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private OpenReport(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Complaints.Add(message.Text);
        };
        page.PageError += (_, error) => Complaints.Add(error);
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    public IPage Page { get; }

    public List<string> Requests { get; } = [];

    public List<string> Complaints { get; } = [];

    public static async Task<OpenReport> OpenAsync(IBrowserContext context, string path)
    {
        var report = new OpenReport(context, await context.NewPageAsync());
        await report.Page.GotoAsync(new Uri(path).AbsoluteUri);
        await report.Page.WaitForSelectorAsync(
            "html[data-state=ready], html[data-state=failed]", new() { State = WaitForSelectorState.Attached });
        Assert.Equal("", string.Join("; ", await report.Page.Locator(".failure").AllInnerTextsAsync()));
        return report;
    }

    public ILocator Figure(string name) => Page.Locator($"#{name}");

    /// <summary>Presses a button of a figure and gives the file that it hands out.</summary>
    public async Task<byte[]> DownloadAsync(string figure, string button)
    {
        IDownload download = await Page.RunAndWaitForDownloadAsync(() => Figure(figure).Locator($"button.{button}").ClickAsync());
        await using Stream stream = await download.CreateReadStreamAsync();
        using var content = new MemoryStream();
        await stream.CopyToAsync(content);
        return content.ToArray();
    }

    /// <summary>A plot as it is drawn now.</summary>
    public async Task<DrawnPlot> DrawnAsync(string figure) => await Figure(figure).Locator(".frame").EvaluateAsync<DrawnPlot>(
        """
        frame => ({
          x: frame.layout.xaxis.range, y: frame.layout.yaxis.range,
          isXLogarithmic: frame.layout.xaxis.type === 'log', isYLogarithmic: frame.layout.yaxis.type === 'log',
          width: +frame.querySelector('.nsewdrag').getAttribute('width'), height: +frame.querySelector('.nsewdrag').getAttribute('height'),
          traces: [...frame.querySelectorAll('.scatterlayer .trace')]
            .map(trace => [...trace.querySelectorAll('path.js-line')].map(path => path.getAttribute('d'))),
        })
        """);

    public Task<bool> IsAsync(string expression) => Page.EvaluateAsync<bool>(expression);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
