namespace Staircase.Lab;

/// <summary>The report of one or several runs, of any kinds.</summary>
public static class RunReport
{
    /// <summary>The name of a run's report in its folder.</summary>
    public const string FileName = "report.html";

    /// <summary>The report of runs: one in full, several laid over each other, a part a kind.</summary>
    public static Report Of(params IReadOnlyList<Run> runs)
    {
        Result[] results = [.. runs.SelectMany(run => run.Study.Results).Distinct().OrderBy(result => result.Name, StringComparer.Ordinal)];
        string command = CommandText.Of(["staircase", "report", .. runs.Select(run => run.Name)]);
        return runs is [var only] ? Full(only, results, command) : new Report
        {
            Title = $"{runs.Count} runs",
            Command = command,
            Sections = [.. runs.GroupBy(run => run.Study.Kind).Select((same, i) => RunComparison.Section([.. same], $"together-{i + 1}"))],
            Results = results,
        };
    }

    /// <summary>
    /// Leaves in a run's folder what came of it: its findings in <c>run.json</c>, and its report where this build can write it.
    /// </summary>
    /// <returns>The findings; null where too little was recorded.</returns>
    public static Findings? Leave(Run run)
    {
        if (run.Trajectory.Count < 2)
            return null;
        run.Store.Write(run.Record with { Findings = run.Findings.Summary });
        if (ReportFile.IsAvailable)
            ReportFile.Write(Path.Combine(run.Name, FileName), Of(run));
        return run.Findings;
    }

    private static Report Full(Run run, IReadOnlyList<Result> results, string command) => new()
    {
        Title = run.Name,
        Lead = $"{run.Study.Description} {run.Record.Ending}",
        Command = command,
        Sections =
        [
            run.Study.Section(run) with
            {
                Id = "run-1",
                Title = "Theory over measurement",
                Command = CommandText.Training(run.Study.Kind, run.Record.Experiment),
                Settings = run.Record.Experiment,
            },
        ],
        Results = results,
    };
}
