using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase predict</c>: what training will do, without training.</summary>
public sealed class PredictCommand : ICommand
{
    /// <inheritdoc/>
    public int Order => 1;

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("predict", "Say what training will do: which plateaus, how high, how long, which head learns which component, which algorithm runs.");
        var options = new ExperimentOptions(command);
        Option<bool> json = CommonOptions.Json();
        command.Options.Add(json);
        command.SetAction(parsed => options.KindOf(parsed) is { } kind ? KindCommands.Predict(options.Read(parsed, kind), parsed.GetValue(json)) : Run(options.Read(parsed), parsed.GetValue(json)));
        return command;
    }

    private static int Run(Experiment experiment, bool json)
    {
        Study study = ProgressDisplay.Run(progress => Study.Prepare(experiment, CommonOptions.Reading(progress)));
        Prediction prediction = study.Prediction
            ?? throw new InputException($"There is no theory for this experiment: {study.NoTheory}.");
        double largest = study.LargestStableRate();
        if (json)
        {
            Output.Json(new { Experiment = ExperimentKey.Write(study.Experiment), Prediction = PredictionView.Json(prediction), LargestStableLearningRate = largest });
            return ExitCode.Success;
        }

        Output.Line(StudyDescription.Of(study));
        PredictionView.Print(study, prediction);
        Output.Line($"Largest stable learning rate of gradient descent at the end: {largest:G4}. Time is that of the gradient flow (τ = 1); a step of gradient descent is 2η of it.");
        return ExitCode.Success;
    }
}
