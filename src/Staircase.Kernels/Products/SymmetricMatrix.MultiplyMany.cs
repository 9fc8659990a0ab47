using System.Buffers;

namespace Staircase.Kernels;

public static unsafe partial class SymmetricMatrix
{
    /// <summary>
    /// Computes <c>y_s = A x_s</c> for many vectors at once, each to the bits that
    /// <see cref="Multiply(int, ReadOnlySpan{double}, int, ReadOnlySpan{double}, Span{double})"/> gives it alone.
    /// </summary>
    /// <param name="size">Rows and columns of A.</param>
    /// <param name="matrix">A, row-major; elements below the diagonal are ignored and may be anything.</param>
    /// <param name="stride">Distance between the rows of A.</param>
    /// <param name="count">Number of vectors.</param>
    /// <param name="x">The vectors as rows of a row-major count x size matrix.</param>
    /// <param name="y">Receives the products, laid out like <paramref name="x"/>; it must not share memory with the inputs.</param>
    /// <remarks>
    /// Every element is read once for all vectors, and lanes belong to vectors, so that the work is that of a matrix product. What one
    /// vector adds up in eight lanes is added up here in eight sums, and in the same order. The workspace is rented.
    /// </remarks>
    /// <exception cref="ArgumentException">A size is negative, the stride is shorter than a row, or a span has the wrong
    /// length.</exception>
    [MethodImpl(AggressiveOptimization)]
    public static void MultiplyMany(
        int size, ReadOnlySpan<double> matrix, int stride, int count, ReadOnlySpan<double> x, Span<double> y)
    {
        RequireMatrix(matrix.Length, size, size, stride);
        RequireMatrix(x.Length, count, size, size);
        RequireMatrix(y.Length, count, size, size);
        if (size == 0 || count == 0)
            return;
        fixed (double* pa = matrix, px = x, py = y)
            LaneOperation.Run<double, Products>(new(size, pa, stride, count, px, py));
    }

    private readonly struct Products(int size, double* matrix, nint stride, int count, double* x, double* y) : ILaneOperation<double>
    {
        [MethodImpl(AggressiveInlining)]
        void ILaneOperation<double>.Run<TLanes, TVector>() => MultiplyMany<TLanes, TVector>(size, matrix, stride, count, x, y);
    }

