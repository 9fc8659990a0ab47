using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>A large matrix product: both factors are copied into the order in which the inner loop reads them, and threads share the tiles.</summary>
/// <remarks>
/// B is packed whole, in blocks of the inner index, panel by panel. Then each part of the work, a block of rows and columns of C, packs its rows of A, block by
/// block of the inner index, and keeps them in the second-level cache while panels of B pass through the first.
/// Rows of A are packed as rows, a plain copy: the inner loop only broadcasts single elements of A, which it can read
/// from twelve short rows as well as from one interleaved panel, and a copy costs an eighth of a transposition.
/// </remarks>
internal static unsafe class PackedProduct
{
    /// <summary>Below this many multiply-adds, or this few rows, <see cref="MatrixProduct"/> in place is as fast.</summary>
    private const long LeastVolume = 96 * 96 * 96;

    private const int LeastRows = 48;

    /// <summary>Bytes of B that are packed at once; beyond, columns are taken in turn.</summary>
    private const int PackedBytes = 16 << 20;

    /// <summary>Rows of a part: 384 rows of a block of A are 384 KiB, which the second-level cache holds beside the panels that pass.</summary>
    private const int MostRows = 384;

    /// <summary>Parts a thread, so that a thread that is held up leaves its share to others.</summary>
    private const int PartsPerThread = 4;

