namespace Staircase.Lab;

/// <summary>What came of the runs of an ensemble, or is predicted for them: numbers over seeds, measured beside theory.</summary>
public static class EnsembleFindings
{
    /// <summary>What came of runs.</summary>
    /// <param name="all">Runs of one experiment that differ in their seeds.</param>
    /// <exception cref="InputException">None of them has numbers.</exception>
    public static Findings Of(IReadOnlyList<Run> all)
    {
        IReadOnlyList<Run> runs = Counted(all);
        IReadOnlyList<Quantity>[] quantities = [.. runs.Select(QuantitiesOf)];
        return new(
            [TableOf("", quantities)],
            [.. Sentences(all)],
            Json.Of(
                ("seeds", Json.List(runs, run => JsonNode.Parse(SeedOf(run)))), ("quantities", JsonOf(quantities)),
                ("runs", Json.List(runs, run => Json.Of(
                    ("seed", JsonNode.Parse(SeedOf(run))), ("run", run.Name), ("status", run.Record.StatusWord),
                    ("comparison", run.Findings.Data.DeepClone()))))));
    }

    /// <summary>What theory says of the seeds of an ensemble, without training.</summary>
    /// <param name="check">Whether theory is checked for each, as <see cref="Study.Predict"/> does.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <exception cref="InputException">There is no theory for a seed.</exception>
    public static Findings Predicted(
        EnsembleStudy ensemble, bool check, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        var bench = new Bench(Quick: false, progress, cancellation);
        Findings[] each = bench.ForEach(ensemble.Seeds, seed => ensemble.Member(seed, null, cancellation).Predict(check, cancellation));
        IReadOnlyList<Quantity>[] quantities = [.. each.Select(findings => findings.Quantities)];
        return new(
            [TableOf("", quantities)],
            [.. each[0].Sentences.Where(sentence => each.All(one => one.Sentences.Contains(sentence)))],
            Json.Of(
                ("seeds", Json.List(ensemble.Seeds, seed => (JsonNode)seed)), ("quantities", JsonOf(quantities)),
                ("predictions", Json.List(
                    ensemble.Seeds.Zip(each), pair => Json.Of(("seed", pair.First), ("prediction", pair.Second.Data))))));
    }

    /// <summary>What happened in the runs and why: over all, then in the one that is nearest to the middle.</summary>
    /// <exception cref="InputException">None of them has numbers.</exception>
    public static IReadOnlyList<string> Explain(IReadOnlyList<Run> all)
    {
        IReadOnlyList<Run> runs = Counted(all);
        IReadOnlyList<Quantity>[] quantities = [.. runs.Select(QuantitiesOf)];
        Run typical = Typical(runs, quantities);
        string[] names = [.. Names(quantities)], predicted = [.. names.Where(name => Of(quantities, name, one => one.Predicted).Count > 0)];
        return
        [
            .. Sentences(all),
            $"The median over the seeds, and in parentheses {Spread.InWords(runs.Count)}: "
            + string.Join(
                "; ", (predicted.Length > 0 ? predicted : names).Select(name => Sentence(name, quantities)).Where(text => text.Length > 0))
            + ".",
            $"The seed that is nearest to the middle in all of this is {SeedOf(typical)}:",
            .. typical.View.Explanation,
        ];
    }

    /// <summary>The runs that count: those that have not diverged, and of which at least two points were recorded.</summary>
    /// <exception cref="InputException">There are none.</exception>
    internal static IReadOnlyList<Run> Counted(IReadOnlyList<Run> runs)
    {
        Run[] counted = [.. runs.Where(run => run.Record.Status != RunStatus.Diverged && run.Trajectory.Count > 1)];
        Require(counted.Length > 0, $"{runs[0].Name} and the other seeds have diverged, or too little was recorded of them.");
        return counted;
    }

    /// <summary>The numbers of every run: those that theory has beside them, then what else sums it up.</summary>
    internal static Table TableOf(string title, IReadOnlyList<Run> runs) => TableOf(title, [.. runs.Select(QuantitiesOf)]);