    // Panels of two vectors' width of columns, one a vector x; rows beyond the last are filled up with zeros to a multiple of 8. A block
    // of rows of A is copied (its first elements, up to the diagonal, as zeros) and then serves all panels, for y of its columns and for
    // the sums over its rows: the two uses that the single product makes of it.
    [MethodImpl(AggressiveOptimization)]
    private static void MultiplyMany<TLanes, TVector>(int size, double* matrix, nint stride, int count, double* x, double* y)
        where TLanes : struct, ILanes<double, TVector>
        where TVector : struct
    {
        int R = TLanes.TileRows, width = TileKernel<double, TLanes, TVector>.PanelColumns, padded = (size + 7) / 8 * 8;
        int panels = (count + width - 1) / width, blockStride = padded % 16 == 0 ? padded + 8 : padded; // an odd number of cache lines
        nint panelLength = (nint)padded * width, tileLength = R * width;
        double[] rented = ArrayPool<double>.Shared.Rent(
            checked((int)((2 * panels * panelLength) + (R * blockStride) + (TLanes.Count * tileLength) + 8)));
        fixed (double* memory = rented)
        {
            double* xs = Tiles.Aligned(memory), ys = xs + (panels * panelLength), block = ys + (panels * panelLength);
            double* sums = block + (R * blockStride);
            new Span<double>(xs, checked((int)(2 * panels * panelLength))).Clear();
            for (int p = 0; p < panels; p++)
                Tiles.Turn(Math.Min(width, count - (p * width)), size, x + ((nint)p * width * size), size, false, xs + (p * panelLength), width);

            int row = 0;
            for (; row <= size - R; row += R)
            {
                CopyBlock(R, size, padded, matrix + (row * stride) + row, stride, row, block, blockStride);
                for (int p = 0; p < panels; p++)
                {
                    double* px = xs + (p * panelLength), py = ys + (p * panelLength);
                    for (int j = row; j < padded; j += R)
                    {
                        TileKernel<double, TLanes, TVector>.GoOn(
                            R, block + j - row, 1, blockStride, px + (row * width), width, py + (j * width), width);
                    }

                    AddSums<TLanes, TVector>(
                        padded - row, matrix + (row * stride) + row, stride, block, blockStride, px + (row * width), sums,
                        py + (row * width));
                }
            }

            for (int p = 0; p < panels; p++)
            {
                double* py = ys + (p * panelLength);
                AddLastRows<TLanes, TVector>(row, size, matrix, stride, xs + (p * panelLength), py, sums);
                Tiles.Turn(size, Math.Min(width, count - (p * width)), py, width, false, y + ((nint)p * width * size), size);
            }
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>Copies a block of rows from the diagonal on: zeros up to it, and behind the last column.</summary>
    private static void CopyBlock(
        int rows, int size, int padded, double* diagonal, nint stride, int row, double* block, nint blockStride)
    {
        for (int r = 0; r < rows; r++, diagonal += stride, block += blockStride)
        {
            new Span<double>(block, r + 1).Clear();
            new Span<double>(diagonal + r + 1, size - row - r - 1).CopyTo(new(block + r + 1, size - row - r - 1));
            new Span<double>(block + size - row, padded - size).Clear();
        }
    }

    /// <summary>y of the rows of a block += the sums over its columns, lane by lane, and the diagonal's share.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static void AddSums<TLanes, TVector>(
        int columns, double* diagonal, nint stride, double* block, nint blockStride, double* x, double* sums, double* y)
        where TLanes : struct, ILanes<double, TVector>
        where TVector : struct
    {
        int width = TileKernel<double, TLanes, TVector>.PanelColumns, tileLength = TLanes.TileRows * width;
        new Span<double>(sums, TLanes.Count * tileLength).Clear();
        for (int lane = 0; lane < TLanes.Count; lane++)
        {
            TileKernel<double, TLanes, TVector>.GoOn(
                columns / TLanes.Count, block + lane, blockStride, TLanes.Count, x + (lane * width), TLanes.Count * width,
                sums + (lane * tileLength), width);
        }

        for (int i = 0; i < tileLength; i += TLanes.Count)
        {
            // Neighbours first, as a vector is summed.
            for (int apart = 1; apart < TLanes.Count; apart *= 2)
            {
                for (int lane = 0; lane < TLanes.Count; lane += 2 * apart)
                {
                    double* left = sums + (lane * tileLength) + i;
                    TLanes.Store(TLanes.Add(TLanes.Load(left), TLanes.Load(left + (apart * tileLength))), left);
                }
            }

            TVector element = TLanes.Broadcast(diagonal[i / width * (stride + 1)]);
            TVector sum = TLanes.Add(TLanes.Load(sums + i), TLanes.Multiply(element, TLanes.Load(x + i)));
            TLanes.Store(TLanes.Add(TLanes.Load(y + i), sum), y + i);
        }
    }

    /// <summary>The rows after the last whole block; what blocks gathered for the last, partial vector of columns is added at the end.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static void AddLastRows<TLanes, TVector>(int first, int size, double* matrix, nint stride, double* x, double* y, double* kept)
        where TLanes : struct, ILanes<double, TVector>
        where TVector : struct
    {
        int width = TileKernel<double, TLanes, TVector>.PanelColumns, tail = size % TLanes.Count;
        int tailLength = tail * width;
        double* last = y + ((size - tail) * width);
        new Span<double>(last, tailLength).CopyTo(new(kept, tailLength));
        new Span<double>(last, tailLength).Clear();
        for (int row = first; row < size; row++)
        {
            double* a = matrix + (row * stride);
            for (int c = 0; c < width; c += TLanes.Count)
            {
                TVector own = TLanes.Load(x + (row * width) + c), sum = TLanes.Multiply(TLanes.Broadcast(a[row]), own);
                for (int j = row + 1; j < size; j++)
                {
                    TVector element = TLanes.Broadcast(a[j]);
                    double* yj = y + (j * width) + c;
                    sum = TLanes.Add(sum, TLanes.Multiply(element, TLanes.Load(x + (j * width) + c)));
                    TLanes.Store(TLanes.Add(TLanes.Load(yj), TLanes.Multiply(element, own)), yj);
                }

                double* yr = y + (row * width) + c;
                TLanes.Store(TLanes.Add(TLanes.Load(yr), sum), yr);
            }
        }

        for (int i = 0; i < tailLength; i += TLanes.Count)
            TLanes.Store(TLanes.Add(TLanes.Load(last + i), TLanes.Load(kept + i)), last + i);
    }
}
