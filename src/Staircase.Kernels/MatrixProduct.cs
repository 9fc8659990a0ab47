using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Staircase.Kernels;

/// <summary>Products of matrices, in single and double precision.</summary>
public static unsafe partial class MatrixProduct
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
    /// <param name="team">Threads that share a large product; null works on the caller's alone.</param>
    /// <remarks>
    /// Small products allocate nothing but 32 KiB of stack; large ones borrow memory from the shared pool. The bits of an entry depend on the
    /// values, on <paramref name="inner"/> and on <see cref="KernelHardware.VectorBits"/> only: each entry is summed in the order
    /// of the inner index, in blocks of 256, however many threads and whatever the other rows and columns.
    /// </remarks>
    /// <exception cref="ArgumentException">A size is negative, a stride is shorter than a row, or a span is too short for its matrix.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(
        int rows,
        int columns,
        int inner,
        T alpha,
        ReadOnlySpan<T> a,
        int aStride,
        bool transposeA,
        ReadOnlySpan<T> b,
        int bStride,
        bool transposeB,
        T beta,
        Span<T> c,
        int cStride,
        ThreadTeam? team = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KernelArguments.RequirePrecision<T>();
        KernelArguments.RequireMatrix(nameof(a), a.Length, transposeA ? inner : rows, transposeA ? rows : inner, aStride);
        KernelArguments.RequireMatrix(nameof(b), b.Length, transposeB ? columns : inner, transposeB ? inner : columns, bStride);
        KernelArguments.RequireMatrix(nameof(c), c.Length, rows, columns, cStride);
        if (rows == 0 || columns == 0)
            return;

        fixed (T* pa = a, pb = b, pc = c)
            Dispatch(rows, columns, inner, alpha, pa, aStride, transposeA, pb, bStride, transposeB, beta, pc, cStride, team);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Dispatch<T>(
        int rows, int columns, int inner, T alpha,
        T* a, nint aStride, bool transposeA,
        T* b, nint bStride, bool transposeB,
        T beta, T* c, nint cStride, ThreadTeam? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<T, Lanes512<T>, Vector512<T>>(rows, columns, inner, alpha, a, aStride, transposeA, b, bStride, transposeB, beta, c, cStride, team);
        else if (Vector256.IsHardwareAccelerated)
            Multiply<T, Lanes256<T>, Vector256<T>>(rows, columns, inner, alpha, a, aStride, transposeA, b, bStride, transposeB, beta, c, cStride, team);
        else if (Vector128.IsHardwareAccelerated)
            Multiply<T, Lanes128<T>, Vector128<T>>(rows, columns, inner, alpha, a, aStride, transposeA, b, bStride, transposeB, beta, c, cStride, team);
        else
            Multiply<T, ScalarLanes<T>, T>(rows, columns, inner, alpha, a, aStride, transposeA, b, bStride, transposeB, beta, c, cStride, team);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<T, TLanes, TVector>(
        int rows, int columns, int inner, T alpha,
        T* a, nint aStride, bool transposeA,
        T* b, nint bStride, bool transposeB,
        T beta, T* c, nint cStride, ThreadTeam? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        if (PackedProduct.Pays(rows, columns, inner))
            PackedProduct.Multiply<T, TLanes, TVector>(rows, columns, inner, alpha, a, aStride, transposeA, b, bStride, transposeB, beta, c, cStride, team);
        else
            InPlace<T, TLanes, TVector>(rows, columns, inner, alpha, a, transposeA ? 1 : aStride, transposeA ? aStride : 1, b, bStride, transposeB, beta, c, cStride);
    }

    // Blocks of the inner index, then panels of columns, then tiles of rows. B is packed into a panel only where its
    // vectors would be strided (transposed), would reach over the last column, or are read often enough to pay for the
    // copy; A is read by broadcasts and never packed.
    // Measured on one AVX-512 core: 64 x 64 x 64 in 9.7 to 10.5 us (50 to 54 Gflop/s) at best in all four transpose cases,
    // and in 13 to 16 us (33 to 39 Gflop/s) while neighbours load the machine.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void InPlace<T, TLanes, TVector>(
        int rows, int columns, int inner, T alpha,
        T* a, nint aRowStep, nint aInnerStep,
        T* b, nint bStride, bool transposeB,
        T beta, T* c, nint cStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int panelColumns = TileKernel.PanelColumns<T, TLanes, TVector>();
        T* memory = stackalloc T[TileKernel.MaxTile<T>() + (Math.Min(inner, TileKernel.InnerBlock) * panelColumns) + (64 / sizeof(T))];
        T* tile = (T*)(((nint)memory + 63) & ~63);   // whole cache lines
        T* scratch = tile + TileKernel.MaxTile<T>();

        int k = 0;
        do
        {
            int depth = Math.Min(inner - k, TileKernel.InnerBlock);
            for (int j = 0; j < columns; j += panelColumns)
            {
                int width = Math.Min(columns - j, panelColumns);
                T* panel = scratch;
                nint panelStep = panelColumns;
                if (transposeB)
                {
                    TileKernel.PackTransposed<T, TLanes, TVector>(depth, b + (j * bStride) + k, bStride, width, scratch);
                }
                else if (width < panelColumns || rows > PackRows)
                {
                    TileKernel.Pack<T, TLanes, TVector>(depth, b + (k * bStride) + j, bStride, width, scratch);
                }
                else
                {
                    panel = b + (k * bStride) + j;
                    panelStep = bStride;
                }

                for (int i = 0; i < rows; i += TLanes.TileRows)
                {
                    int height = Math.Min(rows - i, TLanes.TileRows);
                    T* left = a + (i * aRowStep) + (k * aInnerStep), target = c + (i * cStride) + j;
                    if (height == TLanes.TileRows && (width == panelColumns || width == TLanes.Count))
                    {
                        TileKernel.Compute<T, TLanes, TVector>(depth, left, aRowStep, aInnerStep, panel, panelStep, height, width, alpha, beta, target, cStride);
                    }
                    else
                    {
                        TileKernel.Compute<T, TLanes, TVector>(depth, left, aRowStep, aInnerStep, panel, panelStep, height, width, T.One, T.Zero, tile, panelColumns);
                        Merge<T, TLanes, TVector>(alpha, tile, beta, target, cStride, height, width);
                    }
                }
            }

            beta = T.One;
            k += TileKernel.InnerBlock;
        }
        while (k < inner);
    }

    /// <summary>Puts a tile of the product into C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Merge<T, TLanes, TVector>(
        T alpha, T* tile, T beta, T* c, nint cStride, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
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
                    if (beta != T.Zero)
                        product = TLanes.MultiplyAdd(betas, TLanes.Load(c + j), product);
                    TLanes.Store(product, c + j);
                }
                else
                {
                    if (beta != T.Zero)
                        product = TLanes.MultiplyAdd(betas, TLanes.LoadFirst(c + j, count), product);
                    TLanes.StoreFirst(product, c + j, count);
                }
            }
        }
    }
}
