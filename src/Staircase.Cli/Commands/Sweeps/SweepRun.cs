namespace Staircase.Cli;

/// <summary><c>staircase sweep run</c>: on this machine.</summary>
internal static class SweepRun
{
    /// <summary>The file of a sweep, and its folder.</summary>
    public static (Argument<string> Spec, Option<string?> Out) Arguments(Command command) => (
        command.Argument<string>("SWEEP.yaml", "the sweep"),
        command.Option<string?>("--out", "DIR", "its folder (default: sweeps/NAME of the file)"));

    /// <summary>The folder that was named, or that of the file.</summary>
    public static string FolderOf(string? said, string spec) => said ?? Path.Combine("sweeps", Path.GetFileNameWithoutExtension(spec));

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("run", "Run every task that has no result yet; again after a stop, a crash or a change.");
        (Argument<string> spec, Option<string?> output) = Arguments(command);
        var dry = command.Option<bool>("--dry-run", null, "check it, try a few tasks, and say what all would take");
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(spec)!;
            return parsed.GetValue(dry)
                ? Try(path, parsed.GetValue(json))
                : Run(path, FolderOf(parsed.GetValue(output), path), parsed.GetValue(json));
        });
        return command;
    }

    private static int Try(string path, bool json)
    {
        SweepSpec spec = SweepFile.Read(path);
        SweepForecast forecast = SweepForecast.Of(spec, StopSignal.Token);
        if (!json)
        {
            SweepCommand.Show(forecast, spec.Collect, ThreadTeam.SharedThreads);
            return ExitCode.Success;
        }

        Output.Json(Json.Of(
            ("tasks", forecast.Tasks), ("tried", forecast.Tried), ("complaints", forecast.Complaints),
            ("secondsPerTask", forecast.Seconds), ("seconds", forecast.SecondsOn(ThreadTeam.SharedThreads)),
            ("cores", ThreadTeam.SharedThreads), ("bytes", forecast.Bytes), ("numbers", forecast.Numbers)));
        return ExitCode.Success;
    }

    private static int Run(string path, string folder, bool json)
    {
        var sweep = new Sweep(SweepFolder.Create(folder, path));
        bool finished = ProgressDisplay.Run(progress => sweep.Run(progress, StopSignal.Token));
        Output.Show("", sweep.Status(), json);
        if (finished)
            return ExitCode.Success;
        Console.Error.WriteLine($"staircase: interrupted; continue with: staircase sweep run {path} --out {folder}");
        return ExitCode.Interrupted;
    }
}
