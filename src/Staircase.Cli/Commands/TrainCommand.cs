namespace Staircase.Cli;

/// <summary><c>staircase train</c>: train exactly, keep the run, lay theory beside it.</summary>
internal sealed class TrainCommand : ICommand
{
    public Command Create()
    {
        var command = new Command(
            "train", "Train a model, or one for each of --seeds, keep the run in a folder, and compare it with theory.");
        var options = new ExperimentOptions(command);
        var output = command.Option<string?>("--out", "DIR", "the run folder (default: runs/train-NNN)");
        var resume = command.Option<bool>("--resume", null, "continue the run in --out to the same bits, or start it");
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        command.SetAction(parsed =>
        {
            _ = StopSignal.Token; // listens before a folder is taken
            (string? path, bool resumes, bool asJson) = (parsed.GetValue(output), parsed.GetValue(resume), parsed.GetValue(json));
            Require(!resumes || path is not null, "--resume needs --out, the folder of the run.");
            ExperimentWords words = options.Words(parsed);
            if (resumes && EnsembleFolder.Exists(path!))
                return Ensemble.Resume(words, path!, asJson);
            if (resumes && (RunFolder.Exists(path!) || !words.Any))
                return Resume(words, path!, asJson);
            Experiment experiment = words.Experiment();
            return experiment.Seeds is null
                ? Start(experiment, path, asJson)
                : Ensemble.Start(experiment, path, asJson);
        });
        return command;
    }

    private static int Start(Experiment experiment, string? path, bool json)
    {
        RunFolder.RequireNone(path);
        Study study = ExperimentOptions.Prepare(experiment).WithEnd();
        RunFolder folder = path is null ? RunFolder.CreateNext() : RunFolder.Create(path);
        using IDisposable held = folder.Lock();
        Run run = Train(study, folder);
        return Report(run, run.Record.Summary(run.Name), json);
    }

    private static int Resume(ExperimentWords words, string path, bool json)
    {
        RunFolder folder = RunFolder.Open(path);
        using IDisposable held = folder.Lock();
        RunRecord before = folder.ReadRecord();
        Study study = ExperimentOptions.Prepare(words.Continue(folder.Experiment(before), path));
        if (folder.ReadState() is null && folder.CheckpointSteps().Count == 0)
            Console.Error.WriteLine($"staircase: nothing was saved of {path} yet; it starts again.");
        Run run = Train(study, folder);
        bool wasFinished = before.Status == RunStatus.Finished && before.Step == run.Record.Step;
        return Report(run, wasFinished ? $"Finished before. {run.Record.Summary(run.Name)}" : run.Record.Summary(run.Name), json);
    }

    private static Run Train(Study study, RunFolder folder)
    {
        Announce(study);
        return ProgressDisplay.Run(progress => Trainer.Train(study, folder, progress, StopSignal.Token));
    }

    private static void Announce(Study study)
    {
        foreach (string announcement in study.Announcements)
            Console.Error.WriteLine(announcement);
    }

    private static int Interrupted(string folder)
    {
        Console.Error.WriteLine($"staircase: interrupted; continue with: staircase train --out {folder} --resume");
        return ExitCode.Interrupted;
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
            Output.Json(Json.Of(("run", run.Name), ("record", run.Record.ToJson()), ("comparison", findings?.Data)));
        }
        else
        {
            if (findings is not null)
                Output.Show(run.Study.Description, findings, json: false);
            Output.Line(summary);
        }

        return run.Record.Status == RunStatus.Interrupted ? Interrupted(run.Name) : ExitCode.Success;
    }

    /// <summary>The same of one run for each of several seeds.</summary>
    private static class Ensemble
    {
        public static int Start(Experiment experiment, string? path, bool json)
        {
            RunFolder.RequireNone(path);
            EnsembleStudy study = Prepared(experiment);
            _ = study.First.WithEnd(); // complains before there is a folder
            return Train(study, EnsembleFolder.Create(path, study.Experiment), [], json);
        }

        public static int Resume(ExperimentWords words, string path, bool json)
        {
            var folder = EnsembleFolder.Open(path);
            Experiment experiment = words.Continue(folder.Experiment, path);
            EnsembleStudy study = Prepared(experiment);
            ExperimentWord[] changed =
                [.. words.Words.Where(word => experiment.Kind.ContinuationKeys.Contains(word.Key))];
            return Train(study, folder.With(study.Experiment), changed, json);
        }

        private static EnsembleStudy Prepared(Experiment experiment) => ProgressDisplay.Run(
            progress => EnsembleStudy.Prepare(experiment, Fractions.Of(progress), StopSignal.Token));

        private static int Train(
            EnsembleStudy study, EnsembleFolder folder, IReadOnlyList<ExperimentWord> changed, bool json)
        {
            Announce(study.First);
            var watch = Stopwatch.StartNew();
            IReadOnlyList<TrainingOutcome> outcomes =
                ProgressDisplay.Run(progress => EnsembleTrainer.Train(study, folder, changed, progress, StopSignal.Token));
            Findings? findings = RunReport.Leave(folder, [.. outcomes.Select(outcome => outcome.Run).OfType<Run>()]);
            if (json)
            {
                Output.Json(Json.Of(
                    ("ensemble", folder.Name), ("experiment", folder.Experiment.Write()), ("comparison", findings?.Data)));
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
                return Interrupted(folder.Name);

            return failed.Length == 0 ? ExitCode.Success : failed.Length < outcomes.Count ? ExitCode.CheckFailed : ExitCode.BadInput;
        }
    }
}
