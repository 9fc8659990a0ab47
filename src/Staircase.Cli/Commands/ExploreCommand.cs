namespace Staircase.Cli;

/// <summary><c>staircase explore</c>: the library in a page, to move things and watch.</summary>
internal sealed class ExploreCommand : ICommand
{
    private const string Usual = "explorer.html";

    public Command Create()
    {
        var command = new Command(
            "explore", "Write the explorer, one page that computes offline: move the spectrum, watch the staircase; and open it.");
        var output = command.Option<string?>("--out", "FILE.html", $"the file (default: {Usual})");
        var site = command.Option<string?>("--site", "DIR", "write the page as static files for a web host instead");
        var closed = command.Option<bool>("--no-open", null, "only write it");
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed => Run(parsed.GetValue(output), parsed.GetValue(site), parsed.GetValue(closed), parsed.GetValue(json)));
        return command;
    }

    private static void Run(string? output, string? site, bool closed, bool json)
    {
        Require(output is null || site is null, "‹out› is one file and ‹site› a folder of files: give one of them.");
        if (site is not null)
        {
            IReadOnlyList<string> files = ExplorerPage.WriteSite(site);
            Output.Say(
                json, Json.Of(("site", site), ("files", files)),
                $"The explorer as {files.Count} files in {site}: any web host can serve them.");
            return;
        }

        string path = CommonOptions.InFolder(output ?? Usual);
        byte[] page = ExplorerPage.Read();
        AtomicFile.Write(path, stream => stream.Write(page), durable: false);
        bool opens = !closed && !json && !Console.IsOutputRedirected && Open(path);
        Output.Say(
            json, Json.Of(("page", path), ("bytes", page.Length)),
            $"The explorer in {path}{(opens ? "" : ": open it in a browser")}.");
    }

    /// <summary>Opens a file as a person would by a double click; false where the system has nothing for that.</summary>
    private static bool Open(string path)
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("DISPLAY") is null or ""
            && Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is null or "")
        {
            return false;
        }

        try
        {
            return Process.Start(new ProcessStartInfo(Path.GetFullPath(path)) { UseShellExecute = true }) is not null;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
