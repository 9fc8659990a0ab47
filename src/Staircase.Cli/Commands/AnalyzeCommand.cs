namespace Staircase.Cli;

/// <summary><c>staircase analyze</c>: anybody's checkpoints, audited and measured head by head.</summary>
internal sealed class AnalyzeCommand : ICommand
{
    private const double Rounding = 1e-11; // of a matrix's distance from itself
    private const int MostRows = 60, MostTransitions = 20;

    private static readonly CircuitMeasure[] Shown = [.. CircuitMeasure.All.Where(measure => measure.Heading is not null)];

    private readonly Option<string?> _onlyLayers = Options.Option<string?>("--layer", "0,3|0..3", "measure these layers alone");
    private readonly Option<string?> _onlyHeads = Options.Option<string?>("--head", "0,3|0..3", "measure these heads of a layer alone");
    private readonly Option<string?> _tensors = Options.Option<string?>(
        "--tensors", "PATTERN", "take the tensors whose names match as plain matrices, instead of heads");
    private readonly Option<string?> _losses = Options.Option<string?>(
        "--losses", "FILE.csv", "lay losses over it: a table with a column of steps, as trackers export it");
    private readonly Option<int> _directions = Options.Option("--directions", "R", "leading directions that principal angles compare", 4);
    private readonly Option<string?> _csv = Options.Option<string?>("--csv", "FILE.csv", "write every row as CSV");
    private readonly Option<string?> _out = Options.Option<string?>(
        "--out", "FILE.html", "write a report: curves, heat maps with a slider over the steps, audit");

    public Command Create()
    {
        var command = new Command(
            "analyze",
            "Audit a series of anybody's checkpoints and measure every attention head over it: ranks, norms, subspaces, transitions.");
        var series = new SeriesOptions(command);
        var storage = new StorageOptions(command);
        Option[] options = [_onlyLayers, _onlyHeads, _tensors, _losses, _directions, _csv, _out, CommonOptions.Threads];
        foreach (Option option in options)
            command.Options.Add(option);
        Option<bool> json = CommonOptions.Json(command);
        var export = new ExportOptions(command);
        command.SetAction(
            parsed => Run(parsed, Read(parsed, storage.Read(parsed, series.Read(parsed))), export.Read(parsed), parsed.GetValue(json)));
        return command;
    }

    private void Run(ParseResult parsed, AnalysisOptions options, Exports export, bool json)
    {
        string? report = parsed.GetValue(_out);
        Require(
            report is null || ReportFile.IsAvailable,
            "this build of Staircase cannot write HTML reports, as Node was missing when it was built; --csv and --json do without.");

        CheckpointAnalysis analysis = ProgressDisplay.Run(
            progress => CheckpointAnalysis.Run(options, json ? null : PrintAudit, Fractions.Of(progress), StopSignal.Token));
        if (parsed.GetValue(_csv) is { } csv)
            AnalysisCsv.Write(CommonOptions.InFolder(csv), analysis);
        Report page = AnalysisReport.Of(analysis, export.Command);
        if (report is not null)
            ReportFile.Write(CommonOptions.InFolder(report), page);
        IReadOnlyList<string> files =
            export.Write(page, Path.GetDirectoryName(Path.GetFullPath(report ?? "analysis.html"))!);
        if (json)
        {
            foreach (string decision in analysis.Decisions.Concat(analysis.Skipped.Select(text => $"not read: {text}")))
                Console.Error.WriteLine(SeriesOptions.Plain(decision));
            foreach (AuditFinding finding in analysis.Findings)
                Console.Error.WriteLine($"audit: {finding.Text}");
            Output.Json(Json.List(analysis.Rows, row => Of(row, analysis)));
            return;
        }

        Print(analysis);
        if (parsed.GetValue(_csv) is { } table)
            Output.Line($"All {analysis.Rows.Count} rows in {table}");
        if (report is not null)
            Output.Line($"Report in {report}");
        foreach (string file in files)
            Output.Line(Path.GetRelativePath(Directory.GetCurrentDirectory(), file));
    }

    private AnalysisOptions Read(ParseResult parsed, AnalysisOptions options) => options with
    {
        Layers = Indices(parsed, _onlyLayers),
        Heads = Indices(parsed, _onlyHeads),
        Tensors = parsed.GetValue(_tensors),
        Losses = parsed.GetValue(_losses),
        Directions = parsed.GetValue(_directions) is > 0 and var directions ? directions
            : throw new InputException($"--directions must be at least 1, not {parsed.GetValue(_directions)}."),
    };

    /// <summary>Numbers such as <c>0,3</c> or <c>0..3</c>; null where nothing was said.</summary>
    private static int[]? Indices(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text)
            return null;
        string[] ends = text.Split("..");
        int[] numbers = [.. (ends.Length == 2 ? ends : text.Split(',')).Select(Number)];
        return ends.Length == 2 ? [.. Range(numbers[0], Max(0, numbers[1] - numbers[0] + 1))] : numbers;

