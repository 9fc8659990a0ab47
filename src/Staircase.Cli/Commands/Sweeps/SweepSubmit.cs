namespace Staircase.Cli;

/// <summary><c>staircase sweep submit</c>: on a cluster, by Slurm.</summary>
internal static class SweepSubmit
{
    private const string WideSuffix = "-avx512"; // the program that is handed over to where the processor can run it

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("submit", "Hand every task that has no result yet to Slurm.");
        (Argument<string> spec, Option<string?> output) = SweepRun.Arguments(command);
        var cores = command.Count("--cores", "cores of a job, each with a task of its own (default: 1)");
        var memory = command.Option<string?>("--memory", "SIZE", "memory of a job, such as 2G");
        var time = command.Option<string?>("--time", "TIME", "time limit of a job; it saves before, and goes on");
        var parallel = command.Count("--parallel", "jobs at a time, at most (default: 100)");
        var each = command.Count("--tasks-per-job", "tasks that a job does one after another (default: by the time of one)");
        var flags = command.Argument<string[]>(
            "SBATCH", "behind --: flags of sbatch, such as --partition=long", ArgumentArity.ZeroOrMore);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(spec)!;
            var request = new SlurmRequest
            {
                Memory = parsed.GetValue(memory),
                Time = parsed.GetValue(time),
                TasksPerJob = parsed.GetValue(each),
                Flags = parsed.GetValue(flags) ?? [],
            };
            request = request with
            {
                Cores = parsed.GetValue(cores) ?? request.Cores,
                Parallel = parsed.GetValue(parallel) ?? request.Parallel,
            };
            SweepForecast forecast = SweepForecast.Of(SweepFile.Read(path), StopSignal.Token);
            var sweep = new Sweep(SweepFolder.Create(SweepRun.FolderOf(parsed.GetValue(output), path), path));
            string submitted = sweep.Submit(request with { SecondsPerTask = forecast.Seconds }, Program());
            Output.Say(parsed.GetValue(json), Json.Of(("submitted", submitted)), submitted);
        });
        return command;
    }

    /// <summary>How this program is started on another machine.</summary>
    private static IReadOnlyList<string> Program()
    {
        string process = Environment.ProcessPath!;
        if (process.EndsWith(WideSuffix, StringComparison.Ordinal))
            return [process[..^WideSuffix.Length]];
        return Path.GetFileNameWithoutExtension(process) == "dotnet"
            ? [process, Path.Combine(AppContext.BaseDirectory, "Staircase.Cli.dll")]
            : [process];
    }
}
