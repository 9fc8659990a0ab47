using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Staircase.Checkpoints;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase reproduce</c>: the papers' figures, theory over simulation, every claim put to the test.</summary>
public sealed class ReproduceCommand : ICommand
{
    private const string List = "list";

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("reproduce", "Reproduce figures of the papers and check their claims; 'list' names the figures.");
        var names = new Argument<string[]>("NAME")
        {
            Description = "figures by name, 'all' of them, or 'list'",
            Arity = ArgumentArity.OneOrMore,
        };
        var quick = new Option<bool>("--quick") { Description = "keep the physics and shrink the cost" };
        var output = new Option<string>("--out")
        {
            Description = "where reports and the page of checks go",
            HelpName = "DIR",
            DefaultValueFactory = _ => "figures",
        };
        command.Arguments.Add(names);
        command.Options.Add(quick);
        command.Options.Add(output);
        var export = new ExportOptions(command);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            (string[] wanted, bool asJson) = (parsed.GetValue(names)!, parsed.GetValue(json));
            (bool isQuick, string folder) = (parsed.GetValue(quick), parsed.GetValue(output)!);
            if (!wanted.Contains(List, StringComparer.Ordinal))
                return Reproduce(FigureCatalogue.Named(wanted), isQuick, folder, export, parsed, asJson);
            if (wanted.Length > 1)
                throw new InputException("'list' stands alone: staircase reproduce list");
            return PrintList(asJson);
        });
        return command;
    }

    private static int PrintList(bool json)
    {
        IReadOnlyList<IFigure> all = FigureCatalogue.All;
        if (json)
            Output.Json(Json.List(all, f => new JsonObject { ["name"] = f.Name, ["source"] = f.Source, ["shows"] = f.Shows }));
        else
            Output.Table(["figure", "source", "shows"], all.Select(f => (IReadOnlyList<string>)[f.Name, f.Source, f.Shows]));
        return ExitCode.Success;
    }

    private static int Reproduce(IReadOnlyList<IFigure> figures, bool quick, string folder, ExportOptions export, ParseResult parsed, bool json)
    {
        export.Check(parsed);
        Directory.CreateDirectory(folder);
        using var stop = new StopSignal();
        var done = new List<(IFigure Figure, ReportSection Section)>();
        foreach (IFigure figure in figures)
        {
            var watch = Stopwatch.StartNew();
            ReportSection section = ProgressDisplay.Run(
                progress => figure.Reproduce(new Bench(quick, new Named(figure.Name, progress), stop.Token)));
            section = section with { Command = ParityPage.Command(figure.Name, quick) };
            done.Add((figure, section));
            string? page = Write(figure, section, folder, export, parsed, stop.Token);
            if (!json)
                Print(figure, section, watch.Elapsed, page);
        }

        string parity = Path.Combine(folder, "parity.md");
        AtomicFile.Write(parity, stream => stream.Write(Encoding.UTF8.GetBytes(ParityPage.Of(done, quick))));
        Check[] checks = [.. done.SelectMany(d => d.Section.Checks)];
        if (json)
            Output.Json(Json.List(done, d => ToJson(d.Figure, d.Section.Checks)));
        else
            Output.Line($"{ParityPage.Summary(checks)} All of them: {parity}");
        return checks.Any(c => c.IsFailure) ? ExitCode.CheckFailed : ExitCode.Success;
    }

    /// <summary>Writes the figure's report where this build can; the checks are worth having without.</summary>
    private static string? Write(
        IFigure figure, ReportSection section, string folder, ExportOptions export, ParseResult parsed, CancellationToken stop)
    {
        var report = new Report
        {
            Title = section.Title,
            Lead = $"{figure.Source}. {section.Lead}",
            Command = CommonOptions.Typed(parsed),
            Sections = [section with { Lead = "" }],
            Results = figure.Results,
        };
        export.Write(parsed, report, folder, stop);
        if (!ReportFile.IsAvailable)
            return null;
        string page = Path.Combine(folder, $"{figure.Name}.html");
        ReportFile.Write(page, report);
        return page;
    }

    private static void Print(IFigure figure, ReportSection section, TimeSpan elapsed, string? page)
    {
        Output.Line($"{figure.Name}: {figure.Shows} ({figure.Source})");
        Output.Table(
            ["claim", "measured", "expected", "verdict"],
            section.Checks.Select(check => (IReadOnlyList<string>)[check.Claim, check.Measured, check.Expected, check.Verdict]));
        foreach (Check check in section.Checks.Where(check => check is { Passed: false, Reason: not null }))
            Output.Line($"{check.Claim}: {check.Reason}.");
        string where = page is null ? "no HTML: this build was made without Node" : $"report in {page}";
        Output.Line($"Reproduced in {elapsed.TotalSeconds:F1} s; {where}");
        Output.Line();
    }

    private static JsonObject ToJson(IFigure figure, IReadOnlyList<Check> checks) => new()
    {
        ["name"] = figure.Name,
        ["source"] = figure.Source,
        ["checks"] = Json.List(checks, check => check.ToJson()),
    };

    /// <summary>Progress under the figure's name.</summary>
    private sealed class Named(string name, IProgress<TrainingProgress> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(value with { Stage = $"{name}: {value.Stage}" });
    }
}
