namespace Staircase.Lab;

/// <summary>The report of one or several runs, of any kinds.</summary>
public static class RunReport
{
    /// <summary>The name of a run's report in its folder.</summary>
    public const string FileName = "report.html";

    /// <summary>The report of runs: one in full, several laid over each other, a part a kind.</summary>
    public static Report Of(params IReadOnlyList<Run> runs)
    {
        Result[] results = ResultsOf(runs);
        string command = CommandText.Of(["staircase", "report", .. runs.Select(run => run.Name)]);
        return runs is [var only] ? Full(only, results, command) : new Report
        {
            Title = $"{runs.Count} runs",
            Command = command,
            Sections = [.. runs.GroupBy(run => run.Study.Kind).Select((same, i) => RunComparison.Section([.. same], $"together-{i + 1}"))],
            Results = results,
        };
    }

    /// <summary>The report of the runs of an ensemble; those that diverged are named and not shown.</summary>
    /// <exception cref="InputException">There is nothing to show of any.</exception>
    public static Report Of(EnsembleFolder folder, IReadOnlyList<Run> runs)
    {
        IReadOnlyList<Run> shown = EnsembleFindings.Counted(runs);
        ReportSection section = RunComparison.Section(shown, "together-1");
        return new()
        {
            Title = folder.Name,
            Lead = $"{shown.Count} of {folder.Seeds.Count} seeds; the first: {shown[0].Study.Description}",
            Command = CommandText.Of("staircase", "report", folder.Name),
            Sections =
            [
                Explained(section, EnsembleFindings.Explain(runs)) with
                {
                    Lead = "",
                    Command = CommandText.Training(folder.Experiment.Kind, folder.Experiment.Write()),
                    Settings = folder.Experiment.Write(),
                },
            ],
            Results = ResultsOf(shown),
        };
    }

    /// <summary>
    /// Leaves in the folder of an ensemble what came of it: the findings of each run in its <c>run.json</c>, and the report of all.
    /// </summary>
    /// <returns>The findings; null where too little was recorded.</returns>
    public static Findings? Leave(EnsembleFolder folder, IReadOnlyList<Run> runs)
    {
        Run[] recorded = [.. runs.Where(run => run.Trajectory.Count > 1)];
        if (recorded.Length == 0)
            return null;
        Findings[] each = new Bench(Quick: false).ForEach(recorded, run => run.Findings);
        foreach ((Run run, Findings findings) in recorded.Zip(each))
            run.Store.Write(run.Record with { Findings = findings.Summary });
        if (ReportFile.IsAvailable)
            ReportFile.Write(Path.Combine(folder.Name, FileName), Of(folder, recorded));
        return EnsembleFindings.Of(recorded);
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

    private static Result[] ResultsOf(IEnumerable<Run> runs) =>
        [.. runs.SelectMany(run => run.Study.Results).Distinct().OrderBy(result => result.Name, StringComparer.Ordinal)];

    private static Report Full(Run run, IReadOnlyList<Result> results, string command) => new()
    {
        Title = run.Name,
        Lead = $"{run.Study.Description} {run.Record.Ending}",
        Command = command,
        Sections =
        [
            Explained(run.View.Section, run.View.Explanation) with
            {
                Id = "run-1",
                Title = "Theory over measurement",
                Command = CommandText.Training(run.Study.Kind, run.Record.Experiment),
                Settings = run.Record.Experiment,
            },
        ],
        Results = results,
    };

    /// <summary>A section with its explanation; a note that says the same is left out.</summary>
    private static ReportSection Explained(ReportSection section, IReadOnlyList<string> explanation) => section with
    {
        Explanation = explanation,
        Notes = [.. section.Notes.Except(explanation)],
    };
}
