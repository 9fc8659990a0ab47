using System.CommandLine;
using System.Text.Json.Nodes;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase sweep submit</c>: on a cluster, by Slurm.</summary>
internal static class SweepSubmit
{
    private const string WideSuffix = "-avx512"; // the program that is handed over to where the processor can run it

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> spec = SweepRun.Spec();
        var flags = new Argument<string[]>("SBATCH")
        {
            Description = "behind --: flags of sbatch, such as --partition=long",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string?> output = SweepRun.Out();
        var cores = Count("--cores", "cores of a job, each with a task of its own (default: 1)");
        var memory = new Option<string?>("--memory") { Description = "memory of a job, such as 2G", HelpName = "SIZE" };
        var time = new Option<string?>("--time") { Description = "time limit of a job; it saves before, and goes on", HelpName = "TIME" };
        var parallel = Count("--parallel", "jobs at a time, at most (default: 100)");
        var each = Count("--tasks-per-job", "tasks that a job does one after another (default: by the time of one)");
        var command = new Command("submit", "Hand every task that has no result yet to Slurm.")
        {
            spec, output, cores, memory, time, parallel, each, flags,
        };
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
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
            SweepForecast forecast = SweepForecast.Of(SweepFile.Read(path), stop.Token);
            var sweep = new Sweep(SweepFolder.Create(SweepRun.FolderOf(parsed.GetValue(output), path), path));
            string submitted = sweep.Submit(request with { SecondsPerTask = forecast.Seconds }, Program());
            if (parsed.GetValue(json))
                Output.Json(new JsonObject { ["submitted"] = submitted });
            else
                Output.Line(submitted);
            return ExitCode.Success;
        });
        return command;
    }

    private static Option<int?> Count(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out int count) && count > 0)
                return count;
            result.AddError($"{name} must be a whole number of at least 1, not '{result.Tokens[0].Value}'.");
            return null;
        },
    };

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
