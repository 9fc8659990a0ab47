using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>What <c>predict</c>, <c>train</c> and <c>compare</c> do with experiments of any kind beside regression: the kind says what there is to say.</summary>
internal static class KindCommands
{
    public static int Predict(IExperiment experiment, bool json)
    {
        IStudy study = experiment.Prepare();
        Print(study.Description, study.Predict(), json);
        return ExitCode.Success;
    }

    public static int Compare(string path, RunFolder folder, IExperiment experiment, RunRecord record, bool json)
    {
        IStudy study = experiment.Prepare();
        Findings findings = study.Compare(folder);
        if (json)
            Output.Json(new { Run = path, record.Status, Comparison = findings.Data });
        else
            Print(study.Description, findings, json);
        return ExitCode.Success;
    }

    public static int Train(IExperiment experiment, string path, bool json)
    {
        RunFolder.RequireNone(path);
        IStudy study = experiment.Prepare();
        return Train(study, RunFolder.Create(path), null, json);
    }

    public static int Resume(IExperiment experiment, RunFolder folder, RunRecord before, bool json) => Train(experiment.Prepare(), folder, before, json);

    private static int Train(IStudy study, RunFolder folder, RunRecord? before, bool json)
    {
        using var stop = new StopSignal();
        foreach (string announcement in study.Announcements)
            Console.Error.WriteLine(announcement);
        RunRecord record = ProgressDisplay.Run(progress => study.Train(folder, before, progress, stop.Token));
        Findings? findings = record.Step > 0 ? study.Compare(folder) : null;
        if (findings is not null && ReportFile.IsAvailable)
            ReportFile.Write(Path.Combine(folder.Path, RunReport.FileName), RunReport.Read([folder.Path]));
        if (json)
        {
            Output.Json(new { Run = folder.Path, Record = record, Comparison = findings?.Data });
        }
        else
        {
            if (findings is not null)
                Print(study.Description, findings, json);
            Output.Line($"{(record.Status == RunStatus.Finished ? "Trained" : "Stopped after")} {record.Step:N0} steps in {record.WallSeconds:G3} s; loss {record.Loss:G6}; run in {folder.Path}");
        }

        if (record.Status != RunStatus.Interrupted)
            return ExitCode.Success;
        Console.Error.WriteLine($"staircase: interrupted; continue with: staircase train --out {folder.Path} --resume");
        return ExitCode.Interrupted;
    }

    private static void Print(string description, Findings findings, bool json)
    {
        if (json)
        {
            Output.Json(findings.Data);
            return;
        }

        Output.Line(description);
        foreach (Table table in findings.Tables)
        {
            if (table.Title.Length > 0)
                Output.Line(table.Title);
            Output.Table(table.Columns, table.Rows);
        }

        foreach (string sentence in findings.Sentences)
            Output.Line(sentence);
    }
}
