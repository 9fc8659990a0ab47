using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;
using Staircase.Checkpoints;

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

    /// <summary>The measures, by step, layer and head.</summary>
    public IReadOnlyList<AnalysisRow> Rows { get; init; } = [];

    /// <summary>The transitions, by false-alarm rate.</summary>
    public IReadOnlyList<AnalysisTransition> Transitions { get; init; } = [];

    /// <summary>Why there are no transitions; null where they were looked for.</summary>
    public string? NoTransitions { get; init; }

    /// <summary>Losses laid over the measures.</summary>
    public LossTable? Losses { get; init; }

    /// <summary>Audits a series, then measures it: a layer at a time, so that memory does not grow with the number of checkpoints.</summary>
    /// <param name="options">What to analyze.</param>
    /// <param name="audited">Called when the audit is done, before anything is measured.</param>
    /// <param name="progress">The fraction that is done.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A file is missing or malformed, or nothing in it can be analyzed.</exception>
    public static CheckpointAnalysis Run(AnalysisOptions options, Action<CheckpointAnalysis>? audited = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        LossTable? losses = options.Losses is { } path ? LossTable.Read(path) : null;
        try
        {
            using CheckpointSeries series = InputException.Guard(() => CheckpointSeries.Open(options.Paths, new(options.Pattern, options.From, options.To, options.Every), options.Mapped));
            IReadOnlyList<CheckpointReference> checkpoints = series.Checkpoints;
            (HeadLayout? layout, string[] matrices, bool single) = Plan(series, options);
            var audit = new CheckpointAudit();
            double share = 0.5 / checkpoints.Count;
            for (int i = 0; i < checkpoints.Count; i++)
            {
                using ITensorSource source = series.Open(checkpoints[i]);
                audit.Add(checkpoints[i], source, cancellation);
                progress?.Report(share * (i + 1));
            }

            var analysis = new CheckpointAnalysis
            {
                Options = options,
                Steps = [.. checkpoints.Select(c => c.Step)],
                Layout = layout?.Name,
                Decisions = layout?.Decisions ?? [$"{matrices.Length} plain matrices whose names match '{options.Tensors}', as they are stored"],
                Findings = audit.Findings(),
                Skipped = [.. series.Skipped.Select(s => $"{s.Path}: {s.Reason}"), .. (layout?.Skipped ?? []).Select(s => $"{s.Name}: {s.Reason}")],
                Losses = losses,
            };
            audited?.Invoke(analysis);

            // Weights in single precision have no more than seven digits: what is below is rounding.
            double cutoff = single ? 1e-5 : FactoredMatrix.RankCutoff;
            List<AnalysisRow> rows = layout is not null ? OfHeads(series, layout, options, cutoff, progress, cancellation) : OfMatrices(series, matrices, options, cutoff, progress, cancellation);
            analysis = analysis with { Rows = rows };
            (IReadOnlyList<AnalysisTransition> transitions, string? none) = TransitionsOf(analysis);
            return analysis with { Transitions = transitions, NoTransitions = none };
        }
        catch (Exception exception) when (exception is CheckpointFormatException or ArgumentException or KeyNotFoundException)
        {
            throw new InputException(exception.Message, exception);
        }
    }

    private static (HeadLayout? Layout, string[] Matrices, bool Single) Plan(CheckpointSeries series, AnalysisOptions options)
    {
        using ITensorSource source = series.Open(series.Checkpoints[^1]);
        if (options.Tensors is { } pattern)
        {
            Regex regex = InputException.Guard(() => new Regex(pattern, RegexOptions.CultureInvariant, Patience));
            string[] matrices = [.. source.Tensors.Where(t => t.ElementType.IsReadable() && MatrixShape(t) is not null && regex.IsMatch(t.Name)).Select(t => t.Name)];
            if (matrices.Length == 0)
                throw new InputException($"{source.Path} holds no matrix whose name matches '{pattern}': it holds {Some(source.Tensors)}.");
            return (null, matrices, matrices.Any(name => IsSingle(source, name)));
        }

        HeadLayout layout = HeadLayout.Detect(source, ModelConfig.Of(source), new(options.Layout, options.Heads, options.KeyValueHeads))
            ?? throw new InputException($"{source.Path} has no attention weights of a known layout ({string.Join(", ", HeadLayout.Names)}): it holds {Some(source.Tensors)}; --tensors PATTERN takes plain matrices.");
        return (layout, [], layout.Layers.SelectMany(layer => layer.Tensors).Any(name => IsSingle(source, name)));
    }

    private static bool IsSingle(ITensorSource source, string name) => source.TryGetInfo(name, out TensorInfo? info) && info.ElementType != ElementType.F64;

    private static string Some(IReadOnlyList<TensorInfo> tensors) =>
        tensors.Count == 0 ? "none" : string.Join(", ", tensors.Take(4).Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]")) + (tensors.Count > 4 ? $" and {tensors.Count - 4} more" : "");

    /// <summary>Rows and columns of a matrix, or of a stack of equal ones; null for other tensors.</summary>
    private static (long Count, long Rows, long Columns)? MatrixShape(TensorInfo tensor) => tensor.Shape switch
    {
        [> 0 and var rows, > 0 and var columns] => (1, rows, columns),
        [> 0 and var count, > 0 and var rows, > 0 and var columns] => (count, rows, columns),
        _ => null,
    };

    private static List<AnalysisRow> OfHeads(CheckpointSeries series, HeadLayout layout, AnalysisOptions options, double cutoff, IProgress<double>? progress, CancellationToken cancellation)
    {
        var rows = new List<AnalysisRow>();
        double done = 0, all = layout.Layers.Count * series.Checkpoints.Count;
        foreach (HeadLayer layer in layout.Layers)
        {
            (FactoredMatrix? QK, FactoredMatrix? OV)[] last = Read(series.Checkpoints[^1]), previous = [];
            for (int c = 0; c < series.Checkpoints.Count; c++)
            {
                cancellation.ThrowIfCancellationRequested();
                CheckpointReference checkpoint = series.Checkpoints[c];
                (FactoredMatrix? QK, FactoredMatrix? OV)[] now = c == series.Checkpoints.Count - 1 ? last : Read(checkpoint), before = previous;
                var measured = new AnalysisRow[now.Length];
                Parallel.For(0, now.Length, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i => measured[i] = new(
                    checkpoint.Step, layer.Index, i, null,
                    CircuitMeasures.Of(now[i].QK, before.Length > 0 ? before[i].QK : null, last[i].QK, byColumns: false, options.Directions, cutoff),
                    CircuitMeasures.Of(now[i].OV, before.Length > 0 ? before[i].OV : null, last[i].OV, byColumns: true, options.Directions, cutoff), null));
                rows.AddRange(measured);
                previous = now;
                progress?.Report(0.5 + 0.5 * ++done / all);
            }

            (FactoredMatrix? QK, FactoredMatrix? OV)[] Read(CheckpointReference checkpoint)
            {
                using ITensorSource source = series.Open(checkpoint);
                (FactoredMatrix? QK, FactoredMatrix? OV)[] circuits =
                [
                    .. layer.ReadHeads(source).AsParallel().AsOrdered().WithDegreeOfParallelism(Environment.ProcessorCount)
                        .Select(head => (Circuit(FactoredMatrix.TransposedProduct, head.Query, head.Key), Circuit(FactoredMatrix.Product, head.Output, head.Value))),
                ];
                CollectIfLarge(layer);
                return circuits;
            }
        }

        return [.. rows.OrderBy(row => row.Step).ThenBy(row => row.Layer).ThenBy(row => row.Head)];
    }

    /// <summary>Arrays of this size are collected late by themselves: half a gigabyte of dead ones stood beside 100 MB that were in use.</summary>
    private static void CollectIfLarge(HeadLayer layer)
    {
        if ((long)layer.Heads * layer.HeadDimension * layer.ModelDimension > 1 << 18)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
    }

    private static List<AnalysisRow> OfMatrices(CheckpointSeries series, string[] names, AnalysisOptions options, double cutoff, IProgress<double>? progress, CancellationToken cancellation)
    {
        int done = 0, all = names.Length * series.Checkpoints.Count;
        var rows = new List<AnalysisRow>[names.Length];
        try
        {
            Parallel.For(0, names.Length, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i => rows[i] = OfMatrix(names[i]));
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        return [.. rows.SelectMany(list => list).OrderBy(row => row.Step)];

        List<AnalysisRow> OfMatrix(string name)
        {
            var list = new List<AnalysisRow>();
            FactoredMatrix?[] last = Read(name, series.Checkpoints[^1]), previous = [];
            for (int c = 0; c < series.Checkpoints.Count; c++)
            {
                cancellation.ThrowIfCancellationRequested();
                FactoredMatrix?[] now = c == series.Checkpoints.Count - 1 ? last : Read(name, series.Checkpoints[c]);
                for (int i = 0; i < now.Length; i++)
                {
                    FactoredMatrix? before = i < previous.Length && Alike(previous[i], now[i]) ? previous[i] : null, end = i < last.Length && Alike(last[i], now[i]) ? last[i] : null;
                    list.Add(new(series.Checkpoints[c].Step, null, null, now.Length == 1 ? name : $"{name}[{i}]", null, null, CircuitMeasures.Of(now[i], before, end, byColumns: false, options.Directions, cutoff)));
                }

                previous = now;
                progress?.Report(0.5 + 0.5 * Interlocked.Increment(ref done) / all);
            }

            return list;
        }

        FactoredMatrix?[] Read(string name, CheckpointReference checkpoint)
        {
            using ITensorSource source = series.Open(checkpoint);
            if (!source.TryGetInfo(name, out TensorInfo? info) || MatrixShape(info) is not var (count, height, width))
                return [];
            double[] values = source.ReadDouble(name);
            return [.. Enumerable.Range(0, (int)count).Select(m =>
            {
                var matrix = new double[height, width];
                Buffer.BlockCopy(values, (int)(m * height * width) * sizeof(double), matrix, 0, matrix.Length * sizeof(double));
                return IsFinite(matrix) ? FactoredMatrix.Dense(matrix) : null;
            })];
        }
    }

    private static bool Alike(FactoredMatrix? a, FactoredMatrix? b) => a is not null && b is not null && a.Rows == b.Rows && a.Columns == b.Columns;

    /// <summary>A product; null where an entry is not finite, which the audit has said.</summary>
    private static FactoredMatrix? Circuit(Func<double[,], double[,], FactoredMatrix> product, double[,] left, double[,] right) => IsFinite(left) && IsFinite(right) ? product(left, right) : null;

    private static bool IsFinite(double[,] matrix)
    {
        foreach (double value in matrix)
        {
            if (!double.IsFinite(value))
                return false;
        }

        return true;
    }

    private static (IReadOnlyList<AnalysisTransition> Transitions, string? None) TransitionsOf(CheckpointAnalysis analysis)
    {
        int n = analysis.Steps.Count;
        if (n < LeastForTransitions)
            return ([], $"{n} checkpoints are too few to tell a transition from noise; {LeastForTransitions} or more are needed");

        // Samples in order: steps are often spaced by powers of two, and a detector wants even ones.
        var detector = new ChangePointDetector(n);
        var found = new List<AnalysisTransition>();
        foreach (IGrouping<string, AnalysisRow> subject in analysis.Rows.GroupBy(row => row.Subject, StringComparer.Ordinal))
        {
            AnalysisRow[] rows = [.. subject];
            if (rows.Length != n)
                continue;
            foreach ((string name, double[] values) in rows[0].Numbers().Select((number, i) => (number.Name, rows.Select(row => row.Numbers().ElementAt(i).Value).ToArray())))
            {
                if (IsForTransitions(name) && Array.TrueForAll(values, double.IsFinite))
                    found.AddRange(detector.Detect(new EvenSeries(0, 1, values), analysis.Options.Level).Select(change => Transition(rows[0].Layer, rows[0].Head, subject.Key, name, change)));
            }
        }

        for (int c = 0; c < (analysis.Losses?.Columns.Count ?? 0); c++)
        {
            double[] values = [.. analysis.Steps.Select(step => analysis.Losses!.At(c, step))];
            if (Array.TrueForAll(values, double.IsFinite))
                found.AddRange(detector.Detect(new EvenSeries(0, 1, values), analysis.Options.Level).Select(change => Transition(null, null, "loss", analysis.Losses!.Columns[c].Name, change)));
        }

        return ([.. found.OrderBy(t => t.FalseAlarmRate).ThenBy(t => t.Step)], null);

        AnalysisTransition Transition(int? layer, int? head, string subject, string measure, ChangePoint change) =>
            new(layer, head, subject, measure, StepAt(change.Position), StepAt(change.Earliest), StepAt(change.Latest), change.Size, change.FalseAlarmRate);

        double StepAt(double position)
        {
            int i = Math.Clamp((int)Math.Floor(position), 0, n - 2);
            return analysis.Steps[i] + Math.Clamp(position - i, 0, 1) * (analysis.Steps[i + 1] - analysis.Steps[i]);
        }
    }

    private static bool IsForTransitions(string name) =>
        name.EndsWith("ffectiveRank", StringComparison.Ordinal) && !name.Contains("ormalized", StringComparison.Ordinal) || name.EndsWith("tableRank", StringComparison.Ordinal) || name.EndsWith("orm", StringComparison.Ordinal);
}
