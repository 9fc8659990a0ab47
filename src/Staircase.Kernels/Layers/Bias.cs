namespace Staircase.Kernels;

/// <summary>A bias, the same for every row.</summary>
/// <remarks>Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.</remarks>
public static unsafe class Bias
{
    private const int ColumnBlock = 256;

    /// <summary>x_ij += bias_j.</summary>
    /// <param name="bias">One for each column.</param>
    /// <param name="x">rows × columns, updated.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> is not whole rows.</exception>
    public static void Add<T>(ReadOnlySpan<T> bias, Span<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columns = bias.Length, rows = RequireRows(x, columns);
        for (int i = 0; i < rows; i++)
            VectorKernels.AddScaled(T.One, bias, x.Slice(i * columns, columns));
    }

    /// <summary>dBias_j += Σ_i dy_ij, summed in double over the rows in their order.</summary>
    /// <param name="dy">∂L/∂y, rows × columns.</param>
    /// <param name="dBias">∂L/∂bias is added, one for each column.</param>
    /// <exception cref="ArgumentException"><paramref name="dy"/> is not whole rows.</exception>
    [MethodImpl(AggressiveOptimization)]
    public static void Reduce<T>(ReadOnlySpan<T> dy, Span<T> dBias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePrecision<T>();
        int columns = dBias.Length, rows = RequireRows(dy, columns);
        Span<double> sums = stackalloc double[ColumnBlock];
        for (int first = 0; first < columns; first += ColumnBlock)
        {
            Span<double> block = sums[..Math.Min(ColumnBlock, columns - first)];
            block.Clear();
            for (int i = 0; i < rows; i++)
                VectorKernels.AddTo(dy.Slice((i * columns) + first, block.Length), block);
            for (int j = 0; j < block.Length; j++)
                dBias[first + j] += T.CreateTruncating(block[j]);
        }
    }
}
