using System.Diagnostics;

namespace Staircase.Cli;

/// <summary><c>staircase train</c>: train exactly, keep the run, lay theory beside it.</summary>
public sealed class TrainCommand : ICommand
{
    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command(
            "train", "Train a model, or one for each of --seeds, keep the run in a folder, and compare it with theory.");
        var options = new ExperimentOptions(command);
        var output = command.Option<string?>("--out", "DIR", "the run folder (default: runs/train-NNN)");
        var resume = command.Option<bool>("--resume", null, "continue the run in --out to the same bits, or start it");
        command.Options.Add(CommonOptions.Threads);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            (string? path, bool resumes, bool asJson) = (parsed.GetValue(output), parsed.GetValue(resume), parsed.GetValue(json));
            if (resumes && path is null)
                throw new InputException("--resume needs --out, the folder of the run.");
            ExperimentWords words = options.Words(parsed);
            if (resumes && EnsembleFolder.Exists(path!))
                return Ensemble.Resume(words, path!, asJson, stop.Token);
            if (resumes && (RunFolder.Exists(path!) || !words.Any))
                return Resume(words, path!, asJson, stop.Token);
            Experiment experiment = words.Experiment();
            return experiment.Seeds is null
                ? Start(experiment, path, asJson, stop.Token)
                : Ensemble.Start(experiment, path, asJson, stop.Token);
        });
        return command;
    }

    private static int Start(Experiment experiment, string? path, bool json, CancellationToken cancellation)
    {
        if (path is not null)
            RunFolder.RequireNone(path);
        Study study = ExperimentOptions.Prepare(experiment, cancellation).WithEnd();
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

    /// <summary>The same of one run for each of several seeds.</summary>
    private static class Ensemble
    {
        public static int Start(Experiment experiment, string? path, bool json, CancellationToken cancellation)
        {
            if (path is not null)
                RunFolder.RequireNone(path);
            EnsembleStudy study = Prepared(experiment, cancellation);
            _ = study.First.WithEnd(); // complains before there is a folder
            return Train(study, EnsembleFolder.Create(path, study.Experiment), [], json, cancellation);
        }

        public static int Resume(ExperimentWords words, string path, bool json, CancellationToken cancellation)
        {
            var folder = EnsembleFolder.Open(path);
            Experiment experiment = words.Continue(folder.Experiment, path);
            EnsembleStudy study = Prepared(experiment, cancellation);
            ExperimentWord[] changed =
                [.. words.Words.Where(word => experiment.Kind.ContinuationKeys.Contains(word.Key))];
            return Train(study, folder.With(study.Experiment), changed, json, cancellation);
        }

        private static EnsembleStudy Prepared(Experiment experiment, CancellationToken cancellation) => ProgressDisplay.Run(
            progress => EnsembleStudy.Prepare(experiment, CommonOptions.Reading(progress), cancellation));

        private static int Train(
            EnsembleStudy study, EnsembleFolder folder, IReadOnlyList<ExperimentWord> changed, bool json, CancellationToken cancellation)
        {
            foreach (string announcement in study.First.Announcements)
                Console.Error.WriteLine(announcement);
            var watch = Stopwatch.StartNew();
            IReadOnlyList<TrainingOutcome> outcomes =
                ProgressDisplay.Run(progress => EnsembleTrainer.Train(study, folder, changed, progress, cancellation));
            Findings? findings = RunReport.Leave(folder, [.. outcomes.Select(outcome => outcome.Run).OfType<Run>()]);
            if (json)
            {
                Output.Json(new JsonObject
                {
                    ["ensemble"] = folder.Name,
                    ["experiment"] = Json.Map(folder.Experiment.Write()),
                    ["comparison"] = findings?.Data,
                });
            }
            else
            {
                if (findings is not null)
                    Output.Show(study.Description, findings, json: false);
                int finished = outcomes.Count(outcome => outcome.Run?.Record.Status == RunStatus.Finished);
                Output.Line(
                    $"Trained {finished} of {outcomes.Count} seeds in {watch.Elapsed.TotalSeconds:F1} s; ensemble in {folder.Name}");
            }

            return End(study, folder, outcomes);
        }

        private static int End(EnsembleStudy study, EnsembleFolder folder, IReadOnlyList<TrainingOutcome> outcomes)
        {
            (ulong Seed, InputException? Complaint)[] failed =
                [.. study.Seeds.Zip(outcomes, (seed, outcome) => (seed, outcome.Complaint)).Where(pair => pair.Complaint is not null)];
            foreach ((ulong seed, InputException? complaint) in failed)
                Console.Error.WriteLine($"staircase: seed {seed}: {complaint!.ForCommandLine}");
            if (outcomes.Any(outcome => outcome.Complaint is null && outcome.Run?.Record.Status is not RunStatus.Finished))
            {
                Console.Error.WriteLine($"staircase: interrupted; continue with: staircase train --out {folder.Name} --resume");
                return ExitCode.Interrupted;
            }

            return failed.Length == 0 ? ExitCode.Success : failed.Length < outcomes.Count ? ExitCode.CheckFailed : ExitCode.BadInput;
        }
    }
}
