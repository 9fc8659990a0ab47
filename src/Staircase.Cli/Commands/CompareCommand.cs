namespace Staircase.Cli;

/// <summary><c>staircase compare</c>: theory over a run that was trained before, or over anybody's loss curve.</summary>
public sealed class CompareCommand : ICommand
{
    private static readonly string[] InitKeys = ["init", "weights", Fork.Key];

    private readonly Option<string?> _curve = Options.Option<string?>(
        "--curve", "FILE.csv", "look at the loss curve in a table, with the setting of an experiment or without");
    private readonly Option<string?> _step = Options.Option<string?>(
        "--step-column", "NAME", "the column of steps (or 'time', of the gradient flow), where it is not found");
    private readonly Option<string?> _loss =
        Options.Option<string?>("--loss-column", "NAME", "the column of the loss, where there are several");
    private readonly Option<string?> _out = Options.Option<string?>("--out", "FILE.html", "write a report of the curve");

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command(
            "compare", "Lay theory over a run, or over anybody's loss curve: what was measured, what was predicted, and the error.");
        var options = new ExperimentOptions(
            command, ("RUN", "a run folder, or one of seeds; with --curve an experiment file, whose keys options override"));
        foreach (Option<string?> option in (Option<string?>[])[_curve, _step, _loss, _out])
            command.Options.Add(option);
        command.Options.Add(CommonOptions.Threads);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            return parsed.GetValue(_curve) is { } curve
                ? Curve(curve, options, parsed, parsed.GetValue(json), stop.Token)
                : Run(options, parsed, parsed.GetValue(json), stop.Token);
        });
        return command;
    }

    private int Run(ExperimentOptions options, ParseResult parsed, bool json, CancellationToken cancellation)
    {
        string path = options.Argument(parsed)
            ?? throw new InputException(
                "'compare' needs RUN, a run folder, or --curve FILE.csv, a loss curve; see 'staircase compare --help'.");
        foreach (Option<string?> option in (Option<string?>[])[_step, _loss, _out])
        {
            if (parsed.GetValue(option) is not null)
                throw new InputException($"{option.Name} goes with --curve; 'staircase report {path}' writes the report of a run.");
        }

        if (options.Keys(parsed).FirstOrDefault() is { Key: { } key })
            throw new InputException($"‹{key}› goes with --curve: a run has its own setting.");
        if (EnsembleFolder.Exists(path))
            return OfSeeds(path, json, cancellation);
        RunFolder folder = RunFolder.Open(path);
        Run run = ProgressDisplay.Run(progress => Lab.Run.Open(folder, CommonOptions.Reading(progress), cancellation));
        Findings findings = run.Findings;
        if (json)
            Output.Json(new JsonObject { ["run"] = run.Name, ["status"] = run.Record.StatusWord, ["comparison"] = findings.Data });
        else
            Output.Show(run.Study.Description, findings, json: false);
        return ExitCode.Success;
    }

    private static int OfSeeds(string path, bool json, CancellationToken cancellation)
    {
        IReadOnlyList<Run> runs = CommonOptions.OpenRuns(path, cancellation);
        var findings = EnsembleFindings.Of(runs);
        if (json)
            Output.Json(new JsonObject { ["ensemble"] = path, ["comparison"] = findings.Data });
        else
            Output.Show($"{runs.Count} seeds; the first: {runs[0].Study.Description}", findings, json: false);
        return ExitCode.Success;
    }

    private int Curve(string path, ExperimentOptions options, ParseResult parsed, bool json, CancellationToken cancellation)
    {
        ExperimentWords words = options.Words(parsed);
        LossCurve curve = LossCurve.Read(path, parsed.GetValue(_step), parsed.GetValue(_loss));
        CurveFindings findings;
        if (words.Any)
        {
            Study study = ExperimentOptions.Prepare(words.Experiment(), cancellation);
            bool statesRate = words.Words.Any(word => word.Key == "learning-rate");
            double? timePerStep = curve.PositionsAreTimes ? 1 : statesRate ? study.TimePerStep : null;
            bool statesInit = words.Words.Any(word => InitKeys.Contains(word.Key));
            findings = CurveFindings.Of(curve, study, timePerStep, fitInit: !statesInit, cancellation);
            if (!json)
                Output.Line(study.Description);
        }
        else
        {
            findings = CurveFindings.Of(curve, cancellation: cancellation);
        }

        Output.Show("", findings.Findings(), json);
        if (parsed.GetValue(_out) is { } report)
        {
            ReportFile.Write(CommonOptions.InFolder(report), findings.Report($"staircase compare --curve {path}"));
            if (!json)
                Output.Line($"Report in {report}");
        }

        return ExitCode.Success;
    }
}
