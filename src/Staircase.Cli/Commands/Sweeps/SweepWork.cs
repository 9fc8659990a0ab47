namespace Staircase.Cli;

/// <summary><c>staircase sweep work</c>: what a job of Slurm runs.</summary>
internal static class SweepWork
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("work", "Do the share of one job of a submission.") { Hidden = true };
        Argument<string> folder = SweepCommand.Folder(command);
        var submission = command.Argument<int>("N", "the submission");
        var job = command.Option<int>("--job", "K", "which of its jobs, from 0");
        job.Required = true;
        command.Options.Add(CommonOptions.Threads);
        command.SetAction(parsed =>
        {
            SweepSitting sitting = ProgressDisplay.Run(progress => SlurmWorker.Work(
                SweepFolder.Open(parsed.GetValue(folder)!), parsed.GetValue(submission), parsed.GetValue(job), progress, StopSignal.Token));
            Output.Line($"{sitting.Done} done, {sitting.Failed} failed, {sitting.Open} open.");
            return sitting.Open > 0 ? ExitCode.Interrupted : sitting.Failed > 0 ? ExitCode.CheckFailed : ExitCode.Success;
        });
        return command;
    }
}
