namespace Staircase.Lab;

/// <summary>Several runs of one kind as a part of a report: laid over each other, with what differs and what came of it.</summary>
internal static class RunComparison
{
    /// <summary>The part.</summary>
    /// <param name="runs">At least one run, all of one kind.</param>
    /// <param name="id">Its name for links.</param>
    public static ReportSection Section(IReadOnlyList<Run> runs, string id)
    {
        (IReadOnlyList<Ensemble> ensembles, bool isOrdered) = Ensemble.Of(runs);
        IReadOnlyList<IReadOnlyList<ReportSection>> sections =
            [.. ensembles.Select(ensemble => (IReadOnlyList<ReportSection>)[.. ensemble.Runs.Select(run => run.View.Section)])];
        var overlay = new Overlay(ensembles, isOrdered);
        return new ReportSection
        {
            Id = id,
            Title = $"{runs[0].Study.Kind.Name}: {runs.Count} runs",
            Lead = Lead(ensembles),
            Plots =
            [
                .. Losses(ensembles, overlay),
                .. Overlaid([.. sections.Select(list => list.Select(WithoutLoss))], overlay),
            ],
            Tables = [.. Tables(ensembles, sections)],
            Notes =
            [
                .. sections[0][0].Notes.Where(note =>
                    sections.All(list => list.All(section => section.Notes.Contains(note)))),
                "Weights, checks and plateaus of a run are in its own report: staircase report RUN.",
            ],
        };
    }

    private static IEnumerable<Plot> WithoutLoss(ReportSection section) => section.Plots.Where(plot => plot.Id != Study.LossPlotId);

    private static string Lead(IReadOnlyList<Ensemble> ensembles)
    {
        Ensemble first = ensembles[0];
        return ensembles.Count == 1 ? $"{first.Members}; the first of them: {first.Runs[0].Study.Description}"
            : $"{ensembles.Count} settings, each with {string.Join(" or ", ensembles.Select(e => e.Members).Distinct())}.";
    }

    /// <summary>The losses over what all runs have: time where all have it, else steps.</summary>
    private static IEnumerable<Plot> Losses(IReadOnlyList<Ensemble> ensembles, Overlay overlay)
    {
        bool useTime = ensembles.All(ensemble => ensemble.Runs.All(run => run.Trajectory.HasTime));
        Plot[][] plots =
        [
            .. ensembles.Select(ensemble => ensemble.Runs.Select(run => run.View.LossPlot(useTime)).ToArray()),
        ];
        return [overlay.Of(plots)];
    }

