namespace Staircase.Kernels;

/// <summary>Rows of a table, looked up by number.</summary>
public static class Embedding
{
    /// <summary>y_i = table_{indices[i]}.</summary>
    /// <param name="columns">Columns of the table.</param>
    /// <param name="table">The table, row after row.</param>
    /// <param name="indices">Rows of the table.</param>
    /// <param name="y">Receives one row for each index.</param>
    /// <exception cref="ArgumentException">A span has the wrong length, or an index is no row.</exception>
    public static void Gather<T>(int columns, ReadOnlySpan<T> table, ReadOnlySpan<int> indices, Span<T> y)
        where T : unmanaged
    {
        RequireIndices(indices, RequireRows(table, columns));
        RequireLength(y, indices.Length * columns);
        for (int i = 0; i < indices.Length; i++)
            table.Slice(indices[i] * columns, columns).CopyTo(y[(i * columns)..]);
    }

    /// <summary>dTable_{indices[i]} += dy_i, in the order of i, so that repeated indices always give the same bits.</summary>
    /// <param name="columns">Columns of the table.</param>
    /// <param name="dy">∂L/∂y, one row for each index.</param>
    /// <param name="indices">Rows of the table.</param>
    /// <param name="dTable">∂L/∂table is added.</param>
    /// <exception cref="ArgumentException">A span has the wrong length, or an index is no row.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void ScatterAdd<T>(int columns, ReadOnlySpan<T> dy, ReadOnlySpan<int> indices, Span<T> dTable)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireIndices(indices, RequireRows(dTable, columns));
        RequireLength(dy, indices.Length * columns);
        for (int i = 0; i < indices.Length; i++)
            VectorKernels.AddScaled(T.One, dy.Slice(i * columns, columns), dTable.Slice(indices[i] * columns, columns));
    }
}
