using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Staircase.Cli;

namespace Staircase.BrowserTests;

/// <summary>The explorer in the browser, with everything that the page asked for or complained of.</summary>
internal sealed class OpenExplorer : IAsyncDisposable
{
    /// <summary>The library is interpreted there, and the machine may be busy.</summary>
    private const int PatienceInMilliseconds = 180_000;

    private static readonly Lazy<string> Written = new(Write);

    private readonly IBrowserContext _context;

    private OpenExplorer(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.SetDefaultTimeout(PatienceInMilliseconds);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Complaints.Add(message.Text);
        };
        page.PageError += (_, error) => Complaints.Add(error);
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    /// <summary>The page, as <c>staircase explore</c> writes it.</summary>
    public static string File => Written.Value;

    public IPage Page { get; }

    public List<string> Complaints { get; } = [];

    public List<string> Requests { get; } = [];

    public ILocator Notice => Page.Locator(".notice");

    public static async Task<OpenExplorer> OpenAsync(IBrowserContext context, string address)
    {
        var explorer = new OpenExplorer(context, await context.NewPageAsync());
        await explorer.Page.GotoAsync(address);
        await explorer.Page.WaitForSelectorAsync(
            "html[data-state=ready], html[data-state=failed]", new() { State = WaitForSelectorState.Attached });
        Assert.Equal("", string.Join("; ", await explorer.Page.Locator(".failure").AllInnerTextsAsync()));
        return explorer;
    }

    /// <summary>Waits until what is shown is computed, the flow included.</summary>
    public async Task SettledAsync()
    {
        await Task.Delay(100);
        await UntilAsync("document.documentElement.dataset.busy === 'no'");
        await Page.EvaluateAsync("new Promise(done => requestAnimationFrame(() => setTimeout(done, 300)))");
    }

    /// <summary>Waits until something is so; the page's own policy forbids the means that Playwright has for it.</summary>
    public async Task UntilAsync(string expression, object? argument = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await Page.EvaluateAsync<bool>(expression, argument))
        {
            Assert.True(watch.ElapsedMilliseconds < PatienceInMilliseconds, $"It never came that {expression}.");
            await Task.Delay(50);
        }
    }

    /// <summary>Asks the engine, as the page does.</summary>
    public async Task<JsonObject> AskAsync(string method, params object[] arguments)
    {
        string text = await Page.EvaluateAsync<string>(
            """
            async ([method, args]) => {
              const answer = await staircase.engine.call(method, ...args).catch(error => ({ error: error.message }));
              return JSON.stringify(answer, (_, value) => value instanceof Float64Array ? Array.from(value) : value);
            }
            """,
            new object[] { method, arguments });
        return JsonNode.Parse(text)!.AsObject();
    }

    public async Task<string> HashAsync() => await Page.EvaluateAsync<string>("location.hash");

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private static string Write()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("staircase-explorer-").FullName, "explorer.html");
        Assert.Equal(0, Application.Run(["explore", "--no-open", "--out", path]));
        return path;
    }
}
