using System.CommandLine;
using System.Text.Json.Nodes;
using Staircase.Kernels;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase sweep run</c>: on this machine.</summary>
internal static class SweepRun
{
    /// <summary>The file of a sweep.</summary>
    public static Argument<string> Spec() => new("SWEEP.yaml") { Description = "the sweep" };

    /// <summary>The folder of a sweep.</summary>
    public static Option<string?> Out() => new("--out") { Description = "its folder (default: sweeps/NAME of the file)", HelpName = "DIR" };

    /// <summary>The folder that was named, or that of the file.</summary>
    public static string FolderOf(string? said, string spec) => said ?? Path.Combine("sweeps", Path.GetFileNameWithoutExtension(spec));

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> spec = Spec();
        Option<string?> output = Out();
        var dry = new Option<bool>("--dry-run") { Description = "check it, try a few tasks, and say what all would take" };
        var command = new Command("run", "Run every task that has no result yet; again after a stop, a crash or a change.")
        {
            spec,
            output,
            dry,
            CommonOptions.Threads,
        };
        Option<bool> json = CommonOptions.Json(command);
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
        using var stop = new StopSignal();
        SweepSpec spec = SweepFile.Read(path);
        SweepForecast forecast = SweepForecast.Of(spec, stop.Token);
        if (!json)
        {
            SweepCommand.Show(forecast, spec.Collect, ThreadTeam.SharedThreads);
            return ExitCode.Success;
        }

        Output.Json(new JsonObject
        {
            ["tasks"] = forecast.Tasks,
            ["tried"] = forecast.Tried,
            ["secondsPerTask"] = Json.Number(forecast.Seconds),
            ["seconds"] = Json.Number(forecast.SecondsOn(ThreadTeam.SharedThreads)),
            ["cores"] = ThreadTeam.SharedThreads,
            ["bytes"] = forecast.Bytes,
            ["numbers"] = new JsonObject(forecast.Numbers.Select(pair => KeyValuePair.Create(pair.Key, Json.Number(pair.Value)))),
        });
        return ExitCode.Success;
    }

    private static int Run(string path, string folder, bool json)
    {
        using var stop = new StopSignal();
        var sweep = new Sweep(SweepFolder.Create(folder, path));
        bool finished = ProgressDisplay.Run(progress => sweep.Run(progress, stop.Token));
        Output.Show("", sweep.Status(), json);
        if (finished)
            return ExitCode.Success;
        Console.Error.WriteLine($"staircase: interrupted; continue with: staircase sweep run {path} --out {folder}");
        return ExitCode.Interrupted;
    }
}
