namespace Staircase.Lab;

/// <summary>What was found in a series of checkpoints: an audit, a layout with its reasons, rows of measures, transitions.</summary>
public sealed record CheckpointAnalysis
{
    private const int LeastForTransitions = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What was asked for.</summary>
    public required AnalysisOptions Options { get; init; }

    /// <summary>The steps.</summary>
    public required IReadOnlyList<long> Steps { get; init; }

    /// <summary>The name of the layout; null where plain matrices were analyzed.</summary>
    public string? Layout { get; init; }

    /// <summary>What was decided, and why.</summary>
    public required IReadOnlyList<string> Decisions { get; init; }

    /// <summary>What the audit found.</summary>
    public required IReadOnlyList<AuditFinding> Findings { get; init; }

    /// <summary>Tensors and files that were not read, with the reasons.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }

    /// <summary>The measures, by step, module, layer and head.</summary>
    public IReadOnlyList<AnalysisRow> Rows { get; init; } = [];

    /// <summary>What the numbers of a row are.</summary>
    public IReadOnlyList<AnalysisColumn> Columns => Layout is null ? AnalysisColumn.OfMatrices : AnalysisColumn.OfHeads;

    /// <summary>How many heads or matrices there are.</summary>
    public int Subjects => Rows.Select(row => row.Subject).Distinct().Count();

    /// <summary>The transitions, by false-alarm rate.</summary>
    public IReadOnlyList<AnalysisTransition> Transitions { get; init; } = [];

    /// <summary>Why there are no transitions; null where they were looked for.</summary>
    public string? NoTransitions { get; init; }

    /// <summary>Losses laid over the measures.</summary>
    public LossTable? Losses { get; init; }

    /// <summary>
    /// Audits a series, then measures it: a layer at a time, so that memory does not grow with the number of checkpoints.
    /// </summary>
    /// <param name="options">What to analyze.</param>
    /// <param name="audited">Called when the audit is done, before anything is measured.</param>
    /// <param name="progress">The fraction that is done.</param>
    /// <exception cref="InputException">A file is missing or malformed, or nothing in it can be analyzed.</exception>
    public static CheckpointAnalysis Run(
        AnalysisOptions options, Action<CheckpointAnalysis>? audited = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        LossTable? losses = options.Losses is { } path ? LossTable.Read(path) : null;
        return Guard(() =>
        {
            using CheckpointSeries series = SeriesAudit.Open(options);
            return Of(series, losses, options, audited, progress, cancellation);
        });
    }

    /// <summary>The same of a series that is open.</summary>
    /// <param name="series">The checkpoints.</param>
    /// <param name="losses">Losses to lay over it.</param>
    /// <param name="options">How to analyze; its paths and selection are not read.</param>
    /// <param name="audited">Called when the audit is done, before anything is measured.</param>
    /// <param name="progress">The fraction that is done.</param>
    /// <exception cref="InputException">A tensor is malformed, or nothing in the series can be analyzed.</exception>
    public static CheckpointAnalysis Of(
        CheckpointSeries series, LossTable? losses, AnalysisOptions options, Action<CheckpointAnalysis>? audited = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default) => Guard(() =>
        {
            using var measured = new MeasuredSeries(series, options);
            (HeadLayout? layout, string[] matrices, bool single) = Plan(measured, options);
            SeriesAudit audit = SeriesAudit.Of(series, progress, share: 0.5, cancellation);
            var analysis = new CheckpointAnalysis
            {
                Options = options,
                Steps = audit.Steps,
                Layout = layout?.Name,
                Decisions =
                [
                    .. audit.StepsFrom,
                    .. layout?.Decisions
                        ?? [$"{matrices.Length} plain matrices whose names match '{options.Tensors}', as they are stored"],
                    .. losses is null ? [] : losses.Notes.Concat(losses.Unmatched(audit.Steps)),
                ],
                Findings = audit.Findings,
                Skipped =
                [
                    .. audit.Skipped,
                    .. (layout?.Skipped ?? []).Select(s => $"{s.Name}: {s.Reason}"),
                ],
                Losses = losses,
            };
            audited?.Invoke(analysis);

            // Weights in single precision have no more than seven digits: what is below is rounding.
            double cutoff = single ? 1e-5 : FactoredMatrix.RankCutoff;
            var measurement = new SeriesMeasurement(measured, options, cutoff, progress, cancellation);
            return (analysis with { Rows = layout is not null ? measurement.OfHeads(layout) : measurement.OfMatrices(matrices) })
                .WithTransitions();
        });

