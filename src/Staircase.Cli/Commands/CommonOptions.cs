namespace Staircase.Cli;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>Adds <c>--json</c>.</summary>
    public static Option<bool> Json(Command command) => command.Option<bool>("--json", null, "print JSON to standard output");

    /// <summary><c>--threads N</c>, of every command that computes long.</summary>
    public static Option<int?> Threads { get; } = new("--threads")
    {
        Description = "compute with N threads, to the same bits (default: one a processor)",
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out int threads) && threads > 0)
                return threads;
            result.AddError($"--threads must be a whole number of at least 1, not '{result.Tokens[0].Value}'.");
            return null;
        },
    };

    /// <summary>The path of a file to write, with its folder made.</summary>
    public static string InFolder(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        return path;
    }

    /// <summary>The runs that a folder holds: one, or those of an ensemble.</summary>
    /// <exception cref="InputException">It holds none, or one cannot be opened.</exception>
    public static IReadOnlyList<Run> OpenRuns(string path, CancellationToken cancellation) => ProgressDisplay.Run(progress =>
        EnsembleFolder.OpenRuns(path, Reading(progress), cancellation));

    /// <summary>Progress of reading data as progress of a training.</summary>
    public static IProgress<double> Reading(IProgress<TrainingProgress> progress) => new Relay(progress);

    private sealed class Relay(IProgress<TrainingProgress> progress) : IProgress<double>
    {
        public void Report(double value) => progress.Report(new("reading data", value, 0, double.NaN));
    }
}
