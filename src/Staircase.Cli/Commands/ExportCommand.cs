namespace Staircase.Cli;

/// <summary><c>staircase export</c>: the data and the initial weights of an experiment, for other programs.</summary>
internal sealed class ExportCommand : ICommand
{
    public Command Create()
    {
        var command = new Command(
            "export", "Write the sample and the initial weights of an experiment to an npz file that --data and --weights read back.");
        var options = new ExperimentOptions(command);
        var output = command.Option<string>("--out", "FILE.npz", "the file");
        output.Required = true;
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        command.SetAction(parsed =>
        {
            Study study = options.Prepare(parsed);
            Output.Show("", study.Export(parsed.GetValue(output)!), parsed.GetValue(json));
        });
        return command;
    }
}
