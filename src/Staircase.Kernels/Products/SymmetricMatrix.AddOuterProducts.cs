namespace Staircase.Kernels;

public static unsafe partial class SymmetricMatrix
{
    /// <summary>
    /// Adds the outer products of vectors to rows of a symmetric matrix:
    /// <c>M[i, j] += Σ_s f_s[i] f_s[j]</c> for <c>firstRow ≤ i &lt; lastRow</c> and <c>j ≥ i</c>.
    /// </summary>
    /// <param name="size">Length of each vector; rows and columns of M.</param>
    /// <param name="count">Number of vectors.</param>
    /// <param name="vectors">The vectors f_s as rows of a row-major count x size matrix.</param>
    /// <param name="vectorStride">Distance between the vectors.</param>
    /// <param name="matrix">M, row-major, whole (its first element is M[0, 0]); only the upper triangle of the given rows is touched. It
    /// must not share memory with the vectors.</param>
    /// <param name="matrixStride">Distance between the rows of M.</param>
    /// <param name="firstRow">First row to update.</param>
    /// <param name="lastRow">Row after the last one to update.</param>
    /// <remarks>
    /// Threads may update disjoint ranges of rows at the same time. The bits of an entry depend on the values,
    /// <paramref name="count"/> and <see cref="KernelHardware.VectorBits"/> only, not on the range: each block of 256
    /// vectors is summed in order and then added to M. Nothing is allocated but 35 KiB of stack.
    /// </remarks>
    /// <exception cref="ArgumentException">A size is negative, a stride is shorter than a row, a span is too short, or the rows lie outside
    /// the matrix.</exception>
    [MethodImpl(AggressiveOptimization)]
    public static void AddOuterProducts(
        int size, int count, ReadOnlySpan<double> vectors, int vectorStride, Span<double> matrix, int matrixStride,
        int firstRow, int lastRow)
    {
        RequireMatrix(vectors.Length, count, size, vectorStride);
        RequireMatrix(matrix.Length, size, size, matrixStride);
        RequireRange(firstRow, lastRow, size);
        fixed (double* pf = vectors, pm = matrix)
            LaneOperation.Run<double, OuterProducts>(new(size, count, pf, vectorStride, pm, matrixStride, firstRow, lastRow));
    }

    private readonly struct OuterProducts(
        int size, int count, double* vectors, nint vectorStride, double* matrix, nint matrixStride, int firstRow, int lastRow)
        : ILaneOperation<double>
    {
        [MethodImpl(AggressiveInlining)]
        void ILaneOperation<double>.Run<TLanes, TVector>() =>
            SymmetricLanes<TLanes, TVector>.AddOuterProducts(size, count, vectors, vectorStride, matrix, matrixStride, firstRow, lastRow);
    }
}

internal static unsafe partial class SymmetricLanes<TLanes, TVector>
{
    // The matrix product FᵀF over the tiles that touch the upper triangle. Measured on one shared AVX-512 core, counting
    // count * size² operations: 34 to 51 Gflop/s at size 360, 24 to 37 at 60, 21 to 40 at 1000, where the rows of F lie on as many
    // pages as there are vectors.
    [MethodImpl(AggressiveOptimization)]
    [SkipLocalsInit]
    public static void AddOuterProducts(
        int size, int count, double* vectors, nint vectorStride, double* matrix, nint matrixStride, int firstRow, int lastRow)
    {
        int panelColumns = TileKernel<double, TLanes, TVector>.PanelColumns;
        int tileLength = TileKernel<double, TLanes, TVector>.MaxTile;
        double* memory = stackalloc double[tileLength + Min(count, Tiles.InnerBlock) * panelColumns + 8];
        double* tile = Tiles.Aligned(memory), panel = tile + tileLength;

        for (int s = 0; s < count; s += Tiles.InnerBlock)
        {
            int depth = Min(count - s, Tiles.InnerBlock);
            double* block = vectors + s * vectorStride;

            // Panels lie at multiples of their width, so that the first one may begin left of the first row.
            for (int j = firstRow - firstRow % panelColumns; j < size; j += panelColumns)
            {
                int width = Min(size - j, panelColumns);
                TileKernel<double, TLanes, TVector>.Pack(depth, block + j, vectorStride, width, panel);
                int end = Min(lastRow, j + width);
                for (int i = firstRow; i < end; i += TLanes.TileRows)
                {
                    int height = Min(end - i, TLanes.TileRows);
                    TileKernel<double, TLanes, TVector>.Compute(
                        depth, block + i, 1, vectorStride, panel, panelColumns, height, width, 1, 0, tile, panelColumns);
                    AddTile(tile, matrix + i * matrixStride + j, matrixStride, height, width, i - j);
                }
            }
        }
    }

    /// <summary>
    /// Adds a tile to M from the diagonal on, which is in column <paramref name="diagonal"/> (maybe negative) of the tile's first row.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    private static void AddTile(double* tile, double* matrix, nint matrixStride, int rows, int columns, int diagonal)
    {
        int width = 2 * TLanes.Count;
        for (int r = 0; r < rows; r++, diagonal++, tile += width, matrix += matrixStride)
        {
            if (diagonal <= 0 && columns == width)
            {
                TLanes.Store(TLanes.Add(TLanes.Load(matrix), TLanes.Load(tile)), matrix);
                TLanes.Store(TLanes.Add(TLanes.Load(matrix + TLanes.Count), TLanes.Load(tile + TLanes.Count)), matrix + TLanes.Count);
                continue;
            }

            for (int j = Max(diagonal, 0); j < columns; j++)
                matrix[j] += tile[j];
        }
    }
}
