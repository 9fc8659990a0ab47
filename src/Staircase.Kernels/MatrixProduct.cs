using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Staircase.Kernels;

/// <summary>The product of two small or middle-sized matrices.</summary>
public static unsafe class MatrixProduct
{
    // More rows than this read each panel of B so often that an aligned, contiguous copy pays: 256 x 256 x 256 took
    // 630 us in place at best (the stride of 2 KiB aliases in the first-level cache) and takes 530 us packed.
    private const int PackRows = 32;

    /// <summary>Computes <c>C = alpha * op(A) * op(B) + beta * C</c> for row-major matrices, where op may transpose.</summary>
    /// <param name="rows">Rows of op(A) and of C.</param>
    /// <param name="columns">Columns of op(B) and of C.</param>
    /// <param name="inner">Columns of op(A) and rows of op(B); with 0 the product is zero.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="a">The matrix A: rows x inner, or inner x rows when <paramref name="transposeA"/>.</param>
    /// <param name="aStride">Distance between the rows of A as stored.</param>
    /// <param name="transposeA">Whether op(A) is the transpose of A.</param>
    /// <param name="b">The matrix B: inner x columns, or columns x inner when <paramref name="transposeB"/>.</param>
    /// <param name="bStride">Distance between the rows of B as stored.</param>
    /// <param name="transposeB">Whether op(B) is the transpose of B.</param>
    /// <param name="beta">Factor of the old C; with 0 the old C is overwritten unread, even where it is NaN.</param>
    /// <param name="c">The matrix C, rows x columns; it must not share elements with A or B.</param>
    /// <param name="cStride">Distance between the rows of C; elements between the rows are not touched.</param>
    /// <remarks>
    /// Single-threaded; allocates nothing but 32 KiB of stack. The bits of an entry depend on the values, on
    /// <paramref name="inner"/> and on <see cref="KernelHardware.VectorBits"/> only: each entry is summed in the order
    /// of the inner index, in blocks of 256.
    /// </remarks>
    /// <exception cref="ArgumentException">A size is negative, a stride is shorter than a row, or a span is too short for its matrix.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        int rows,
        int columns,
        int inner,
        double alpha,
        ReadOnlySpan<double> a,
        int aStride,
        bool transposeA,
        ReadOnlySpan<double> b,
        int bStride,
        bool transposeB,
        double beta,
        Span<double> c,
        int cStride)
    {
        KernelArguments.RequireMatrix(nameof(a), a.Length, transposeA ? inner : rows, transposeA ? rows : inner, aStride);
        KernelArguments.RequireMatrix(nameof(b), b.Length, transposeB ? columns : inner, transposeB ? inner : columns, bStride);
        KernelArguments.RequireMatrix(nameof(c), c.Length, rows, columns, cStride);
        if (rows == 0 || columns == 0)
            return;

        fixed (double* pa = a, pb = b, pc = c)
        {
            nint aRowStep = transposeA ? 1 : aStride;
            nint aInnerStep = transposeA ? aStride : 1;
            if (Vector512.IsHardwareAccelerated)
                Multiply<Lanes512, Vector512<double>>(rows, columns, inner, alpha, pa, aRowStep, aInnerStep, pb, bStride, transposeB, beta, pc, cStride);
            else if (Vector256.IsHardwareAccelerated)
                Multiply<Lanes256, Vector256<double>>(rows, columns, inner, alpha, pa, aRowStep, aInnerStep, pb, bStride, transposeB, beta, pc, cStride);
            else if (Vector128.IsHardwareAccelerated)
                Multiply<Lanes128, Vector128<double>>(rows, columns, inner, alpha, pa, aRowStep, aInnerStep, pb, bStride, transposeB, beta, pc, cStride);
            else
                Multiply<Lanes64, double>(rows, columns, inner, alpha, pa, aRowStep, aInnerStep, pb, bStride, transposeB, beta, pc, cStride);
        }
    }

    // Blocks of the inner index, then panels of columns, then tiles of rows. B is packed into a panel only where its
    // vectors would be strided (transposed), would reach over the last column, or are read often enough to pay for the
    // copy; A is read by broadcasts and never packed.
    // Measured on one AVX-512 core: 64 x 64 x 64 in 9.7 to 10.5 us (50 to 54 Gflop/s) at best in all four transpose cases,
    // and in 13 to 16 us (33 to 39 Gflop/s) while neighbours load the machine.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void Multiply<TLanes, TVector>(
        int rows, int columns, int inner, double alpha,
        double* a, nint aRowStep, nint aInnerStep,
        double* b, nint bStride, bool transposeB,
        double beta, double* c, nint cStride)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int panelColumns = TileKernel.PanelColumns<TLanes, TVector>();
        double* memory = stackalloc double[TileKernel.MaxTile + (Math.Min(inner, TileKernel.InnerBlock) * panelColumns) + 8];
        double* tile = (double*)(((nint)memory + 63) & ~63);   // whole cache lines
        double* scratch = tile + TileKernel.MaxTile;

        int k = 0;
        do
        {
            int depth = Math.Min(inner - k, TileKernel.InnerBlock);
            for (int j = 0; j < columns; j += panelColumns)
            {
                int width = Math.Min(columns - j, panelColumns);
                double* panel = scratch;
                nint panelStep = panelColumns;
                if (transposeB)
                {
                    TileKernel.PackTransposed<TLanes, TVector>(depth, b + (j * bStride) + k, bStride, width, scratch);
                }
                else if (width < panelColumns || rows > PackRows)
                {
                    TileKernel.Pack<TLanes, TVector>(depth, b + (k * bStride) + j, bStride, width, scratch);
                }
                else
                {
                    panel = b + (k * bStride) + j;
                    panelStep = bStride;
                }

                for (int i = 0; i < rows; i += TLanes.TileRows)
                {
                    int height = Math.Min(rows - i, TLanes.TileRows);
                    TileKernel.Compute<TLanes, TVector>(
                        depth, a + (i * aRowStep) + (k * aInnerStep), aRowStep, aInnerStep, panel, panelStep, height, width, tile);
                    Merge<TLanes, TVector>(alpha, tile, beta, c + (i * cStride) + j, cStride, height, width);
                }
            }

            beta = 1;
            k += TileKernel.InnerBlock;
        }
        while (k < inner);
    }

    /// <summary>Puts a tile of the product into C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Merge<TLanes, TVector>(
        double alpha, double* tile, double beta, double* c, nint cStride, int rows, int columns)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector alphas = TLanes.Broadcast(alpha);
        TVector betas = TLanes.Broadcast(beta);
        for (; rows > 0; rows--, c += cStride, tile += 2 * TLanes.Count)
        {
            for (int j = 0; j < columns; j += TLanes.Count)
            {
                int count = columns - j;
                TVector product = TLanes.Multiply(alphas, TLanes.Load(tile + j));
                if (count >= TLanes.Count)
                {
                    if (beta != 0)
                        product = TLanes.MultiplyAdd(betas, TLanes.Load(c + j), product);
                    TLanes.Store(product, c + j);
                }
                else
                {
                    if (beta != 0)
                        product = TLanes.MultiplyAdd(betas, TLanes.LoadFirst(c + j, count), product);
                    TLanes.StoreFirst(product, c + j, count);
                }
            }
        }
    }
}
