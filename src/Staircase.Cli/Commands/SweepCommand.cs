using System.CommandLine;
using System.Diagnostics;
using Staircase.Kernels;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase sweep</c>: many experiments, of which none is run twice.</summary>
public sealed class SweepCommand : ICommand
{
    /// <inheritdoc/>
    public Command Create() => new("sweep", "Run one experiment with many values of its keys, and gather what comes of it.")
    {
        RunOne(),
        OfFolder("status", "How many tasks are done, and which failed.", (sweep, json) => Output.Show("", sweep.Status(), json)),
        OfFolder("gather", "The numbers collected so far, as CSV.", (sweep, _) =>
            Output.Verbatim(TableExport.Text(sweep.Gather(), "csv").TrimEnd('\n'))),
        OfFolder("retry", "Forget the tasks that failed, so that 'sweep run' runs them again.", (sweep, _) =>
            Output.Line($"{sweep.ForgetFailed()} tasks are open again.")),
    };

    private static Command RunOne()
    {
        var spec = new Argument<string>("SWEEP.yaml") { Description = "the sweep" };
        var output = new Option<string?>("--out") { Description = "its folder (default: sweeps/NAME of the file)", HelpName = "DIR" };
        var dry = new Option<bool>("--dry-run") { Description = "check it, run the first task, and say what all would take" };
        var command = new Command("run", "Run every task that has no result yet; again after a stop, a crash or a change.")
        {
            spec,
            output,
            dry,
            CommonOptions.Threads,
        };
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            string path = parsed.GetValue(spec)!;
            SweepSpec read = SweepFile.Read(path);
            if (parsed.GetValue(dry))
                return Pilot(read, stop.Token);
            string folder = parsed.GetValue(output) ?? Path.Combine("sweeps", Path.GetFileNameWithoutExtension(path));
            var sweep = new Sweep(SweepFolder.Create(folder, path));
            bool finished = ProgressDisplay.Run(progress => sweep.Run(progress, stop.Token));
            Output.Show("", sweep.Status(), json: false);
            if (finished)
                return ExitCode.Success;
            Console.Error.WriteLine($"staircase: interrupted; continue with: staircase sweep run {path} --out {folder}");
            return ExitCode.Interrupted;
        });
        return command;
    }

    private static int Pilot(SweepSpec spec, CancellationToken cancellation)
    {
        IReadOnlyList<SweepTask> tasks = spec.Tasks();
        var watch = Stopwatch.StartNew();
        Run run = ProgressDisplay.Run(progress =>
            Trainer.Train(tasks[0].Experiment.Prepare(null, cancellation), new RunMemory(), progress, cancellation));
        if (run.Record.Status == RunStatus.Interrupted)
            throw new OperationCanceledException();
        foreach (string name in spec.Collect)
            Output.Line($"{name}: {Collected.Of(run, name)?.ToString("G6", System.Globalization.CultureInfo.InvariantCulture) ?? "none"}");
        double each = watch.Elapsed.TotalSeconds, all = each * tasks.Count / ThreadTeam.SharedThreads;
        Output.Line(
            $"The first of {tasks.Count:N0} tasks took {each:G3} s; at that, all take {all:G3} s on {ThreadTeam.SharedThreads} cores.");
        return ExitCode.Success;
    }

    private static Command OfFolder(string name, string describes, Action<Sweep, bool> action)
    {
        var folder = new Argument<string>("DIR") { Description = "the folder of the sweep" };
        var command = new Command(name, describes) { folder };
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            action(new Sweep(SweepFolder.Open(parsed.GetValue(folder)!)), parsed.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }
}
