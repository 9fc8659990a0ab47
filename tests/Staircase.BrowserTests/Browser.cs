using Microsoft.Playwright;
using Staircase.Lab;

[assembly: AssemblyFixture(typeof(Staircase.BrowserTests.Browser))]

namespace Staircase.BrowserTests;

/// <summary>
/// The installed Chromium, started once. Where there is none these tests fail and say what to install: they are required.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("staircase-browser-").FullName;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium.Find(),
            Args =
            [
                "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync",
            ],
        });
    }

    /// <summary>Opens the explorer, from disk unless a server is named, and waits until its engine answers.</summary>
    /// <param name="hash">Where: what stands behind the file's name in the address; or a whole address.</param>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="isDark">Whether the system is dark.</param>
    /// <param name="hasTouch">Whether there is a finger instead of a mouse.</param>
    internal async Task<OpenExplorer> ExploreAsync(string hash = "", int width = 1100, bool isDark = false, bool hasTouch = false)
    {
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            HasTouch = hasTouch,
        });
        return await OpenExplorer.OpenAsync(
            context, hash.Contains("://", StringComparison.Ordinal) ? hash : new Uri(OpenExplorer.File).AbsoluteUri + hash);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Writes a report, opens it from disk, and waits until it is drawn.</summary>
    internal async Task<OpenReport> OpenAsync(Report report, int width = 1100, bool isDark = false)
    {
        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}.html");
        ReportFile.Write(path, report);
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
        });
        return await OpenReport.OpenAsync(context, path);
    }
}