    /// <summary>Whether packing pays for a product of these sizes.</summary>
    public static bool Pays(int rows, int columns, int inner) =>
        rows >= LeastRows && columns >= 16 && (long)rows * columns * inner >= LeastVolume;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T, TLanes, TVector>(
        int rows, int columns, int inner, T alpha,
        T* a, nint aStride, bool transposeA,
        T* b, nint bStride, bool transposeB,
        T beta, T* c, nint cStride, ThreadTeam? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int width = TileKernel.PanelColumns<T, TLanes, TVector>();
        int threads = team?.Threads ?? 1;
        int most = Math.Max(width, PackedBytes / sizeof(T) / inner / width * width);
        int padded = (Math.Min(columns, most) + width - 1) / width * width;
        T[] packed = ArrayPool<T>.Shared.Rent((padded * inner) + (64 / sizeof(T)));
        fixed (T* memory = packed)
        {
            for (int j = 0; j < columns; j += most)
            {
                int width0 = Math.Min(columns - j, most);
                Job<T> job = new()
                {
                    Rows = rows,
                    Columns = width0,
                    Inner = inner,
                    Alpha = alpha,
                    A = a,
                    AStride = aStride,
                    TransposeA = transposeA,
                    B = transposeB ? b + (j * bStride) : b + j,
                    BStride = bStride,
                    TransposeB = transposeB,
                    Packed = Aligned(memory),
                    Beta = beta,
                    C = c + j,
                    CStride = cStride,
                };
                int panels = (width0 + width - 1) / width;
                job.Divide(RowKernel.Rows<T, TLanes, TVector>(), width, panels, threads);
                if (team is null)
                {
                    for (int part = 0; part < panels; part++)
                        PackPanel<T, TLanes, TVector>(&job, part);
                    for (int part = 0; part < job.RowParts * job.ColumnParts; part++)
                        MultiplyPart<T, TLanes, TVector>(&job, part);
                }
                else
                {
                    team.Run(panels, &PackPanel<T, TLanes, TVector>, &job);
                    team.Run(job.RowParts * job.ColumnParts, &MultiplyPart<T, TLanes, TVector>, &job);
                }
            }
        }

        ArrayPool<T>.Shared.Return(packed);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel<T, TLanes, TVector>(void* arguments, int panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        Job<T> job = *(Job<T>*)arguments;
        int width = TileKernel.PanelColumns<T, TLanes, TVector>();
        int j = panel * width, columns = Math.Min(width, job.Columns - j);
        for (int k = 0; k < job.Inner; k += TileKernel.InnerBlock)
        {
            int depth = Math.Min(job.Inner - k, TileKernel.InnerBlock);
            T* destination = job.Panel(k, depth, panel, width);
            if (job.TransposeB)
                TileKernel.PackTransposed<T, TLanes, TVector>(depth, job.B + (j * job.BStride) + k, job.BStride, columns, destination);
            else
                TileKernel.Pack<T, TLanes, TVector>(depth, job.B + (k * job.BStride) + j, job.BStride, columns, destination);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void MultiplyPart<T, TLanes, TVector>(void* arguments, int part)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        Job<T> job = *(Job<T>*)arguments;
        int tileRows = RowKernel.Rows<T, TLanes, TVector>(), width = TileKernel.PanelColumns<T, TLanes, TVector>();
        int firstRow = part / job.ColumnParts * job.RowsPerPart, rows = Math.Min(job.RowsPerPart, job.Rows - firstRow);
        int firstPanel = part % job.ColumnParts * job.PanelsPerPart;
        int lastPanel = Math.Min(firstPanel + job.PanelsPerPart, (job.Columns + width - 1) / width);
        int paddedRows = (rows + tileRows - 1) / tileRows * tileRows;

        T* space = stackalloc T[TileKernel.MaxTile<T>() + (64 / sizeof(T))];
        T* tile = Aligned(space);
        T[] rented = ArrayPool<T>.Shared.Rent((paddedRows * TileKernel.InnerBlock) + (64 / sizeof(T)));
        fixed (T* memory = rented)
        {
            T* left = Aligned(memory);
            T beta = job.Beta;
            int k = 0;
            do
            {
                int depth = Math.Min(job.Inner - k, TileKernel.InnerBlock);
                nint rowStep = job.TransposeA ? 1 : depth, innerStep = job.TransposeA ? tileRows : 1;
                PackRows<T, TLanes, TVector>(job, firstRow, rows, k, depth, left);
                for (int panel = firstPanel; panel < lastPanel; panel++)
                {
                    T* right = job.Panel(k, depth, panel, width);
                    int columns = Math.Min(width, job.Columns - (panel * width));
                    T* c = job.C + (firstRow * job.CStride) + (panel * width);
                    for (int i = 0; i < rows; i += tileRows, c += tileRows * job.CStride)
                    {
                        RowKernel.Compute<T, TLanes, TVector>(depth, left + ((nint)i * depth), rowStep, innerStep, right, tile);
                        MatrixProduct.Merge<T, TLanes, TVector>(job.Alpha, tile, beta, c, job.CStride, Math.Min(tileRows, rows - i), columns);
                    }
                }

                beta = T.One;
                k += TileKernel.InnerBlock;
            }
            while (k < job.Inner);
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>Copies a block of A: tile after tile, row by row, or inner index by inner index where A is stored transposed. Rows that fill up the last tile repeat the last row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows<T, TLanes, TVector>(Job<T> job, int firstRow, int rows, int k, int depth, T* destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int tileRows = RowKernel.Rows<T, TLanes, TVector>();
        nint stride = job.AStride;
        for (int i = 0; i < rows; i += tileRows)
        {
            int valid = Math.Min(tileRows, rows - i);
            if (!job.TransposeA)
            {
                for (int r = 0; r < tileRows; r++, destination += depth)
                {
                    T* source = job.A + ((firstRow + i + Math.Min(r, valid - 1)) * stride) + k;
                    Unsafe.CopyBlockUnaligned(destination, source, (uint)(depth * sizeof(T)));
                }

                continue;
            }

            T* column = job.A + (k * stride) + firstRow + i;
            for (int n = 0; n < depth; n++, column += stride, destination += tileRows)
            {
                for (int r = 0; r < tileRows; r += TLanes.Count)
                {
                    int stored = Math.Min(TLanes.Count, tileRows - r), read = Math.Clamp(valid - r, 0, stored);
                    TLanes.StoreFirst(TLanes.LoadFirst(column + r, read), destination + r, stored);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T* Aligned<T>(T* memory)
        where T : unmanaged => (T*)(((nint)memory + 63) & ~63);   // whole cache lines

    /// <summary>What the parts of one product share.</summary>
    private struct Job<T>
        where T : unmanaged
    {
        public int Rows, Columns, Inner, RowsPerPart, PanelsPerPart, RowParts, ColumnParts;
        public T Alpha, Beta;
        public T* A, B, C, Packed;
        public nint AStride, BStride, CStride;
        public bool TransposeA, TransposeB;

        /// <summary>The place of a packed panel.</summary>
        public readonly T* Panel(int k, int depth, int panel, int width)
        {
            int padded = (Columns + width - 1) / width * width;
            return Packed + ((nint)k * padded) + ((nint)panel * depth * width);
        }

        /// <summary>Divides C into parts: rows first, because each part packs its rows; columns where there are too few rows.</summary>
        public void Divide(int tileRows, int width, int panels, int threads)
        {
            int wanted = threads == 1 ? 1 : threads * PartsPerThread;
            int tiles = (Rows + tileRows - 1) / tileRows;
            int tilesPerPart = Math.Clamp((tiles + wanted - 1) / wanted, Math.Min(tiles, 4), MostRows / tileRows);
            RowsPerPart = tilesPerPart * tileRows;
            RowParts = (Rows + RowsPerPart - 1) / RowsPerPart;
            int columnParts = Math.Clamp((wanted + RowParts - 1) / RowParts, 1, panels);
            PanelsPerPart = (panels + columnParts - 1) / columnParts;
            ColumnParts = (panels + PanelsPerPart - 1) / PanelsPerPart;
        }
    }
}
