using System.Globalization;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>The report of one or several runs.</summary>
public static class RunReport
{
    /// <summary>The name of a run's report in its folder.</summary>
    public const string FileName = "report.html";

    /// <summary>A run may miss theory by this much before its report calls it a miss: what 5,000 sequences and published step sizes cost.</summary>
    private const double HeightTolerance = 0.02, EndTolerance = 0.05;

    /// <summary>Reads run folders and prepares what their experiments say.</summary>
    /// <exception cref="InputException">A folder is no run, or a file in it is missing, cut short or foreign.</exception>
    public static Report Read(IReadOnlyList<string> paths, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var runs = new List<(string, RunRecord, TrainedStudy)>();
        var others = new List<(ReportSection Section, IReadOnlyList<Result> Results)>();
        foreach (string path in paths)
        {
            RunFolder folder = RunFolder.Open(path);
            RunRecord record = folder.ReadRecord();
            if (folder.KindOf(record) is { } kind)
            {
                IStudy other = folder.ExperimentOf(record, kind).Prepare();
                others.Add((other.Report(folder, record) with { Id = $"{kind.Name}-{others.Count + 1}", Title = path }, other.Results));
                continue;
            }

            Study study = Study.Prepare(folder.ExperimentOf(record), progress, cancellation);
            runs.Add((path, record, TrainedStudy.Read(folder, study)));
        }

        return others.Count == 0 ? Of(runs) : With(runs.Count == 0 ? null : Of(runs), others);
    }

    /// <summary>A report of regressions, if there are any, with the sections of runs of other kinds.</summary>
    private static Report With(Report? regressions, List<(ReportSection Section, IReadOnlyList<Result> Results)> others) => new()
    {
        Title = regressions is null && others.Count == 1 ? others[0].Section.Title : $"{(regressions?.Sections.Count ?? 0) + others.Count} runs",
        Lead = regressions?.Lead ?? "",
        Sections = [.. regressions?.Sections ?? [], .. others.Select(other => other.Section)],
        Results = [.. others.SelectMany(other => other.Results).Concat(regressions?.Results ?? []).Distinct().OrderBy(r => r.Name, StringComparer.Ordinal)],
    };

    /// <summary>The report of trainings.</summary>
    /// <param name="runs">A name, the record and the training of each.</param>
    public static Report Of(params IReadOnlyList<(string Name, RunRecord Record, TrainedStudy Training)> runs)
    {
        ReportSection[] sections = [.. runs.Select((run, i) => SectionOf(run.Name, run.Record, run.Training, i))];
        Result[] results = [.. runs.SelectMany(run => run.Training.Study.Prediction?.Results ?? []).Distinct().OrderBy(r => r.Name, StringComparer.Ordinal)];
        if (runs.Count == 1)
            return new Report { Title = sections[0].Title, Lead = sections[0].Lead, Sections = [sections[0] with { Lead = "" }], Results = results };
        return new Report
        {
            Title = $"{runs.Count} runs",
            Lead = string.Join(", ", runs.Select(run => run.Name)),
            Sections = [Together(runs), .. sections],
            Results = results,
        };
    }

    private static ReportSection Together(IReadOnlyList<(string Name, RunRecord Record, TrainedStudy Training)> runs)
    {
        string[] differing =
        [
            .. runs.SelectMany(run => run.Record.Experiment.Keys).Distinct(StringComparer.Ordinal)
                .Where(key => runs.Select(run => run.Record.Experiment.GetValueOrDefault(key)).Distinct(StringComparer.Ordinal).Count() > 1),
        ];
        return new ReportSection
        {
            Id = "together",
            Title = "All runs together",
            Plots = [RunPlots.Loss([.. runs.Select(run => (run.Name, run.Training))])],
            Tables =
            [
                new("What differs", ["run", .. differing, "steps", "final loss", "seconds"],
                    [.. runs.Select(run => (IReadOnlyList<string>)
                    [
                        run.Name, .. differing.Select(key => run.Record.Experiment.GetValueOrDefault(key) ?? "—"),
                        run.Record.Step.ToString("N0", CultureInfo.InvariantCulture), Number(run.Record.Loss ?? double.NaN), Number(run.Record.WallSeconds),
                    ])]),
            ],
        };
    }

