using System.CommandLine;
using Staircase.Lab;

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
        var theoryAlone = new Option<bool>("--no-check")
        {
            Description = "theory alone; else, where it costs about a second at most, the exact flow is trained beside it",
        };
        command.Options.Add(theoryAlone);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            Study study = options.Prepare(parsed, stop.Token);
            Output.Show(study.Description, study.Predict(!parsed.GetValue(theoryAlone), stop.Token), parsed.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }
}
