namespace Staircase.Lab;

/// <summary>An installed Chromium, to draw a page without a window.</summary>
internal static class Chromium
{
    private const string Profile = "profile";

    /// <summary>As root Chromium does not start with its sandbox.</summary>
    private static bool NeedsNoSandbox => Environment.IsPrivilegedProcess && OperatingSystem.IsLinux();

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static string Find() => BrowserSearch.Here.Find();

    /// <summary>Opens a page and gives its content as HTML at its load event, which the page may hold back until it is done.</summary>
    /// <param name="page">The page's address.</param>
    /// <param name="cancellation">Ends Chromium.</param>
    /// <exception cref="InputException">There is no Chromium, or it failed.</exception>
    public static string Dump(string page, CancellationToken cancellation) => InFolder(
        (program, folder) => Run(program, Path.Combine(folder, Profile), ["--dump-dom", page], cancellation));

    /// <summary>Prints a page of HTML, as large as it says it is, and gives the PDF.</summary>
    /// <param name="cancellation">Ends Chromium.</param>
    /// <exception cref="InputException">There is no Chromium, or it failed.</exception>
    public static byte[] Print(string html, CancellationToken cancellation) => InFolder((program, folder) =>
    {
        string page = Path.Combine(folder, "page.html"), printed = Path.Combine(folder, "page.pdf");
        File.WriteAllText(page, html);
        Run(program, Path.Combine(folder, Profile),
            ["--no-pdf-header-footer", $"--print-to-pdf={printed}", new Uri(page).AbsoluteUri], cancellation);
        return File.Exists(printed) ? File.ReadAllBytes(printed) : throw new InputException($"{program} printed nothing.");
    });

    /// <summary>Does something with the program and a folder of its own, which is gone afterwards.</summary>
    private static T InFolder<T>(Func<string, string, T> act)
    {
        string program = Find();
        string folder = Directory.CreateTempSubdirectory("staircase-chromium-").FullName;
        try
        {
            return act(program, folder);
        }
        finally
        {
            Delete(folder);
        }
    }

    private static string Run(string program, string profile, string[] task, CancellationToken cancellation)
    {
        string[] arguments =
        [
            "--headless", "--disable-gpu", "--no-first-run", "--disable-quic", "--disable-sync", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update", $"--user-data-dir={profile}",
            .. NeedsNoSandbox ? ["--no-sandbox"] : (string[])[],
            .. task,
        ];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            (int code, string html, string errors) = Programs.Run(program, arguments, patience.Token);
            return code == 0 ? html : throw new InputException($"{program} failed with exit code {code}: {LastLine(errors)}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new InputException($"{program} did not finish drawing within {Patience.TotalMinutes:F0} minutes.");
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InputException($"{program} cannot be started: {exception.Message}", exception);
        }
    }

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault("no message");

    private static void Delete(string folder)
    {
        for (int attempt = 1; attempt <= 10; attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
                return;
            }
            catch (Exception exception) when (IsOfFiles(exception))
            {
                // A dying child of Chromium still writes; what is left in the end is in the system's place for what may vanish.
                Thread.Sleep(50);
            }
        }
    }
}
