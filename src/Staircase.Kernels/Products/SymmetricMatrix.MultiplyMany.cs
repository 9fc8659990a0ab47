using System.Buffers;

namespace Staircase.Kernels;

public static unsafe partial class SymmetricMatrix
{
    private const int PassLength = 3 << 17; // numbers of the vectors and their products that one pass over A serves: 3 MiB

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
        void ILaneOperation<double>.Run<TLanes, TVector>()
        {
            int width = TileKernel<double, TLanes, TVector>.PanelColumns, most = Max(1, PassLength / (2 * size * width)) * width;
            for (int first = 0; first < count; first += most)
            {
                nint start = (nint)first * size;
                SymmetricLanes<TLanes, TVector>.MultiplyMany(size, matrix, stride, Min(most, count - first), x + start, y + start);
            }
        }
    }
}

internal static unsafe partial class SymmetricLanes<TLanes, TVector>
{
    /// <summary>A band of A is so many tiles high, and is gone through in pieces of so many columns.</summary>
    private const int BandTiles = 4, PieceColumns = 128;

    // Panels of two vectors' width of columns, one a vector x; rows beyond the last are filled up with zeros to a multiple of 8. A band of
    // rows of A is copied (its elements up to the diagonal as zeros) and then serves all panels, for y of its columns and for the sums
    // over its rows: the two uses that the single product makes of it, piece by piece so that x, y and the sums stay near. Measured in
    // processor time of one AVX-512 core with a peak of some 50 Gflop/s, 64 vectors: 37 to 40 Gflop/s at sizes from 360 to 4620, where
    // one vector has 32 at 360, 22 at 1092 and 9 to 11 beyond. Bands of 2 or 8 tiles and pieces of 64 were slower; passes of 0.75 MiB, too.
    [MethodImpl(AggressiveOptimization)]
    public static void MultiplyMany(int size, double* matrix, nint stride, int count, double* x, double* y)
    {
        int R = TLanes.TileRows, width = TileKernel<double, TLanes, TVector>.PanelColumns, padded = (size + 7) / 8 * 8;
        int panels = (count + width - 1) / width, bandStride = padded % 16 == 0 ? padded + 8 : padded; // an odd number of cache lines
        nint panelLength = (nint)padded * width;
        double[] rented = ArrayPool<double>.Shared.Rent(checked(
            (int)(2 * panels * panelLength + BandTiles * R * bandStride + BandTiles * TLanes.Count * R * width + 8)));
        fixed (double* memory = rented)
        {
            double* xs = Tiles.Aligned(memory), ys = xs + panels * panelLength, band = ys + panels * panelLength;
            double* sums = band + BandTiles * R * bandStride;
            new Span<double>(xs, checked((int)(2 * panels * panelLength))).Clear();
            for (int p = 0; p < panels; p++)
            {
                int columns = Min(width, count - p * width);
                Tiles.Turn(columns, size, x + (nint)p * width * size, size, adds: false, xs + p * panelLength, width);
            }

            int row = 0;
            for (int height; (height = Min(BandTiles * R, (size - row) / R * R)) > 0; row += height)
            {
                double* diagonal = matrix + row * stride + row;
                CopyBand(height, size - row, padded - row, diagonal, stride, band, bandStride);
                for (int p = 0; p < panels; p++)
                {
                    double* px = xs + p * panelLength + row * width, py = ys + p * panelLength + row * width;
                    AddBand(height, padded - row, band, bandStride, px, py, sums);
                    for (int r = 0; r < height; r += R)
                    {
                        AddSums(
                            diagonal + r * (stride + 1), stride, px + r * width, sums + r * TLanes.Count * width, py + r * width);
                    }
                }
            }

            for (int p = 0; p < panels; p++)
            {
                double* py = ys + p * panelLength;
                AddLastRows(row, size, matrix, stride, xs + p * panelLength, py, sums);
                Tiles.Turn(size, Min(width, count - p * width), py, width, adds: false, y + (nint)p * width * size, size);
            }
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>Copies a band of rows from the diagonal on: zeros up to it, and behind the last column.</summary>
    private static void CopyBand(int height, int columns, int padded, double* diagonal, nint stride, double* band, nint bandStride)
    {
        for (int r = 0; r < height; r++, diagonal += stride, band += bandStride)
        {
            new Span<double>(band, r + 1).Clear();
            new Span<double>(diagonal + r + 1, columns - r - 1).CopyTo(new(band + r + 1, columns - r - 1));
            new Span<double>(band + columns, padded - columns).Clear();
        }
    }

    /// <summary>y of the columns of a band += its elements times x of its rows; the sums of its rows, lane by lane.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static void AddBand(
        int height, int columns, double* band, nint bandStride, double* x, double* y, double* sums)
    {
        int R = TLanes.TileRows, width = TileKernel<double, TLanes, TVector>.PanelColumns, tileLength = R * width;
        new Span<double>(sums, height * TLanes.Count * width).Clear();
        for (int first = 0; first < columns; first += PieceColumns)
        {
            int end = Min(columns, first + PieceColumns);
            for (int j = first; j < end; j += R)
                TileKernel<double, TLanes, TVector>.GoOn(height, band + j, 1, bandStride, x, width, y + j * width, width);
            for (int r = 0; r < height; r += R)
            {
                for (int lane = 0; lane < TLanes.Count; lane++)
                {
                    TileKernel<double, TLanes, TVector>.GoOn(
                        (end - first) / TLanes.Count, band + r * bandStride + first + lane, bandStride, TLanes.Count,
                        x + (first + lane) * width, TLanes.Count * width, sums + r * TLanes.Count * width + lane * tileLength, width);
                }
            }
        }
    }

    /// <summary>y of the rows of a tile += the sums over their columns, of all lanes, and the diagonal's share.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static void AddSums(double* diagonal, nint stride, double* x, double* sums, double* y)
    {
        int width = TileKernel<double, TLanes, TVector>.PanelColumns, tileLength = TLanes.TileRows * width;
        for (int i = 0; i < tileLength; i += TLanes.Count)
        {
            // Neighbours first, as a vector is summed.
            for (int apart = 1; apart < TLanes.Count; apart *= 2)
            {
                for (int lane = 0; lane < TLanes.Count; lane += 2 * apart)
                {
                    double* left = sums + lane * tileLength + i;
                    TLanes.Store(TLanes.Add(TLanes.Load(left), TLanes.Load(left + apart * tileLength)), left);
                }
            }

            TVector element = TLanes.Broadcast(diagonal[i / width * (stride + 1)]);
            TVector sum = TLanes.Add(TLanes.Load(sums + i), TLanes.Multiply(element, TLanes.Load(x + i)));
            TLanes.Store(TLanes.Add(TLanes.Load(y + i), sum), y + i);
        }
    }

    /// <summary>The rows after the last band; what bands gathered for the last, partial vector of columns is added at the end.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static void AddLastRows(int first, int size, double* matrix, nint stride, double* x, double* y, double* kept)
    {
        int width = TileKernel<double, TLanes, TVector>.PanelColumns, tail = size % TLanes.Count;
        int tailLength = tail * width;
        double* last = y + (size - tail) * width;
        new Span<double>(last, tailLength).CopyTo(new(kept, tailLength));
        new Span<double>(last, tailLength).Clear();
        for (int row = first; row < size; row++)
        {
            double* a = matrix + row * stride;
            for (int c = 0; c < width; c += TLanes.Count)
            {
                TVector own = TLanes.Load(x + row * width + c), sum = TLanes.Multiply(TLanes.Broadcast(a[row]), own);
                for (int j = row + 1; j < size; j++)
                {
                    TVector element = TLanes.Broadcast(a[j]);
                    double* yj = y + j * width + c;
                    sum = TLanes.Add(sum, TLanes.Multiply(element, TLanes.Load(x + j * width + c)));
                    TLanes.Store(TLanes.Add(TLanes.Load(yj), TLanes.Multiply(element, own)), yj);
                }

                double* yr = y + row * width + c;
                TLanes.Store(TLanes.Add(TLanes.Load(yr), sum), yr);
            }
        }

        for (int i = 0; i < tailLength; i += TLanes.Count)
            TLanes.Store(TLanes.Add(TLanes.Load(last + i), TLanes.Load(kept + i)), last + i);
    }
}