    private static (HeadLayout? Layout, string[] Matrices, bool Single) Plan(MeasuredSeries series, AnalysisOptions options)
    {
        using ITensorSource source = series.Open(series.Checkpoints[^1]);
        if (options.Tensors is { } pattern)
        {
            using var decoded = new DecodedSource(series.Open(series.Checkpoints[^1]));
            Regex regex = Guard(() => new Regex(pattern, RegexOptions.CultureInvariant, Patience));
            IEnumerable<TensorInfo> readable =
                decoded.Tensors.Where(tensor => tensor.ElementType.IsReadable() && SeriesMeasurement.MatrixShape(tensor) is not null);
            string[] matrices = [.. readable.Select(tensor => tensor.Name).Where(name => regex.IsMatch(name))];
            Require(
                matrices.Length > 0,
                $"{source.Path} holds no matrix whose name matches '{pattern}': it holds {MeasuredSeries.Some(source.Tensors)}.");

            return (null, matrices, matrices.Any(name => IsSingle(decoded, name)));
        }

        HeadLayout layout = series.Layout(options);
        return (layout, [], layout.Layers.SelectMany(layer => layer.Tensors).Any(name => IsSingle(source, name)));
    }

    private static bool IsSingle(ITensorSource source, string name) =>
        source.TryGetInfo(name, out TensorInfo? info) && info.ElementType != ElementType.F64;

    /// <summary>The same with the transitions in its rows and losses.</summary>
    internal CheckpointAnalysis WithTransitions()
    {
        CheckpointAnalysis analysis = this;
        int n = analysis.Steps.Count;
        if (n < LeastForTransitions)
        {
            string none = $"{n} checkpoints are too few to tell a transition from noise; {LeastForTransitions} or more are needed";
            return analysis with { NoTransitions = none };
        }

        // Samples in order: steps are often spaced by powers of two, and a detector wants even ones.
        var detector = new ChangePointDetector(n);
        var found = new List<AnalysisTransition>();
        IEnumerable<IGrouping<string, AnalysisRow>> subjects = analysis.Rows.GroupBy(row => row.Subject);
        foreach (IGrouping<string, AnalysisRow> rows in subjects.Where(rows => rows.Count() == n))
        {
            foreach (AnalysisColumn column in analysis.Columns.Where(column => column.Measure.HasTransitions))
                Look(rows.Key, column.Name, [.. rows.Select(column.Of)]);
        }

        for (int c = 0; c < (analysis.Losses?.Columns.Count ?? 0); c++)
            Look("loss", analysis.Losses!.Columns[c].Name, [.. analysis.Steps.Select(step => analysis.Losses.At(c, step))]);
        return analysis with { Transitions = [.. found.OrderBy(t => t.FalseAlarmRate).ThenBy(t => t.Step)] };

        void Look(string subject, string measure, double[] values)
        {
            if (!Array.TrueForAll(values, double.IsFinite))
                return;
            IEnumerable<ChangePoint> changes = detector.Detect(new EvenSeries(0, 1, values), analysis.Options.Level);
            found.AddRange(changes.Select(change => new AnalysisTransition(
                subject, measure, StepAt(change.Position), StepAt(change.Earliest), StepAt(change.Latest),
                change.Size, change.FalseAlarmRate)));
        }

        double StepAt(double position)
        {
            int i = Clamp((int)Floor(position), 0, n - 2);
            return analysis.Steps[i] + Clamp(position - i, 0, 1) * (analysis.Steps[i + 1] - analysis.Steps[i]);
        }
    }
}