    private static Table TableOf(string title, IReadOnlyList<Quantity>[] quantities)
    {
        string[] names = [.. Names(quantities)];
        bool hasMeasured = quantities.Any(list => list.Any(one => one.Measured is not null));
        bool hasTheory = quantities.Any(list => list.Any(one => one.Predicted is not null));
        string band = Spread.BandOf(quantities.Length);
        return Table.Of(
            title,
            [
                "", "seeds", .. hasMeasured ? ["median", "mean", band] : (string[])[],
                .. hasTheory ? ["theory: median", "mean", band] : (string[])[],
            ],
            names,
            name =>
            {
                Spread measured = Of(quantities, name, one => one.Measured), predicted = Of(quantities, name, one => one.Predicted);
                return
                [
                    name, $"{(hasMeasured ? measured : predicted).Count}", .. hasMeasured ? Cells(measured) : [],
                    .. hasTheory ? Cells(predicted) : [],
                ];
            });
    }

    private static string[] Cells(Spread spread) => spread.Count == 0 ? ["—", "—", "—"]
        : [Position(spread.Median), Position(spread.Mean), $"{Position(spread.Low)} to {Position(spread.High)}"];

    private static JsonArray JsonOf(IReadOnlyList<Quantity>[] quantities) => Json.List(Names(quantities), name => Json.Of(
        ("name", name), ("measured", Of(quantities, name, one => one.Measured).ToJson()),
        ("predicted", Of(quantities, name, one => one.Predicted).ToJson()),
        ("measuredBySeed", Json.List(quantities, list => Json.Number(Find(list, name)?.Measured))),
        ("predictedBySeed", Json.List(quantities, list => Json.Number(Find(list, name)?.Predicted)))));

    /// <summary>Which seeds did not get to their end.</summary>
    internal static IEnumerable<string> Sentences(IReadOnlyList<Run> runs)
    {
        foreach (IGrouping<RunStatus, Run> same in runs.GroupBy(run => run.Record.Status).Where(same => same.Key != RunStatus.Finished))
        {
            yield return $"Seeds whose run is {same.First().Record.StatusWord}"
                + $"{(same.Key == RunStatus.Diverged ? ", not counted" : "")}: {string.Join(", ", same.Select(SeedOf))}.";
        }
    }

    private static string Sentence(string name, IReadOnlyList<Quantity>[] quantities)
    {
        Spread measured = Of(quantities, name, one => one.Measured), predicted = Of(quantities, name, one => one.Predicted);
        if (measured.Count == 0)
            return "";
        string of = measured.Count < quantities.Length ? $", in {measured.Count} of {quantities.Length}" : "";
        string theory = predicted.Count == 0 ? "" : $", theory {Position(predicted.Median)}";
        return $"{name} {Position(measured.Median)} ({Position(measured.Low)} to {Position(measured.High)}{theory}{of})";
    }

    /// <summary>The run whose numbers are nearest to the medians, in ranks.</summary>
    private static Run Typical(IReadOnlyList<Run> runs, IReadOnlyList<Quantity>[] quantities)
    {
        double[] away = new double[runs.Count];
        foreach (string name in Names(quantities))
        {
            double[] values = [.. quantities.Select(list => Find(list, name)?.Measured ?? double.NaN)];
            for (int i = 0; i < away.Length; i++)
            {
                away[i] += double.IsNaN(values[i]) ? runs.Count
                    : Abs(values.Count(other => other < values[i]) - values.Count(other => other > values[i]));
            }
        }

        return runs[Array.IndexOf(away, away.Min())];
    }

    private static IReadOnlyList<Quantity> QuantitiesOf(Run run)
    {
        Findings findings = run.Findings;
        return
        [
            .. findings.Quantities, new("final loss", run.Record.Loss, null),
            .. findings.Summary.Select(pair => new Quantity(NumberText.Words(pair.Key), pair.Value, null)),
        ];
    }

    private static IEnumerable<string> Names(IReadOnlyList<Quantity>[] quantities) =>
        quantities.SelectMany(list => list).Select(one => one.Name).Distinct();

    private static Quantity? Find(IReadOnlyList<Quantity> list, string name) => list.FirstOrDefault(one => one.Name == name);

    private static Spread Of(IReadOnlyList<Quantity>[] quantities, string name, Func<Quantity, double?> of) =>
        Spread.Of([.. quantities.Select(list => Find(list, name) is { } one ? of(one) ?? double.NaN : double.NaN)]);

    private static string SeedOf(Run run) => run.Record.Experiment["seed"];
}
