namespace Staircase.Cli;

/// <summary><c>staircase compare</c>: theory over a run that was trained before, or over anybody's loss curve.</summary>
internal sealed class CompareCommand : ICommand
{
    private static readonly string[] InitKeys = ["init", "weights", Fork.Key];

    private readonly Option<string?> _curve = Options.Option<string?>(
        "--curve", "FILE.csv", "look at the loss curve in a table, with the setting of an experiment or without");
    private readonly Option<string?> _step = Options.Option<string?>(
        "--step-column", "NAME", "the column of steps (or 'time', of the gradient flow), where it is not found");
    private readonly Option<string?> _loss =
        Options.Option<string?>("--loss-column", "NAME", "the column of the loss, where there are several");
    private readonly Option<string?> _out = Options.Option<string?>("--out", "FILE.html", "write a report of the curve");

    public Command Create()
    {
        var command = new Command(
            "compare", "Lay theory over a run, or over anybody's loss curve: what was measured, what was predicted, and the error.");
        var options = new ExperimentOptions(
            command, ("RUN", "a run folder, or one of seeds; with --curve an experiment file, whose keys options override"));
        foreach (Option<string?> option in (Option<string?>[])[_curve, _step, _loss, _out])
            command.Options.Add(option);
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(_curve) is { } curve)
                Curve(curve, options, parsed, parsed.GetValue(json));
            else
                Run(options, parsed, parsed.GetValue(json));
        });
        return command;
    }

    private void Run(ExperimentOptions options, ParseResult parsed, bool json)
    {
        string path = options.Argument(parsed)
            ?? throw new InputException(
                "'compare' needs RUN, a run folder, or --curve FILE.csv, a loss curve; see 'staircase compare --help'.");
        foreach (Option<string?> option in (Option<string?>[])[_step, _loss, _out])
        {
            Require(
                parsed.GetValue(option) is null, $"{option.Name} goes with --curve; 'staircase report {path}' writes the report of a run.");
        }

        if (options.Keys(parsed).FirstOrDefault() is { Key: { } key })
            throw new InputException($"‹{key}› goes with --curve: a run has its own setting.");
        IReadOnlyList<Run> runs = CommonOptions.OpenRuns(path);
        bool isEnsemble = EnsembleFolder.Exists(path);
        Findings findings = isEnsemble ? EnsembleFindings.Of(runs) : runs[0].Findings;
        if (!json)
            Output.Show(CommonOptions.Heading(path, runs), findings, json);
        else if (isEnsemble)
            Output.Json(Json.Of(("ensemble", path), ("comparison", findings.Data)));
        else
            Output.Json(Json.Of(("run", path), ("status", runs[0].Record.StatusWord), ("comparison", findings.Data)));
    }

    private void Curve(string path, ExperimentOptions options, ParseResult parsed, bool json)
    {
        ExperimentWords words = options.Words(parsed);
        LossCurve curve = LossCurve.Read(path, parsed.GetValue(_step), parsed.GetValue(_loss));
        CurveFindings findings;
        if (words.Any)
        {
            Study study = ExperimentOptions.Prepare(words.Experiment());
            bool statesRate = words.Words.Any(word => word.Key == "learning-rate");
            double? timePerStep = curve.PositionsAreTimes ? 1 : statesRate ? study.TimePerStep : null;
            bool statesInit = words.Words.Any(word => InitKeys.Contains(word.Key));
            findings = CurveFindings.Of(curve, study, timePerStep, fitInit: !statesInit, StopSignal.Token);
            if (!json)
                Output.Line(study.Description);
        }
        else
        {
            findings = CurveFindings.Of(curve, cancellation: StopSignal.Token);
        }

        Output.Show("", findings.Findings(), json);
        if (parsed.GetValue(_out) is { } report)
        {
            ReportFile.Write(CommonOptions.InFolder(report), findings.Report($"staircase compare --curve {path}"));
            if (!json)
                Output.Line($"Report in {report}");
        }
    }
}