    /// <summary>The same plots of runs laid over each other: over seeds the median, with a band.</summary>
    /// <param name="runs">At least one run, all of one kind.</param>
    /// <param name="plots">Of each run.</param>
    public static IReadOnlyList<Plot> Overlaid(IReadOnlyList<Run> runs, IReadOnlyList<IReadOnlyList<Plot>> plots)
    {
        (IReadOnlyList<Ensemble> ensembles, bool isOrdered) = Ensemble.Of(runs);
        var of = runs.Zip(plots).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. Overlaid([.. ensembles.Select(ensemble => ensemble.Runs.Select(run => of[run]))], new Overlay(ensembles, isOrdered))];
    }

    /// <summary>Plots of each run of each ensemble, those together that show the same over the same axis.</summary>
    private static IEnumerable<Plot> Overlaid(IReadOnlyList<IEnumerable<IEnumerable<Plot>>> plots, Overlay overlay)
    {
        Plot[][] lists = [.. plots.Select(ensemble => ensemble.SelectMany(list => list).ToArray())];
        Plot[] all = [.. lists.SelectMany(list => list)];
        foreach (IGrouping<(string Id, string Label), Plot> same in all.GroupBy(plot => (plot.Id, plot.X.Label)))
        {
            Plot plot = overlay.Of([.. lists.Select(list => list.Where(one => (one.Id, one.X.Label) == same.Key).ToArray())]);
            bool isAlone = all.Where(other => other.Id == same.Key.Id).All(other => other.X.Label == same.Key.Label);
            yield return isAlone ? plot : plot with { Id = $"{plot.Id}-{IdOf(same.Key.Label)}" };
        }
    }

    private static IEnumerable<Table> Tables(IReadOnlyList<Ensemble> ensembles, IReadOnlyList<IReadOnlyList<ReportSection>> sections)
    {
        Run[] runs = [.. ensembles.SelectMany(ensemble => ensemble.Runs)];
        string[] results = [.. runs.SelectMany(run => run.View.Summary.Keys).Distinct()];
        foreach (Ensemble ensemble in ensembles.Where(ensemble => ensemble.Runs.Count > 1))
        {
            yield return EnsembleFindings.TableOf(
                $"Over {ensemble.Members}, measured and predicted{(ensemble.Label.Length > 0 ? $": {ensemble.Label}" : "")}",
                ensemble.Runs);
        }

        if (runs.Length > ensembles.Count && ensembles.Count > 1)
        {
            yield return Table.Of(
                "Results: the median, and where most of the seeds lie",
                ["setting", "runs", "final loss", .. results.Select(Words)], ensembles,
                ensemble =>
                [
                    ensemble.Label, $"{ensemble.Runs.Count}",
                    SpreadOf(ensemble.Runs.Select(run => run.Record.Loss)),
                    .. results.Select(key => SpreadOf(ensemble.Runs.Select(run => run.View.Summary.GetValueOrDefault(key)))),
                ]);
        }

        string[] keys = [.. Ensemble.Differing(runs).Where(key => !RepeatsSeed(key, runs))], names = Names(runs);
        string[][] values = [.. keys.Select(key => ReadableNumbers.Of([.. runs.Select(run => Ensemble.Value(run, key))]))];
        Check[][] checks = [.. sections.SelectMany(list => list).Select(section => section.Checks.ToArray())];
        bool hasChecks = checks.Any(list => list.Length > 0);
        yield return Table.Of(
            "What differs, and what came of it",
            [
                "run", .. keys, "steps", "final loss", .. results.Select(Words),
                .. hasChecks ? ["checks that hold"] : (string[])[], "seconds",
            ],
            runs.Select((run, i) => (Run: run, Index: i)),
            row =>
            [
                names[row.Index], .. values.Select(column => column[row.Index]), Whole(row.Run.Record.Step), Number(row.Run.Record.Loss),
                .. results.Select(key => Number(row.Run.View.Summary.GetValueOrDefault(key))),
                .. hasChecks ? [Verdicts(checks[row.Index])] : (string[])[], Number(row.Run.Record.WallSeconds, digits: 3),
            ]);
    }

    /// <summary>Whether a key is a seed of its own that every run has left to be its seed.</summary>
    private static bool RepeatsSeed(string key, Run[] runs) =>
        key is "data-seed" or "init-seed" && runs.All(run => Ensemble.Value(run, key) == Ensemble.Value(run, "seed"));

    private static string Verdicts(Check[] checks) =>
        checks.Length == 0 ? "—" : $"{checks.Count(check => check.Passed)} of {checks.Length}";

    /// <summary>Of those that have the number: 0.5 (0.4 to 0.7), and how many have not.</summary>
    private static string SpreadOf(IEnumerable<double?> values)
    {
        double[] all = [.. values.Select(value => value ?? double.NaN)];
        var spread = Spread.Of(all);
        if (spread.Count == 0)
            return "—";
        string range = spread.Count > 1 ? $" ({Number(spread.Low)} to {Number(spread.High)})" : "";
        return $"{Number(spread.Median)}{range}{(spread.Count < all.Length ? $", {all.Length - spread.Count} without" : "")}";
    }

    /// <summary>The names of folders where they are enough to tell runs apart, else their paths.</summary>
    private static string[] Names(Run[] runs)
    {
        string[] names = [.. runs.Select(run => run.ShortName)];
        return names.Distinct().Count() == names.Length ? names : [.. runs.Select(run => run.Name)];
    }
}
