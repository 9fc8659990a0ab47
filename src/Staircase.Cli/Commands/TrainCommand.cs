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
        var resume = new Option<bool>("--resume")
        {
            Description = "continue the run in --out, to the same bits; start one that is not there",
        };
        command.Options.Add(output);
        command.Options.Add(resume);
        command.Options.Add(CommonOptions.Threads);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            (string? path, bool resumes, bool asJson) = (parsed.GetValue(output), parsed.GetValue(resume), parsed.GetValue(json));
            if (resumes && path is null)
                throw new InputException("--resume needs --out, the folder of the run.");
            ExperimentWords words = options.Words(parsed);
            return resumes && (RunFolder.Exists(path!) || !words.Any)
                ? Resume(words, path!, asJson, stop.Token)
                : Start(words, path, asJson, stop.Token);
        });
        return command;
    }

    private static int Start(ExperimentWords words, string? path, bool json, CancellationToken cancellation)
    {
        if (path is not null)
            RunFolder.RequireNone(path);
        Study study = ExperimentOptions.Prepare(words.Experiment(), cancellation).WithEnd();
        RunFolder folder = path is null ? RunFolder.CreateNext() : RunFolder.Create(path);
        using IDisposable held = folder.Lock();
        Run run = Train(study, folder, cancellation);
        return Report(run, run.Record.Summary(run.Name), json);
    }

    private static int Resume(ExperimentWords words, string path, bool json, CancellationToken cancellation)
    {
        RunFolder folder = RunFolder.Open(path);
        using IDisposable held = folder.Lock();
        RunRecord before = folder.ReadRecord();
        Study study = ExperimentOptions.Prepare(words.Continue(folder.Experiment(before), path), cancellation);
        if (folder.ReadState() is null && folder.CheckpointSteps().Count == 0)
            Console.Error.WriteLine($"staircase: nothing was saved of {path} yet; it starts again.");
        Run run = Train(study, folder, cancellation);
        bool wasFinished = before.Status == RunStatus.Finished && before.Step == run.Record.Step;
        return Report(run, wasFinished ? $"Finished before. {run.Record.Summary(run.Name)}" : run.Record.Summary(run.Name), json);
    }

    private static Run Train(Study study, RunFolder folder, CancellationToken cancellation)
    {
        foreach (string announcement in study.Announcements)
            Console.Error.WriteLine(announcement);
        return ProgressDisplay.Run(progress => Trainer.Train(study, folder, progress, cancellation));
    }

    private static int Report(Run run, string summary, bool json)
    {
        try
        {
            return Show(run, summary, json);
        }
        catch (Exception exception) when (exception is not (InputException or OperationCanceledException))
        {
            Console.Error.WriteLine($"staircase: the training itself is whole; it is kept in {run.Name}.");
            throw;
        }
    }

    private static int Show(Run run, string summary, bool json)
    {
        Findings? findings = RunReport.Leave(run);
        if (json)
        {
            Output.Json(new JsonObject { ["run"] = run.Name, ["record"] = run.Record.ToJson(), ["comparison"] = findings?.Data });
        }
        else
        {
            if (findings is not null)
                Output.Show(run.Study.Description, findings, json: false);
            Output.Line(summary);
        }

        if (run.Record.Status != RunStatus.Interrupted)
            return ExitCode.Success;
        Console.Error.WriteLine($"staircase: interrupted; continue with: staircase train --out {run.Name} --resume");
        return ExitCode.Interrupted;
    }
}