        int Number(string word) => int.TryParse(word, out int number) && number >= 0 ? number
            : throw new InputException($"{option.Name} must be numbers such as 0,3 or a range such as 0..3, not '{text}'.");
    }

    /// <summary>What must be known before any number is read.</summary>
    private static void PrintAudit(CheckpointAnalysis analysis)
    {
        string layout = analysis.Layout ?? "none: plain matrices";
        Output.Line($"{analysis.Steps.Count} checkpoints, steps {analysis.Steps[0]} to {analysis.Steps[^1]}; layout {layout}.");
        SeriesOptions.Print(analysis.Decisions, analysis.Skipped, analysis.Findings);
    }

    private static void Print(CheckpointAnalysis analysis)
    {
        // The whole table where it is small; else the first and the last checkpoint, and of these the means of each layer where there are
        // many heads.
        bool all = analysis.Rows.Count <= MostRows;
        AnalysisRow[] rows = [.. analysis.Rows.Where(row => all || row.Step == analysis.Steps[0] || row.Step == analysis.Steps[^1])];
        bool byLayer = analysis.Layout is not null && rows.Length > MostRows, modules = rows.Any(row => row.Module is { Length: > 0 });
        string[] shown = [.. Shown.Select(measure => measure.Heading!)];
        Output.Table(
            analysis.Layout is null ? ["step", "tensor", .. shown, "positivity"]
                :
                [
                    "step", .. modules ? ["module"] : (string[])[], "layer", byLayer ? "heads" : "head",
                    $"QK: {shown[0]}", .. shown[1..], $"OV: {shown[0]}", .. shown[1..], "copying",
                ],
            byLayer ? rows.GroupBy(row => (row.Step, row.Module, row.Layer))
                    .Select(layer => Heads([.. layer], $"mean of {layer.Count()}", modules))
                : rows.Select(row => row.Matrix is { } matrix
                    ?
                    [
                        $"{row.Step}", SeriesOptions.Plain(row.Tensor!), .. Numbers([matrix]),
                        Mean(CircuitMeasure.EigenvaluePositivity, [matrix]),
                    ]
                    : Heads([row], $"{row.Head}", modules)));
        if (!all || byLayer)
        {
            string which = all ? "All checkpoints" : $"The first and the last of {analysis.Steps.Count} checkpoints";
            Output.Line($"{which}{(byLayer ? ", by layer" : "")}; --csv, --json and --out have all {analysis.Rows.Count} rows.");
        }

        Output.Line(analysis.NoTransitions is { } none ? $"No transitions: {none}."
            : $"{analysis.Transitions.Count} transitions of a false-alarm rate up to {analysis.Options.Level:P0} a series, "
                + $"in {analysis.Subjects} heads or matrices.");
        if (analysis.Transitions.Count > 0)
        {
            Output.Table(
                ["of", "measure", "step", "from", "to", "size", "false-alarm rate"],
                analysis.Transitions.Take(MostTransitions).Select(t => (string[])
                    [
                        SeriesOptions.Plain(t.Subject), t.Measure, Cell(t.Step), Cell(t.Earliest), Cell(t.Latest), Cell(t.Size),
                        $"{t.FalseAlarmRate:G2}",
                    ]));
        }
    }

    private static string[] Heads(AnalysisRow[] rows, string heads, bool modules)
    {
        CircuitMeasures[] qk = [.. rows.Select(row => row.QK!)], ov = [.. rows.Select(row => row.OV!)];
        string copying = Mean(CircuitMeasure.EigenvaluePositivity, ov);
        string[] module = modules ? [SeriesOptions.Plain(rows[0].Module!)] : [];
        return [$"{rows[0].Step}", .. module, $"{rows[0].Layer}", heads, .. Numbers(qk), .. Numbers(ov), copying];
    }

    private static IEnumerable<string> Numbers(CircuitMeasures[] circuits) => Shown.Select(measure => Mean(measure, circuits));

    /// <summary>The mean over those circuits that have the number.</summary>
    private static string Mean(CircuitMeasure measure, CircuitMeasures[] circuits)
    {
        double mean = circuits.Select(circuit => circuit[measure]).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
        return Cell(measure == CircuitMeasure.SubspaceDistance && mean < Rounding ? 0 : mean);
    }

    private static string Cell(double value) => double.IsNaN(value) ? "—" : value.ToString("G4");

    private static JsonObject Of(AnalysisRow row, CheckpointAnalysis analysis)
    {
        var json = Json.Of(("step", row.Step));
        if (row.Tensor is { } tensor)
            json["tensor"] = tensor;
        else
            (json["module"], json["layer"], json["head"]) = (row.Module, row.Layer, row.Head);
        foreach (AnalysisColumn column in analysis.Columns)
            json[column.Name] = Finite(column.Of(row));
        for (int c = 0; c < (analysis.Losses?.Columns.Count ?? 0); c++)
            json.TryAdd(analysis.Losses!.Columns[c].Name, Finite(analysis.Losses.At(c, row.Step)));
        return json;

        static JsonNode? Finite(double value) => double.IsFinite(value) ? value : null;
    }
}
