namespace Staircase.Cli;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>Adds <c>--json</c>.</summary>
    public static Option<bool> Json(Command command) => command.Option<bool>("--json", null, "print JSON to standard output");

    /// <summary>Adds <c>--threads</c> and <c>--json</c>.</summary>
    public static Option<bool> ThreadsAndJson(Command command)
    {
        command.Options.Add(Threads);
        return Json(command);
    }

    /// <summary><c>--threads N</c>, of every command that computes long.</summary>
    public static Option<int?> Threads { get; } =
        Options.Count("--threads", "compute with N threads, to the same bits (default: one a processor)");

    /// <summary>The path of a file to write, with its folder made.</summary>
    public static string InFolder(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        return path;
    }

    /// <summary>The runs that a folder holds: one, or those of an ensemble.</summary>
    /// <exception cref="InputException">It holds none, or one cannot be opened.</exception>
    public static IReadOnlyList<Run> OpenRuns(string path) => ProgressDisplay.Run(progress =>
        EnsembleFolder.OpenRuns(path, Fractions.Of(progress), StopSignal.Token));

    /// <summary>What stands above the findings of runs that a folder holds.</summary>
    public static string Heading(string path, IReadOnlyList<Run> runs) =>
        $"{(EnsembleFolder.Exists(path) ? $"{runs.Count} seeds; the first: " : "")}{runs[0].Study.Description}";
}