    private static ReportSection SectionOf(string name, RunRecord record, TrainedStudy training, int index)
    {
        Comparison? comparison = training.Study.Prediction is not null && training.Points.Count >= 2 ? training.Compare() : null;
        IReadOnlyList<MeasuredPlateau> plateaus = comparison is not null ? [.. comparison.Plateaus.Select(p => p.Measured)]
            : training.Points.Count >= 2 ? PhaseDetector.Plateaus(RunPlots.Positions(training, training.HasTime), [.. training.Points.Select(p => p.Loss)])
            : [];
        return new ReportSection
        {
            Id = $"run-{index + 1}",
            Title = name,
            Lead = $"{StudyDescription.Of(training.Study)} {Ending(record)}",
            Command = $"staircase report {name}",
            Plots = [RunPlots.Loss((name, training)), RunPlots.Strengths(training)],
            Weights = RunWeights.Of(training, plateaus) is { } maps ? [maps] : [],
            Checks = comparison is null || training.Study.Experiment.Softmax ? [] : [.. ChecksOf(comparison)],
            Tables = comparison is null ? [] : [Algorithms(comparison)],
            Settings = record.Experiment,
            Notes = [.. NotesOf(training.Study, comparison)],
        };
    }

    private static string Ending(RunRecord record) => record.Status switch
    {
        RunStatus.Finished => $"Trained {record.Step.ToString("N0", CultureInfo.InvariantCulture)} steps in {Number(record.WallSeconds)} s with version {record.Version}.",
        _ => $"This run is {record.Status.ToString().ToLowerInvariant()} at step {record.Step.ToString("N0", CultureInfo.InvariantCulture)}.",
    };

    private static IEnumerable<Check> ChecksOf(Comparison comparison)
    {
        for (int i = 0; i < comparison.Plateaus.Count; i++)
        {
            ComparedPlateau plateau = comparison.Plateaus[i];
            if (plateau.Predicted is not { } predicted)
                continue;
            yield return Check.Relative($"height of plateau {i + 1}", "Zhang et al. 2025, Eq. 19", plateau.Measured.Height, predicted.Height, HeightTolerance);
            if (comparison.UnitIsTime && i < comparison.Plateaus.Count - 1 && double.IsFinite(predicted.End))
                yield return Check.Relative($"end of plateau {i + 1}", "the initial weights alone", plateau.Measured.End, predicted.End, EndTolerance) with { Reason = plateau.NearTie };
        }
    }

    private static Table Algorithms(Comparison comparison) => new(
        "What the model does on each plateau, on sequences it was not trained on",
        ["plateau", "components learned", "closest algorithm in context", "relative MSE to it"],
        [.. comparison.Plateaus.Select((p, i) => (IReadOnlyList<string>)
        [
            $"{i + 1}", p.Learned.Count == 0 ? "none" : string.Join(' ', p.Learned.Select(d => d + 1)),
            p.Algorithm?.Name ?? "no checkpoint on it", p.Algorithm is { } a ? a.RelativeErrors[a.Components].ToString("G3", CultureInfo.InvariantCulture) : "—",
        ])]);

    private static IEnumerable<string> NotesOf(Study study, Comparison? comparison)
    {
        if (study.Experiment.Softmax)
            yield return StudyDescription.SoftmaxTheory;
        if (study.NoTheory is { } reason)
            yield return $"No theory beside it: {reason}.";
        if (comparison?.LargestDeviation is { } deviation)
            yield return $"The curve predicted from the initial weights alone is off by at most {Number(100 * deviation)} % of the initial loss.";
        foreach (PredictedPlateau missed in comparison?.Missed ?? [])
            yield return $"Predicted but not seen as a plateau of its own: {missed.Learned.Count} components learned, loss {Number(missed.Height)}, from time {Number(missed.Start)}.";
    }
}
