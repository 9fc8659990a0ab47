using System.CommandLine;
using System.Text.Json.Nodes;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase train</c>: train exactly, keep the run, lay theory beside it.</summary>
public sealed class TrainCommand : ICommand
{
    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("train", "Train a model, keep the run in a folder, and compare it with theory.");
        var options = new ExperimentOptions(command);
        var output = new Option<string?>("--out") { Description = "the run folder (default: runs/train-NNN)", HelpName = "DIR" };
        var resume = new Option<bool>("--resume") { Description = "continue the run in --out, to the same bits" };
        command.Options.Add(output);
        command.Options.Add(resume);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            string? path = parsed.GetValue(output);
            Run run = parsed.GetValue(resume)
                ? Resume(parsed, options, path ?? throw new InputException("--resume needs --out, the folder of the run."), stop.Token)
                : Start(parsed, options, path ?? RunFolder.FreshPath(), stop.Token);
            try
            {
                return Report(run, parsed.GetValue(json));
            }
            catch (Exception exception) when (exception is not (InputException or OperationCanceledException))
            {
                Console.Error.WriteLine($"staircase: the training itself is whole; it is kept in {run.Name}.");
                throw;
            }
        });
        return command;
    }

    private static Run Start(ParseResult parsed, ExperimentOptions options, string path, CancellationToken cancellation)
    {
        RunFolder.RequireNone(path);
        Study study = options.Prepare(parsed, cancellation).WithEnd();
        return Train(study, RunFolder.Create(path), cancellation);
    }

    private static Run Resume(ParseResult parsed, ExperimentOptions options, string path, CancellationToken cancellation)
    {
        RunFolder folder = RunFolder.Open(path);
        Experiment before = folder.Experiment(folder.ReadRecord());
        if (!options.GivesOnly(parsed, before.Kind.EndKeys))
        {
            throw new InputException(
                "--resume continues the run as it was: besides --out it takes only "
                + $"{string.Join(" or ", before.Kind.EndKeys.Select(key => $"‹{key}›"))}, to go on further.");
        }

        Study study = ProgressDisplay.Run(progress => options.Apply(parsed, before).Prepare(CommonOptions.Reading(progress), cancellation));
        if (folder.ReadState() is null)
            Console.Error.WriteLine($"staircase: nothing was saved of {path} yet; it starts again.");
        return Train(study, folder, cancellation);
    }

    private static Run Train(Study study, RunFolder folder, CancellationToken cancellation)
    {
        foreach (string announcement in study.Announcements)
            Console.Error.WriteLine(announcement);
        return ProgressDisplay.Run(progress => Trainer.Train(study, folder, progress, cancellation));
    }

    private static int Report(Run run, bool json)
    {
        Findings? findings = run.Trajectory.Count > 1 ? run.Findings : null;
        if (findings is not null)
            run.Store.Write(run.Record with { Findings = findings.Summary });
        if (findings is not null && ReportFile.IsAvailable)
            ReportFile.Write(Path.Combine(run.Name, RunReport.FileName), RunReport.Of(run));
        if (json)
        {
            Output.Json(new JsonObject { ["run"] = run.Name, ["record"] = run.Record.ToJson(), ["comparison"] = findings?.Data });
        }
        else
        {
            if (findings is not null)
                Output.Show(run.Study.Description, findings, json);
            Output.Line(run.Record.Summary(run.Name));
        }

        if (run.Record.Status != RunStatus.Interrupted)
            return ExitCode.Success;
        Console.Error.WriteLine($"staircase: interrupted; continue with: staircase train --out {run.Name} --resume");
        return ExitCode.Interrupted;
    }
}
