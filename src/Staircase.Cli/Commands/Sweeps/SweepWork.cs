using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase sweep work</c>: what a job of Slurm runs.</summary>
internal static class SweepWork
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "the folder of the sweep" };
        var submission = new Argument<int>("N") { Description = "the submission" };
        var job = new Option<int>("--job") { Description = "which of its jobs, from 0", HelpName = "K", Required = true };
        var command = new Command("work", "Do the share of one job of a submission.") { folder, submission, job, CommonOptions.Threads };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            SweepSitting sitting = ProgressDisplay.Run(progress => SlurmWorker.Work(
                SweepFolder.Open(parsed.GetValue(folder)!), parsed.GetValue(submission), parsed.GetValue(job), progress, stop.Token));
            Output.Line($"{sitting.Done} done, {sitting.Failed} failed, {sitting.Open} open.");
            return sitting.Open > 0 ? ExitCode.Interrupted : sitting.Failed > 0 ? ExitCode.CheckFailed : ExitCode.Success;
        });
        return command;
    }
}
