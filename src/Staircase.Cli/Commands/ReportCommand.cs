using Staircase.Checkpoints;

namespace Staircase.Cli;

/// <summary><c>staircase report</c>: one HTML file for one or several runs.</summary>
public sealed class ReportCommand : ICommand
{
    private const string LiveFile = "live.html";

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("report", "Write one HTML file that shows runs, theory over measurement; several runs are compared.");
        var runs = command.Argument<string[]>("RUN", "run folders, or folders of seeds", ArgumentArity.OneOrMore);
        var output = command.Option<string?>(
            "--out", "FILE.html", "the file (default: report.html, in the run folder if there is only one)");
        var live = command.Option<bool>(
            "--live", null, "write the report into the explorer instead: theory in its figures moves with the setting");
        var export = new ExportOptions(command);
        command.Options.Add(CommonOptions.Threads);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed => parsed.GetValue(live)
            ? Live(parsed.GetValue(runs)!, parsed.GetValue(output), parsed.GetValue(json))
            : Run(parsed.GetValue(runs)!, parsed.GetValue(output), export.Read(parsed), parsed.GetValue(json)));
        return command;
    }

    private static int Live(string[] paths, string? output, bool json)
    {
        if (paths is not [var run])
            throw new InputException("‹live› shows one run: give one folder.");
        using var stop = new StopSignal();
        byte[] page = ExplorerPage.With(ProgressDisplay.Run(
            progress => Lab.Run.Open(RunFolder.Open(run), CommonOptions.Reading(progress), stop.Token)));
        string path = CommonOptions.InFolder(output ?? Path.Combine(run, LiveFile));
        AtomicFile.Write(path, stream => stream.Write(page), durable: false);
        if (json)
            Output.Json(new JsonObject { ["report"] = path, ["files"] = new JsonArray() });
        else
            Output.Line($"Live report in {path}");
        return ExitCode.Success;
    }

    private static int Run(string[] paths, string? output, Exports export, bool json)
    {
        using var stop = new StopSignal();
        string path = output ?? (paths.Length == 1 ? Path.Combine(paths[0], RunReport.FileName) : RunReport.FileName);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Run[] runs = [.. paths.SelectMany(run => CommonOptions.OpenRuns(run, stop.Token))];
        Report report = paths is [var only] && EnsembleFolder.Exists(only)
            ? RunReport.Of(EnsembleFolder.Open(only), runs)
            : RunReport.Of(runs);
        report = report with { Command = export.Command };
        Directory.CreateDirectory(folder);
        ReportFile.Write(path, report);
        IReadOnlyList<string> written = export.Write(report, folder, stop.Token);
        if (json)
        {
            Output.Json(new JsonObject { ["report"] = path, ["files"] = Json.Texts(written) });
            return ExitCode.Success;
        }

        Output.Line($"Report in {path}");
        foreach (string file in written)
            Output.Line($"{Path.GetRelativePath(Directory.GetCurrentDirectory(), file)}");
        return ExitCode.Success;
    }
}
