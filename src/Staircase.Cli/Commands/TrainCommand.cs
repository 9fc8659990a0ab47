using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase train</c>: train exactly, keep the run, lay theory beside it.</summary>
public sealed class TrainCommand : ICommand
{
    private static readonly string[] ResumeKeys = ["steps", "until"];

    /// <inheritdoc/>
    public int Order => 2;

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("train", "Train a model, keep the run in a folder, and compare it with theory.");
        var options = new ExperimentOptions(command);
        var output = new Option<string?>("--out") { Description = "the run folder (default: runs/train-NNN)", HelpName = "DIR" };
        var resume = new Option<bool>("--resume") { Description = "continue the run in --out from its last checkpoint, to the same bits" };
        Option<bool> json = CommonOptions.Json();
        command.Options.Add(output);
        command.Options.Add(resume);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            string? path = parsed.GetValue(output);
            if (!parsed.GetValue(resume))
            {
                return options.KindOf(parsed) is { } kind
                    ? KindCommands.Train(options.Read(parsed, kind), path ?? RunFolder.FreshPath(), parsed.GetValue(json))
                    : Start(options.Read(parsed), path ?? RunFolder.FreshPath(), parsed.GetValue(json));
            }

            RunFolder folder = RunFolder.Open(path ?? throw new InputException("--resume needs --out, the folder of the run."));
            RunRecord before = folder.ReadRecord();
            IExperimentKind? kindBefore = folder.KindOf(before);
            IReadOnlyList<string> resumeKeys = kindBefore?.ResumeKeys ?? ResumeKeys;
            (IReadOnlyList<string> keys, bool hasFile) = options.Given(parsed);
            if (hasFile || keys.Any(key => !resumeKeys.Contains(key, StringComparer.Ordinal)))
                throw new InputException($"--resume continues the run as it was: besides --out it takes only {string.Join(" or ", resumeKeys.Select(key => "--" + key))}, to go on further.");
            return kindBefore is not null
                ? KindCommands.Resume(options.Apply(parsed, folder.ExperimentOf(before, kindBefore)), folder, before, parsed.GetValue(json))
                : Resume(folder, before, parsed, options, parsed.GetValue(json));
        });
        return command;
    }

    private static int Start(Experiment experiment, string path, bool json)
    {
        RunFolder.RequireNone(path);
        using var stop = new StopSignal();
        (Study study, Trainer trainer, RunFolder folder, RunRecord record) = ProgressDisplay.Run(progress =>
        {
            Study prepared = Study.Prepare(experiment, CommonOptions.Reading(progress), stop.Token);
            prepared = prepared.With(Trainer.WithEnd(prepared));
            RunFolder folder = RunFolder.Create(path);
            Trainer trainer = Trainer.Start(prepared, folder);
            return (prepared, trainer, folder, trainer.Train(progress, stop.Token));
        });
        return Report(study, trainer, folder, record, json);
    }

    private static int Resume(RunFolder folder, RunRecord before, ParseResult parsed, ExperimentOptions options, bool json)
    {
        using var stop = new StopSignal();
        Experiment experiment = options.Apply(parsed, folder.ExperimentOf(before));
        (Study study, Trainer trainer, RunRecord record) = ProgressDisplay.Run(progress =>
        {
            Study prepared = Study.Prepare(experiment, CommonOptions.Reading(progress), stop.Token);
            Trainer trainer = Trainer.Resume(prepared, folder, before);
            return (prepared, trainer, trainer.Train(progress, stop.Token));
        });
        return Report(study, trainer, folder, record, json);
    }

    private static int Report(Study study, Trainer trainer, RunFolder folder, RunRecord record, bool json)
    {
        TrainedStudy training = TrainedStudy.Read(folder, study, trainer.Points);
        Comparison? comparison = study.Prediction is not null && training.Points.Count >= 2 ? training.Compare() : null;
        if (comparison is not null)
            folder.Write(record = record with { Verdicts = Verdicts.Of(comparison) });
        if (ReportFile.IsAvailable)
            ReportFile.Write(Path.Combine(folder.Path, RunReport.FileName), RunReport.Of((folder.Path, record, training)));
        if (json)
        {
            Output.Json(new { Run = folder.Path, Record = record, Comparison = comparison is null ? null : ComparisonView.Json(comparison), study.NoTheory });
        }
        else
        {
            Output.Line(StudyDescription.Of(study));
            if (study.Experiment.Softmax)
                Output.Line(StudyDescription.SoftmaxTheory);
            if (comparison is not null)
                ComparisonView.Print(comparison);
            else if (study.NoTheory is not null)
                Output.Line($"No theory beside it: {study.NoTheory}.");
            Output.Line($"{(record.Status == RunStatus.Finished ? "Trained" : "Stopped after")} {record.Step:N0} steps in {record.WallSeconds:G3} s; loss {record.Loss:G6}; run in {folder.Path}");
        }

        if (record.Status != RunStatus.Interrupted)
            return ExitCode.Success;
        Console.Error.WriteLine($"staircase: interrupted; continue with: staircase train --out {folder.Path} --resume");
        return ExitCode.Interrupted;
    }
}
