namespace Staircase.Checkpoints;

/// <summary>A line of a layout: which matrices a tensor holds, and what its axes are.</summary>
/// <param name="Matrices">The names of the matrices side by side in it: <c>q</c>, <c>k</c>, <c>v</c>, <c>o</c>, others for formulas, and
/// <c>_</c> for a part that is not read.</param>
/// <param name="Axes">Its axes, the slowest first.</param>
internal sealed record LayoutTensor(IReadOnlyList<string> Matrices, TensorPattern Name, IReadOnlyList<AxisFactor> Axes)
{
    /// <summary>Its axes as they are written.</summary>
    public string AxesText => $"[{string.Join(' ', Axes.Select(Plain))}]";

    /// <summary>Whether a factor is where the matrices of the tensor lie side by side.</summary>
    public bool IsSplit(AxisFactor factor) =>
        Matrices.Count > 1 && (factor.Number == Matrices.Count || factor.Parts.Count == Matrices.Count);

    /// <summary>Where one of its matrices lies for a head.</summary>
    /// <param name="part">Which of <see cref="Matrices"/>.</param>
    public MatrixView View(int part, int head, SizeSystem sizes)
    {
        long offset = 0;
        var axes = new List<(long Size, long Stride)>();
        Walk(Axes, 1);
        axes.Reverse(); // the last is the fastest
        for (int i = axes.Count - 2; i >= 0 && axes.Count > 2; i--)
        {
            if (axes[i].Stride == axes[i + 1].Size * axes[i + 1].Stride)
            {
                axes[i] = (axes[i].Size * axes[i + 1].Size, axes[i + 1].Stride);
                axes.RemoveAt(i + 1);
            }
        }

        (long Size, long Stride) rows = axes.Count > 0 ? axes[0] : (1, 1), columns = axes.Count > 1 ? axes[1] : (1, 1);
        return IsTransposed(part) ? new(offset, columns.Size, columns.Stride, rows.Size, rows.Stride)
            : new(offset, rows.Size, rows.Stride, columns.Size, columns.Stride);

        void Walk(IReadOnlyList<AxisFactor> factors, long stride)
        {
            for (int f = factors.Count - 1; f >= 0; f--)
            {
                AxisFactor factor = factors[f];
                long size = sizes.Length(factor);
                if (factor is { Symbol: "n", Divisor: null })
                    offset += head * stride;
                else if (factor is { Symbol: "k", Divisor: null })
                    offset += head / (sizes["n"]!.Value / size) * stride;
                else if (factor.Symbol == "n")
                    offset += head % size * stride;
                else if (IsSplit(factor) && factor.Number > 0)
                    offset += part * stride;
                else if (IsSplit(factor))
                    WalkParts(factor, stride);
                else if (factor.Parts.Count == 1)
                    Walk(factor.Parts[0], stride);
                else
                    axes.Add((size, stride));
                stride *= size;
            }
        }

        void WalkParts(AxisFactor factor, long stride)
        {
            for (int before = 0; before < part; before++)
                offset += stride * factor.Parts[before].Aggregate(1L, (length, own) => length * sizes.Length(own));
            if (factor.Parts[part] is not [{ Number: 1 }])
                Walk(factor.Parts[part], stride);
        }
    }

    /// <summary>Whether the stream's axis comes first in a query, key or value, or last in an output.</summary>
    private bool IsTransposed(int part) => Matrices[part] switch
    {
        "q" or "k" or "v" => Kept(part) is [{ IsStream: true }, { IsStream: false }, ..],
        "o" => Kept(part) is [.., { IsStream: false }, { IsStream: true }],
        _ => false,
    };

    /// <summary>The factors that are a matrix's own: not of heads, and not where matrices are split.</summary>
    public IReadOnlyList<AxisFactor> Kept(int part)
    {
        return [.. Axes.SelectMany(Own)];

        IEnumerable<AxisFactor> Own(AxisFactor factor) => factor.IsOfHeads || (IsSplit(factor) && factor.Number > 0) ? []
            : IsSplit(factor) ? factor.Parts[part] is [{ Number: 1 }] ? [] : factor.Parts[part].SelectMany(Own)
            : factor.Parts.Count == 1 ? factor.Parts[0].SelectMany(Own) : [factor];
    }

    private static string Plain(AxisFactor factor) => factor.ToString();
}

/// <summary>A matrix in a tensor: entry (i, j) is at offset + i·row stride + j·column stride.</summary>
internal readonly record struct MatrixView(long Offset, long Rows, long RowStride, long Columns, long ColumnStride)
{
    /// <summary>Copies it out of the tensor's values.</summary>
    public double[,] Read(double[] values)
    {
        var matrix = new double[Rows, Columns];
        if (matrix.Length == 0)
            return matrix;
        Span<double> all = System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref matrix[0, 0], matrix.Length);
        if (ColumnStride == 1)
        {
            for (int i = 0; i < Rows; i++)
                values.AsSpan((int)(Offset + i * RowStride), (int)Columns).CopyTo(all[(i * (int)Columns)..]);
            return matrix;
        }

        const int tile = 8; // a cache line of numbers, read and written as a whole
        for (int j0 = 0; j0 < Columns; j0 += tile)
        {
            for (int i = 0; i < Rows; i++)
            {
                for (int j = j0; j < Min(j0 + tile, Columns); j++)
                    matrix[i, j] = values[Offset + i * RowStride + j * ColumnStride];
            }
        }

        return matrix;
    }

    /// <summary>Puts a matrix of this size where it lies in the tensor.</summary>
    public void Write(double[,] matrix, double[] values)
    {
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Columns; j++)
                values[Offset + i * RowStride + j * ColumnStride] = matrix[i, j];
        }
    }
}
