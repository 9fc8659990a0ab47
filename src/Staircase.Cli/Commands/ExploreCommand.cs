using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Staircase.Checkpoints;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase explore</c>: the library in a page, to move things and watch.</summary>
public sealed class ExploreCommand : ICommand
{
    private const string Usual = "explorer.html";

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command(
            "explore", "Write the explorer, one page that computes offline: move the spectrum, watch the staircase; and open it.");
        var output = new Option<string?>("--out") { Description = $"the file (default: {Usual})", HelpName = "FILE.html" };
        var site = new Option<string?>("--site")
        {
            Description = "write the page as static files for a web host instead",
            HelpName = "DIR",
        };
        var closed = new Option<bool>("--no-open") { Description = "only write it" };
        foreach (Option option in (Option[])[output, site, closed])
            command.Options.Add(option);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed => Run(parsed.GetValue(output), parsed.GetValue(site), parsed.GetValue(closed), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string? output, string? site, bool closed, bool json)
    {
        if (output is not null && site is not null)
            throw new InputException("‹out› is one file and ‹site› a folder of files: give one of them.");
        if (site is not null)
        {
            IReadOnlyList<string> files = ExplorerPage.WriteSite(site);
            Say(
                $"The explorer as {files.Count} files in {site}: any web host can serve them.",
                new() { ["site"] = site, ["files"] = Json.Texts(files) });
            return ExitCode.Success;
        }

        string path = CommonOptions.InFolder(output ?? Usual);
        byte[] page = ExplorerPage.Read();
        AtomicFile.Write(path, stream => stream.Write(page), durable: false);
        bool opens = !closed && !json && !Console.IsOutputRedirected && Open(path);
        Say($"The explorer in {path}{(opens ? "" : ": open it in a browser")}.", new() { ["page"] = path, ["bytes"] = page.Length });
        return ExitCode.Success;

        void Say(string line, JsonObject data)
        {
            if (json)
                Output.Json(data);
            else
                Output.Line(line);
        }
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
