using System.Runtime.InteropServices;

namespace Staircase.Checkpoints;

/// <summary>A way of storing attention weights. A new one is one class, named in <see cref="HeadLayout"/>.</summary>
/// <param name="name">Its name.</param>
/// <param name="pattern">The name of that tensor of a layer by which others are found, for <see cref="LayoutEvidence.Matching"/>.</param>
internal abstract class LayoutFamily(string name, string pattern)
{
    public string Name => name;

    /// <summary>Whether a checkpoint has this layout rather than another of the same tensor names.</summary>
    public bool Fits(LayoutEvidence evidence) =>
        evidence.Matching(pattern).FirstOrDefault() is { Name: { } first } match && Fits(evidence, first, match.Prefix);

    /// <summary>The layers; what cannot be read is skipped with a reason.</summary>
    public IEnumerable<HeadLayer> Find(LayoutEvidence evidence) =>
        evidence.Matching(pattern).Select(match => Recognize(evidence, match.Name, match.Layer, match.Prefix)).OfType<HeadLayer>();

    protected virtual bool Fits(LayoutEvidence evidence, string first, string p) => true;

    /// <summary>The layer of a tensor whose name matches, with <paramref name="p"/> before it; null where it is skipped.</summary>
    protected abstract HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p);

    protected static HeadLayer Layer(
        LayoutEvidence evidence, int index, long n, long k, long h, long d, string[] tensors,
        Func<Func<string, double[]>, int, HeadWeights> head)
    {
        var shapes = tensors.ToDictionary(name => name, name => evidence.Shape(name)!, StringComparer.Ordinal);
        return new(index, (int)n, (int)k, (int)h, (int)d, tensors)
        {
            Read = source =>
            {
                var values = new Dictionary<string, double[]>(StringComparer.Ordinal);
                foreach ((string name, long[] shape) in shapes)
                {
                    if (!source.TryGetInfo(name, out TensorInfo? info) || !info.Shape.SequenceEqual(shape))
                    {
                        throw new ErrorContext(source.Path, name).Fail(
                            null, info is null ? "no such tensor" : $"shape {TensorShape.Format(info.Shape.AsSpan())}",
                            $"{TensorShape.Format(shape)}, as in the checkpoint that the layout was found in");
                    }

                    values[name] = source.ReadDouble(name);
                }

                var heads = new HeadWeights[n];
                Parallel.For(
                    0, heads.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                    i => heads[i] = head(name => values[name], i));
                return heads;
            },
        };
    }

    /// <summary>So many rows of a matrix in C order of the given width.</summary>
    protected static double[,] Rows(double[] values, long width, long first, long count) => Block(values, width, first, count, 0, width);

    /// <summary>So many of its columns.</summary>
    protected static double[,] Columns(double[] values, long width, long first, long count) =>
        Block(values, width, 0, values.Length / Math.Max(width, 1), first, count);

    /// <summary>The transpose of rows.</summary>
    protected static double[,] RowsTransposed(double[] values, long width, long first, long count) =>
        BlockTransposed(values, width, first, count, 0, width);

    /// <summary>The transpose of columns.</summary>
    protected static double[,] ColumnsTransposed(double[] values, long width, long first, long count) =>
        BlockTransposed(values, width, 0, values.Length / Math.Max(width, 1), first, count);

    protected static double[,] Identity(long n)
    {
        var identity = new double[n, n];
        for (long i = 0; i < n; i++)
            identity[i, i] = 1;
        return identity;
    }

    protected static string Describe(ReadOnlySpan<long> shape) => TensorShape.Format(shape);

    private static double[,] Block(double[] values, long width, long firstRow, long rows, long firstColumn, long columns)
    {
        var block = new double[rows, columns];
        Span<double> all = MemoryMarshal.CreateSpan(ref block[0, 0], block.Length);
        for (int i = 0; i < rows; i++)
            values.AsSpan((int)((firstRow + i) * width + firstColumn), (int)columns).CopyTo(all[(i * (int)columns)..]);
        return block;
    }

    private static double[,] BlockTransposed(double[] values, long width, long firstRow, long rows, long firstColumn, long columns)
    {
        const int tile = 8; // a cache line of numbers, read and written as a whole
        var block = new double[columns, rows];
        for (int i0 = 0; i0 < rows; i0 += tile)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int i = i0; i < Math.Min(i0 + tile, rows); i++)
                    block[j, i] = values[(firstRow + i) * width + firstColumn + j];
            }
        }

        return block;
    }
}
