namespace Staircase.Cli;

/// <summary><c>staircase serve</c>: the explorer beside the runs of a folder, for the browsers of this machine.</summary>
internal sealed class ServeCommand : ICommand
{
    private const int UsualPort = 8765;

    public Command Create()
    {
        var command = new Command(
            "serve",
            "Serve the explorer with the runs of a folder, to browsers on this machine alone; runs in progress grow by themselves.");
        var folder = command.Argument<string>("DIR", "a folder of runs, such as runs");
        folder.DefaultValueFactory = _ => "runs";
        var port = command.Option("--port", "N", $"the port (default: {UsualPort})", UsualPort);
        command.SetAction(parsed => Run(parsed.GetValue(folder)!, parsed.GetValue(port)));
        return command;
    }

    private static void Run(string folder, int port)
    {
        Require(Directory.Exists(folder), $"{folder} does not exist: give a folder of runs.");
        Require(port is >= 1 and <= 65535, $"‹port› must lie between 1 and 65535, not {port}.");
        (IReadOnlyDictionary<string, byte[]> site, string scripts) = ExplorerPage.Site(isServed: true);
        using var server = new ExplorerServer(folder, port, site, scripts);
        CancellationToken stop = StopSignal.Token; // before anybody is told of it
        Output.Line($"The explorer and the runs of {folder}: http://127.0.0.1:{port}/#runs (Ctrl-C ends it)");
        server.Run(stop);
    }
}
