namespace Staircase.Cli;

/// <summary><c>staircase predict</c>: what training will do, without training.</summary>
public sealed class PredictCommand : ICommand
{
    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command(
            "predict",
            "Say what training will do: which plateaus, how high, how long, which head learns which component, which algorithm runs.");
        var options = new ExperimentOptions(command);
        command.Options.Add(CommonOptions.Threads);
        var theoryAlone = command.Option<bool>("--no-check", null, "theory alone; else the exact flow runs beside it if cheap");
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            (bool check, bool asJson) = (!parsed.GetValue(theoryAlone), parsed.GetValue(json));
            Experiment experiment = options.Words(parsed).Experiment();
            if (experiment.Seeds is not null)
                return OfSeeds(experiment, check, asJson, stop.Token);
            Study study = ExperimentOptions.Prepare(experiment, stop.Token);
            Output.Show(study.Description, study.Predict(check, stop.Token), asJson);
            return ExitCode.Success;
        });
        return command;
    }

    private static int OfSeeds(Experiment experiment, bool check, bool json, CancellationToken cancellation)
    {
        (EnsembleStudy study, Findings findings) = ProgressDisplay.Run(progress =>
        {
            var prepared = EnsembleStudy.Prepare(experiment, CommonOptions.Reading(progress), cancellation);
            return (prepared, EnsembleFindings.Predicted(prepared, check, progress, cancellation));
        });
        Output.Show(study.Description, findings, json);
        return ExitCode.Success;
    }
}
