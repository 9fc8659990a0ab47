namespace Staircase.Cli;

/// <summary><c>staircase predict</c>: what training will do, without training.</summary>
internal sealed class PredictCommand : ICommand
{
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
            (bool check, bool asJson) = (!parsed.GetValue(theoryAlone), parsed.GetValue(json));
            Experiment experiment = options.Words(parsed).Experiment();
            if (experiment.Seeds is not null)
            {
                OfSeeds(experiment, check, asJson);
                return;
            }

            Study study = ExperimentOptions.Prepare(experiment);
            Output.Show(study.Description, study.Predict(check, StopSignal.Token), asJson);
        });
        return command;
    }

    private static void OfSeeds(Experiment experiment, bool check, bool json)
    {
        (EnsembleStudy study, Findings findings) = ProgressDisplay.Run(progress =>
        {
            var prepared = EnsembleStudy.Prepare(experiment, Fractions.Of(progress), StopSignal.Token);
            return (prepared, EnsembleFindings.Predicted(prepared, check, progress, StopSignal.Token));
        });
        Output.Show(study.Description, findings, json);
    }
}
