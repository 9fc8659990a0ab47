namespace Staircase.Cli;

/// <summary><c>staircase export</c>: the data and the initial weights of an experiment, for other programs.</summary>
public sealed class ExportCommand : ICommand
{
    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command(
            "export", "Write the sample and the initial weights of an experiment to an npz file that --data and --weights read back.");
        var options = new ExperimentOptions(command);
        var output = command.Option<string>("--out", "FILE.npz", "the file");
        output.Required = true;
        command.Options.Add(CommonOptions.Threads);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            Study study = options.Prepare(parsed, stop.Token);
            Output.Show("", study.Export(parsed.GetValue(output)!), parsed.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }
}
