using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase serve</c>: the explorer beside the runs of a folder, for the browsers of this machine.</summary>
public sealed class ServeCommand : ICommand
{
    private const int UsualPort = 8765;

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command(
            "serve",
            "Serve the explorer with the runs of a folder, to browsers on this machine alone; runs in progress grow by themselves.");
        var folder = new Argument<string>("DIR") { Description = "a folder of runs, such as runs", DefaultValueFactory = _ => "runs" };
        var port = new Option<int>("--port")
        {
            Description = $"the port (default: {UsualPort})",
            HelpName = "N",
            DefaultValueFactory = _ => UsualPort,
        };
        command.Arguments.Add(folder);
        command.Options.Add(port);
        command.SetAction(parsed => Run(parsed.GetValue(folder)!, parsed.GetValue(port)));
        return command;
    }

    private static int Run(string folder, int port)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder} does not exist: give a folder of runs.");
        if (port is < 1 or > 65535)
            throw new InputException($"‹port› must lie between 1 and 65535, not {port}.");
        using var stop = new StopSignal();
        (IReadOnlyDictionary<string, byte[]> site, string scripts) = ExplorerPage.Site(isServed: true);
        using var server = new ExplorerServer(folder, port, site, scripts);
        Output.Line($"The explorer and the runs of {folder}: http://127.0.0.1:{port}/#runs (Ctrl-C ends it)");
        server.Run(stop.Token);
        return ExitCode.Success;
    }
}
