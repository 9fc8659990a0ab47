namespace Staircase.Cli;

/// <summary><c>staircase data</c>: whether a file of one's own can be trained on, and what is in it.</summary>
internal sealed class DataCommand : ICommand
{
    private const int UsualContext = 31;

    public Command Create()
    {
        var command = new Command("data", "Check and describe a file of sequences (npz, npy, CSV) that --data can train on.");
        var path = command.Argument<string>("FILE", "the file");
        var context = command.Option<int>("--context", "N", "pairs before the query, where a file holds rows alone", UsualContext);
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        command.SetAction(parsed =>
        {
            int length = parsed.GetValue(context);
            Require(length >= 1, $"‹context› must be at least 1, not {length}.");
            Output.Show("", DataDescription.Of(parsed.GetValue(path)!, length), parsed.GetValue(json));
        });
        return command;
    }
}
