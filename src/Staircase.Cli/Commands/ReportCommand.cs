namespace Staircase.Cli;

/// <summary><c>staircase report</c>: one HTML file for one or several runs.</summary>
internal sealed class ReportCommand : ICommand
{
    private const string LiveFile = "live.html";

    public Command Create()
    {
        var command = new Command("report", "Write one HTML file that shows runs, theory over measurement; several runs are compared.");
        var runs = command.Argument<string[]>("RUN", "run folders, or folders of seeds", ArgumentArity.OneOrMore);
        var output = command.Option<string?>(
            "--out", "FILE.html", "the file (default: report.html, in the run folder if there is only one)");
        var live = command.Option<bool>(
            "--live", null, "write the report into the explorer instead: theory in its figures moves with the setting");
        var export = new ExportOptions(command);
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(live))
                Live(parsed.GetValue(runs)!, parsed.GetValue(output), parsed.GetValue(json));
            else
                Run(parsed.GetValue(runs)!, parsed.GetValue(output), export.Read(parsed), parsed.GetValue(json));
        });
        return command;
    }

    private static void Live(string[] paths, string? output, bool json)
    {
        if (paths is not [var run])
            throw new InputException("‹live› shows one run: give one folder.");
        byte[] page = ExplorerPage.With(ProgressDisplay.Run(
            progress => Lab.Run.Open(RunFolder.Open(run), Fractions.Of(progress), StopSignal.Token)));
        string path = CommonOptions.InFolder(output ?? Path.Combine(run, LiveFile));
        AtomicFile.Write(path, stream => stream.Write(page), durable: false);
        Output.Say(json, Json.Of(("report", path), ("files", new JsonArray())), $"Live report in {path}");
    }

    private static void Run(string[] paths, string? output, Exports export, bool json)
    {
        string path = output ?? (paths.Length == 1 ? Path.Combine(paths[0], RunReport.FileName) : RunReport.FileName);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Run[] runs = [.. paths.SelectMany(run => CommonOptions.OpenRuns(run))];
        Report report = paths is [var only] && EnsembleFolder.Exists(only)
            ? RunReport.Of(EnsembleFolder.Open(only), runs)
            : RunReport.Of(runs);
        report = report with { Command = export.Command };
        Directory.CreateDirectory(folder);
        ReportFile.Write(path, report);
        IReadOnlyList<string> written = export.Write(report, folder);
        if (json)
        {
            Output.Json(Json.Of(("report", path), ("files", written)));
            return;
        }

        Output.Line($"Report in {path}");
        foreach (string file in written)
            Output.Line(Path.GetRelativePath(Directory.GetCurrentDirectory(), file));
    }
}
