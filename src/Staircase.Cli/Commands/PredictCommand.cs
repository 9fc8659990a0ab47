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
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            Study study = options.Prepare(parsed, stop.Token);
            Output.Show(study.Description, study.Predict(), parsed.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }
}
