namespace Staircase.Lab;

/// <summary>The report of one or several runs, of any kinds.</summary>
public static class RunReport
{
    /// <summary>The name of a run's report in its folder.</summary>
    public const string FileName = "report.html";

    /// <summary>
    /// The report of runs: a section each, and for several of them one that lays their losses over each other and says what differs.
    /// </summary>
    public static Report Of(params IReadOnlyList<Run> runs)
    {
        ReportSection[] sections = [.. runs.Select(SectionOf)];
        Result[] results = [.. runs.SelectMany(run => run.Study.Results).Distinct().OrderBy(result => result.Name, StringComparer.Ordinal)];
        if (runs.Count == 1)
            return new Report
            {
                Title = sections[0].Title,
                Lead = sections[0].Lead,
                Sections = [sections[0] with { Lead = "" }],
                Results = results
            };
        return new Report
        {
            Title = $"{runs.Count} runs",
            Lead = string.Join(", ", runs.Select(run => run.Name)),
            Sections = [Together(runs), .. sections],
            Results = results,
        };
    }

    /// <summary>Leaves in a run's folder what came of it: its findings in <c>run.json</c>, and its report where this build can write it.</summary>
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

    private static ReportSection SectionOf(Run run, int index) => run.Study.Section(run) with
    {
        Id = $"run-{index + 1}",
        Title = run.Name,
        Lead = $"{run.Study.Description} {run.Record.Ending}",
        Command = $"staircase report {run.Name}",
        Settings = run.Record.Experiment,
    };

    private static ReportSection Together(IReadOnlyList<Run> runs)
    {
        bool useTime = runs.All(run => run.Trajectory.HasTime);
        string[] differing =
        [
            .. runs.SelectMany(run => run.Record.Experiment.Keys).Distinct(StringComparer.Ordinal)
                .Where(key => runs.Select(run => run.Record.Experiment.GetValueOrDefault(key)).Distinct(StringComparer.Ordinal)
                    .Count() > 1),
        ];
        return new ReportSection
        {
            Id = "together",
            Title = "All runs together",
            Plots =
            [
                Plot.Of(
                    "loss", "Loss", useTime ? "time" : "step", "loss", "Solid: training. Dashed: theory, where there is one.",
                    runs.SelectMany((run, i) => run.Study.LossCurves(run, useTime, $", {run.Name}", i))),
            ],
            Tables =
            [
                Table.Of("What differs", ["run", .. differing, "steps", "final loss", "seconds"], runs, run =>
                [
                    run.Name, .. differing.Select(key => run.Record.Experiment.GetValueOrDefault(key) ?? "—"),
                    Whole(run.Record.Step), Number(run.Record.Loss), Number(run.Record.WallSeconds),
                ]),
            ],
        };
    }
}
