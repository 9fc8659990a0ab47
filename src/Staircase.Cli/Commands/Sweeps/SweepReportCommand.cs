namespace Staircase.Cli;

/// <summary><c>staircase sweep report</c>: one HTML file for what a sweep has collected.</summary>
internal static class SweepReportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("report", "Every number against every key, theory beside it, slopes, phase diagrams, outliers.");
        Argument<string> folder = SweepCommand.Folder(command);
        var output = command.Option<string?>("--out", "FILE.html", "the file (default: report.html in the folder)");
        var export = new ExportOptions(command);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(folder)!, file = parsed.GetValue(output) ?? Path.Combine(path, RunReport.FileName);
            Exports exports = export.Read(parsed);
            Report report = new Sweep(SweepFolder.Open(path)).Report() with { Command = exports.Command };
            ReportFile.Write(CommonOptions.InFolder(file), report);
            IReadOnlyList<string> written = exports.Write(report, Path.GetDirectoryName(Path.GetFullPath(file))!);
            if (parsed.GetValue(json))
            {
                Output.Json(Json.Of(("report", file), ("files", written)));
                return;
            }

            foreach (Table table in report.Sections[0].Tables.Take(1))
                Output.Table(table.Columns, table.Rows);
            Output.Line($"Report in {file}");
            written.ToList().ForEach(Output.Line);
        });
        return command;
    }
}
