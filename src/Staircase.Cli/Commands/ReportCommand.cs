using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase report</c>: one or several runs as one HTML file that opens offline.</summary>
public sealed class ReportCommand : ICommand
{
    /// <inheritdoc/>
    public int Order => 5;

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("report", "Write one HTML file that shows runs, theory over measurement; several runs are compared.");
        var runs = new Argument<string[]>("RUN") { Description = "run folders", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--out") { Description = "the file (default: report.html, in the run folder if there is only one)", HelpName = "FILE.html" };
        Option<PictureFormat?> export = CommonOptions.Export();
        Option<bool> json = CommonOptions.Json();
        command.Arguments.Add(runs);
        command.Options.Add(output);
        command.Options.Add(export);
        command.Options.Add(json);
        command.SetAction(parsed => Run(parsed.GetValue(runs)!, parsed.GetValue(output), parsed.GetValue(export), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string[] runs, string? output, PictureFormat? export, bool json)
    {
        using var stop = new StopSignal();
        string path = output ?? (runs.Length == 1 ? Path.Combine(runs[0], RunReport.FileName) : RunReport.FileName);
        Report report = ProgressDisplay.Run(progress => RunReport.Read(runs, CommonOptions.Reading(progress), stop.Token));
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        ReportFile.Write(path, report);
        IReadOnlyList<string> pictures = export is { } format ? PictureExport.WriteFromFile(path, Path.GetDirectoryName(Path.GetFullPath(path))!, format, stop.Token) : [];
        if (json)
        {
            Output.Json(new { Report = path, Pictures = pictures });
            return ExitCode.Success;
        }

        Output.Line($"Report in {path}");
        foreach (string picture in pictures)
            Output.Line($"Picture in {Path.GetRelativePath(Directory.GetCurrentDirectory(), picture)}");
        return ExitCode.Success;
    }
}
