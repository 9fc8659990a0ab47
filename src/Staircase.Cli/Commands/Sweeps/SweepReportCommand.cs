using System.CommandLine;
using System.Text.Json.Nodes;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase sweep report</c>: one HTML file for what a sweep has collected.</summary>
internal static class SweepReportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "the folder of the sweep" };
        var output = new Option<string?>("--out") { Description = "the file (default: report.html in the folder)", HelpName = "FILE.html" };
        var command = new Command("report", "Every number against every key, theory beside it, slopes, phase diagrams, outliers.")
        {
            folder,
            output,
        };
        var export = new ExportOptions(command);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            string path = parsed.GetValue(folder)!, file = parsed.GetValue(output) ?? Path.Combine(path, RunReport.FileName);
            Exports exports = export.Read(parsed);
            Report report = new Sweep(SweepFolder.Open(path)).Report() with { Command = exports.Command };
            ReportFile.Write(CommonOptions.InFolder(file), report);
            IReadOnlyList<string> written = exports.Write(report, Path.GetDirectoryName(Path.GetFullPath(file))!, stop.Token);
            if (parsed.GetValue(json))
            {
                Output.Json(new JsonObject { ["report"] = file, ["files"] = Json.Texts(written) });
                return ExitCode.Success;
            }

            foreach (Table table in report.Sections[0].Tables.Take(1))
                Output.Table(table.Columns, table.Rows);
            Output.Line($"Report in {file}");
            written.ToList().ForEach(Output.Line);
            return ExitCode.Success;
        });
        return command;
    }
}
