namespace Staircase.Cli;

/// <summary><c>staircase reproduce</c>: the papers' figures, theory over simulation, every claim put to the test.</summary>
internal sealed class ReproduceCommand : ICommand
{
    private const string List = "list";

    private readonly Argument<string[]> _names = new("NAME")
    {
        Description = "figures by name, 'all' of them, or 'list'",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<bool> _quick = Options.Option<bool>("--quick", null, "keep the physics and shrink the cost");
    private readonly Option<string> _output =
        Options.Option("--out", "DIR", "where reports, checks and the page of all of them go", "figures");
    private readonly Option<bool> _resume =
        Options.Option<bool>("--resume", null, "leave out figures whose checks the folder has already");
    private readonly Option<string?> _seeds = Options.Option<string?>(
        "--seeds", "A..B", "draw a figure of these seeds; with it or without any key of 'train', such as --spectrum: of "
            + string.Join(", ", OwnSetting.Figures.Select(figure => figure.Name)));
    private readonly List<Option<string?>> _keys = [];

    public Command Create()
    {
        var command = new Command("reproduce", "Reproduce figures of the papers and check their claims; 'list' names the figures.");
        command.Arguments.Add(_names);
        foreach (Option option in (Option[])[_quick, _resume, _output, _seeds])
            command.Options.Add(option);
        var export = new ExportOptions(command);
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        foreach (ExperimentKey key in OwnSetting.Figures.SelectMany(figure => figure.Setting(1).Kind.Keys)
            .DistinctBy(key => key.Name).Where(key => key.Name != SeedList.Key))
        {
            Option<string?> option = command.Option(key);
            option.Hidden = true;
            _keys.Add(option);
        }

        command.SetAction(parsed => Run(parsed, export.Read(parsed), parsed.GetValue(json)));
        return command;
    }

    private int Run(ParseResult parsed, Exports export, bool json)
    {
        (string[] names, string folder) = (parsed.GetValue(_names)!, parsed.GetValue(_output)!);
        if (names.Contains(List))
            return names.Length == 1 ? PrintList(json) : throw new InputException("'list' stands alone: staircase reproduce list");
        IReadOnlyList<IFigure> figures = FigureCatalogue.Named(names);
        ExperimentWord[] words = [.. ExperimentOptions.Values(parsed, _keys)];
        Directory.CreateDirectory(folder);
        return words.Length > 0 || parsed.GetValue(_seeds) is not null
            ? Own(figures, words, SeedList.Parse(parsed.GetValue(_seeds) ?? "1,2").Values, folder, export, json)
            : Reproduce(names, figures, parsed.GetValue(_quick), parsed.GetValue(_resume), folder, export, json);
    }

    private static int PrintList(bool json)
    {
        IReadOnlyList<IFigure> all = FigureCatalogue.All;
        if (json)
            Output.Json(Json.List(all, Json.Of));
        else
            Output.Table(["figure", "source", "shows"], all.Select(f => (IReadOnlyList<string>)[f.Name, f.Source, f.Shows]));
        return ExitCode.Success;
    }

    /// <summary>Draws a figure of one's own setting, apart from the published ones.</summary>
    private static int Own(
        IReadOnlyList<IFigure> figures, ExperimentWord[] words, IReadOnlyList<ulong> seeds, string folder, Exports export, bool json)
    {
        if (figures is not [IAdjustableFigure figure])
        {
            throw new InputException("a setting of one's own goes with one of the figures "
                + $"{string.Join(", ", OwnSetting.Figures.Select(known => known.Name))}; the others have the published one alone.");
        }

        var watch = Stopwatch.StartNew();
        ReportSection section = ProgressDisplay.Run(progress =>
            OwnSetting.Draw(figure, words, seeds, new Bench(Quick: false, Named(figure.Name, progress), StopSignal.Token)));
        string keys = string.Concat(words.Select(word => $" --{word.Key} {word.Value}"));
        section = section with { Command = $"staircase reproduce {figure.Name}{keys} --seeds {string.Join(',', seeds)}" };
        string? page = Write(figure, section, folder, export);
        if (json)
            Output.Json(Json.List([figure], known => ToJson(known, section.Checks)));
        else
            Print(figure, $"Not the published setting of {figure.Source}.", section, watch.Elapsed, page);
        return section.Checks.Any(check => check.IsFailure) ? ExitCode.CheckFailed : ExitCode.Success;
    }

    private static int Reproduce(
        string[] names, IReadOnlyList<IFigure> figures, bool quick, bool resumes, string folder, Exports export, bool json)
    {
        foreach (IFigure figure in figures)
        {
            if (resumes && KeptFigure.ReadAll(folder).Any(kept => kept.Figure == figure && kept.IsCurrent(quick)))
                continue;
            var watch = Stopwatch.StartNew();
            ReportSection section;
            try
            {
                section = ProgressDisplay.Run(
                    progress => figure.Reproduce(new Bench(quick, Named(figure.Name, progress), StopSignal.Token)));
            }
            catch (OperationCanceledException)
            {
                string line = ParityPage.Command(string.Join(' ', names), quick) + $" --out {folder} --resume";
                Console.Error.WriteLine($"staircase: interrupted; continue with: {line}");
                return ExitCode.Interrupted;
            }

            section = section with { Command = ParityPage.Command(figure.Name, quick) };
            string? page = Write(figure, section, folder, export);
            KeptFigure.Of(figure, section, quick).Write(folder);
            WritePage(folder);
            if (!json)
                Print(figure, $"{figure.Shows} ({figure.Source})", section, watch.Elapsed, page);
        }

        KeptFigure[] done = [.. KeptFigure.ReadAll(folder).Where(kept => figures.Contains(kept.Figure))];
        Check[] checks = [.. done.SelectMany(kept => kept.Checks)];
        if (json)
            Output.Json(Json.List(done, kept => ToJson(kept.Figure, kept.Checks)));
        else
            Output.Line($"{ParityPage.Summary(checks)} All that are kept: {WritePage(folder)}");
        return checks.Any(c => c.IsFailure) ? ExitCode.CheckFailed : ExitCode.Success;
    }

    /// <summary>Writes the page of all checks that the folder keeps, those of earlier commands too.</summary>
    private static string WritePage(string folder)
    {
        string page = Path.Combine(folder, "parity.md"), text = ParityPage.Of(KeptFigure.ReadAll(folder));
        AtomicFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        return page;
    }

    /// <summary>Writes the figure's report where this build can; the checks are worth having without.</summary>
    private static string? Write(IFigure figure, ReportSection section, string folder, Exports export)
    {
        var report = new Report
        {
            Title = section.Title,
            Lead = $"{figure.Source}. {section.Lead}",
            Command = export.Command,
            Sections = [section with { Lead = "" }],
            Results = figure.Results,
        };
        export.Write(report, folder);
        if (!ReportFile.IsAvailable)
            return null;
        string page = Path.Combine(folder, $"{section.Id}.html");
        ReportFile.Write(page, report);
        return page;
    }

    private static void Print(IFigure figure, string what, ReportSection section, TimeSpan elapsed, string? page)
    {
        Output.Line($"{figure.Name}: {what}");
        Output.Table(
            ["claim", "measured", "expected", "verdict"],
            section.Checks.Select(check => (IReadOnlyList<string>)[check.Claim, check.Measured, check.Expected, check.Verdict]));
        foreach (Check check in section.Checks.Where(check => check is { Passed: false, Reason: not null }))
            Output.Line($"{check.Claim}: {check.Reason}.");
        string where = page is null ? "no HTML: this build was made without Node" : $"report in {page}";
        Output.Line($"Reproduced in {elapsed.TotalSeconds:F1} s; {where}");
        Output.Line();
    }

    private static JsonObject ToJson(IFigure figure, IReadOnlyList<Check> checks) => Json.Of(
        ("name", figure.Name), ("source", figure.Source), ("checks", Json.List(checks, check => check.ToJson())));

    /// <summary>Progress under the figure's name.</summary>
    private static Relay<TrainingProgress> Named(string name, IProgress<TrainingProgress> progress) =>
        new(value => progress.Report(value with { Stage = $"{name}: {value.Stage}" }));
}
