using System.Runtime.ExceptionServices;

namespace Staircase.Lab;

/// <summary>
/// Measures a series of checkpoints: a layer or a tensor at a time, so that memory does not grow with the number of checkpoints.
/// </summary>
internal sealed class SeriesMeasurement(
    MeasuredSeries series, AnalysisOptions options, double cutoff, IProgress<double>? progress, CancellationToken cancellation)
{
    private readonly ParallelOptions _parallel =
        new() { CancellationToken = cancellation, MaxDegreeOfParallelism = ThreadTeam.SharedThreads };
    private int _done;

    /// <summary>A row a head, by step, module, layer and head.</summary>
    public List<AnalysisRow> OfHeads(HeadLayout layout)
    {
        var rows = new List<AnalysisRow>();
        HeadLayer[] layers = [.. layout.Layers.Where(layer => options.Layers?.Contains(layer.Index) ?? true)];
        RequireAll(options.Layers, layout.Layers.Select(layer => layer.Index), "layer");
        RequireAll(options.Heads, layers.SelectMany(layer => Range(0, layer.Heads)), "head");
        foreach (HeadLayer layer in layers)
        {
            int[] heads = [.. Range(0, layer.Heads).Where(head => options.Heads?.Contains(head) ?? true)];
            foreach (var (step, now, before, last) in Course(checkpoint => Circuits(layer, checkpoint), layers.Length))
            {
                var measured = new AnalysisRow[heads.Length];
                Parallel.For(0, heads.Length, _parallel, k =>
                {
                    int i = heads[k];
                    measured[k] = new(step, layer.Module, layer.Index, i, Tensor: null,
                        Measure(now[i].QK, before?[i].QK, last[i].QK, byColumns: false),
                        Measure(now[i].OV, before?[i].OV, last[i].OV, byColumns: true), Matrix: null);
                });
                rows.AddRange(measured);
            }
        }

        return [.. rows.OrderBy(row => row.Step)]; // within a step they stand by module, layer and head
    }

    private static void RequireAll(IReadOnlyList<int>? wanted, IEnumerable<int> there, string what)
    {
        int[] known = [.. there.Distinct().Order()];
        foreach (int index in (wanted ?? []).Except(known))
        {
            string range = known.Length > 0 ? $"{what}s are {known[0]} to {known[^1]}" : "there are none";
            throw new InputException($"there is no {what} {index}: {range}.");
        }
    }

    /// <summary>A row a matrix, by step, in the order of the names.</summary>
    public List<AnalysisRow> OfMatrices(string[] names)
    {
        var rows = new List<AnalysisRow>[names.Length];
        try
        {
            Parallel.For(0, names.Length, _parallel, i => rows[i] = [.. OfMatrix(names[i], names.Length)]);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        return [.. rows.SelectMany(list => list).OrderBy(row => row.Step)];
    }

    /// <summary>Rows and columns of a matrix, or of a stack of equal ones; null for other tensors.</summary>
    public static (long Count, long Rows, long Columns)? MatrixShape(TensorInfo tensor) => tensor.Shape switch
    {
        [> 0 and var rows, > 0 and var columns] => (1, rows, columns),
        [> 0 and var count, > 0 and var rows, > 0 and var columns] => (count, rows, columns),
        _ => null,
    };

    /// <summary>One checkpoint after the other, with what was before and what is at the end, which is read once.</summary>
    /// <param name="read">Reads what is measured.</param>
    /// <param name="courses">How many of these there are, for the progress.</param>
    private IEnumerable<(long Step, T[] Now, T[]? Before, T[] Last)> Course<T>(Func<CheckpointReference, T[]> read, int courses)
    {
        T[] last = read(series.Checkpoints[^1]);
        T[]? before = null;
        foreach (CheckpointReference checkpoint in series.Checkpoints)
        {
            cancellation.ThrowIfCancellationRequested();
            T[] now = checkpoint == series.Checkpoints[^1] ? last : read(checkpoint);
            yield return (checkpoint.Step, now, before, last);
            before = now;
            progress?.Report(0.5 + 0.5 * Interlocked.Increment(ref _done) / ((double)courses * series.Checkpoints.Count));
        }
    }

    private CircuitMeasures Measure(FactoredMatrix? matrix, FactoredMatrix? before, FactoredMatrix? last, bool byColumns) =>
        new(matrix is null ? null : new CircuitInTime(matrix, before, last, byColumns, options.Directions, cutoff));

    private (FactoredMatrix? QK, FactoredMatrix? OV)[] Circuits(HeadLayer layer, CheckpointReference checkpoint)
    {
        using ITensorSource source = series.Open(checkpoint);
        (FactoredMatrix? QK, FactoredMatrix? OV)[] circuits =
        [
            .. layer.ReadHeads(source).AsParallel().AsOrdered().WithDegreeOfParallelism(ThreadTeam.SharedThreads).Select(head =>
                (Circuit(FactoredMatrix.TransposedProduct, head.Query, head.Key),
                    Circuit(FactoredMatrix.Product, head.Output, head.Value))),
        ];

        // Arrays of this size are collected late by themselves: half a gigabyte of dead ones stood beside 100 MB that were in use.
        if ((long)layer.Heads * layer.HeadDimension * layer.ModelDimension > 1 << 18)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        return circuits;
    }

    /// <summary>A product; null where an entry is not finite, which the audit has said.</summary>
    private static FactoredMatrix? Circuit(Func<double[,], double[,], FactoredMatrix> product, double[,] left, double[,] right) =>
        IsFinite(left) && IsFinite(right) && product(left, right) is var circuit
            && circuit.SingularValues.All(double.IsFinite) ? circuit : null; // finite weights may have a product that is not

    private IEnumerable<AnalysisRow> OfMatrix(string name, int names)
    {
        foreach (var (step, now, before, last) in Course(checkpoint => Matrices(name, checkpoint), names))
        {
            for (int i = 0; i < now.Length; i++)
            {
                CircuitMeasures measures = Measure(now[i], Alike(before, now, i), Alike(last, now, i), byColumns: false);
                string tensor = now.Length == 1 ? name : $"{name}[{i}]";
                yield return new(step, Module: null, Layer: null, Head: null, tensor, QK: null, OV: null, measures);
            }
        }
    }

    /// <summary>The same matrix at another time; null where it is missing there or of another shape.</summary>
    private static FactoredMatrix? Alike(FactoredMatrix?[]? other, FactoredMatrix?[] now, int i) =>
        i < other?.Length && other[i] is { } matrix && matrix.Rows == now[i]?.Rows && matrix.Columns == now[i]?.Columns ? matrix : null;

    private FactoredMatrix?[] Matrices(string name, CheckpointReference checkpoint)
    {
        using var source = new DecodedSource(series.Open(checkpoint));
        if (!source.TryGetInfo(name, out TensorInfo? info) || MatrixShape(info) is not var (count, height, width))
            return [];
        double[] values = source.ReadDouble(name);
        return [.. Range(0, (int)count).Select(m =>
        {
            var matrix = new double[height, width];
            Buffer.BlockCopy(values, (int)(m * height * width) * sizeof(double), matrix, 0, matrix.Length * sizeof(double));
            return IsFinite(matrix) ? FactoredMatrix.Dense(matrix) : null;
        })];
    }

    private static bool IsFinite(double[,] matrix)
    {
        foreach (double value in matrix)
        {
            if (!double.IsFinite(value))
                return false;
        }

        return true;
    }
}
