using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Staircase.Kernels;

/// <summary>A large matrix product: both factors are copied into the order in which the inner loop reads them, and threads share the tiles.</summary>
/// <remarks>
/// B is packed panel by panel, as many blocks of the inner index as fit into the third-level cache. Then each part of the work, a block of rows and columns of C, packs its rows of A, block by
/// block of the inner index, and keeps them in the second-level cache while panels of B pass through the first.
/// Rows of A are packed as rows, a plain copy: the inner loop only broadcasts single elements of A, which it can read
/// from twelve short rows as well as from one interleaved panel, and a copy costs an eighth of a transposition.
/// </remarks>
internal static unsafe class PackedProduct
{
    /// <summary>Below this many multiply-adds, or this few rows, <see cref="MatrixProduct"/> in place is as fast.</summary>
    private const long LeastVolume = 96 * 96 * 96;

    private const int LeastRows = 48;

    /// <summary>Bytes of B that are packed at once, in whole blocks of the inner index.</summary>
    private const int PackedBytes = 16 << 20;

    /// <summary>Columns that are taken at once: one block of the inner index with so many is 8 MiB in single precision.</summary>
    private const int MostColumns = 8192;

    /// <summary>Rows of a part: 288 rows of a block of A are 288 KiB, which the second-level cache holds beside the panels that pass.</summary>
    private const int MostRows = 288;

    /// <summary>
    /// Panels of a part: its piece of C should stay in the second-level cache from one block of the inner index to the next, in which rows a power of two apart compete for
    /// the same places; the more panels, the less often A is packed. Measured at 2048 x 2048 x 2048 against OpenBLAS: 288 x 32 0.86, 192 x 16 and 192 x 32 0.85, 384 x 16 0.84, 96 x 64 0.80, 48 x 64 0.71.
    /// </summary>
    private const int MostPanels = 32;

    /// <summary>Panels that are packed together, and rows of B that are packed from all of them before the next.</summary>
    private const int PanelsPerGroup = 8;

    private const int PackedRows = 8;

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
        int padded = (Math.Min(columns, MostColumns) + width - 1) / width * width;
        int depth = Math.Min(inner, Math.Max(1, PackedBytes / sizeof(T) / padded / TileKernel.InnerBlock) * TileKernel.InnerBlock);
        T[] packed = ArrayPool<T>.Shared.Rent((padded * depth) + (64 / sizeof(T)));
        fixed (T* memory = packed)
        {
            for (int j = 0; j < columns; j += MostColumns)
            {
                for (int k = 0; k < inner; k += depth)
                {
                    Job<T> job = new()
                    {
                        Rows = rows,
                        Columns = Math.Min(columns - j, MostColumns),
                        Inner = Math.Min(inner - k, depth),
                        Alpha = alpha,
                        A = transposeA ? a + (k * aStride) : a + k,
                        AStride = aStride,
                        TransposeA = transposeA,
                        B = transposeB ? b + (j * bStride) + k : b + (k * bStride) + j,
                        BStride = bStride,
                        TransposeB = transposeB,
                        Packed = Aligned(memory),
                        Beta = k == 0 ? beta : T.One,
                        C = c + j,
                        CStride = cStride,
                    };
                    int panels = (job.Columns + width - 1) / width;
                    job.Divide(RowKernel.Rows<T, TLanes, TVector>(), width, panels, threads);
                    Run((panels + PanelsPerGroup - 1) / PanelsPerGroup, &PackPanels<T, TLanes, TVector>, &job, team);
                    Run(job.RowParts * job.ColumnParts, &MultiplyPart<T, TLanes, TVector>, &job, team);
                }
            }
        }

        ArrayPool<T>.Shared.Return(packed);
    }

    private static void Run<T>(int parts, delegate*<void*, int, void> part, Job<T>* job, ThreadTeam? team)
        where T : unmanaged
    {
        if (team is not null)
        {
            team.Run(parts, part, job);
            return;
        }

        for (int i = 0; i < parts; i++)
            part(job, i);
    }

    /// <summary>Packs a group of panels, block by block of the inner index and a few rows of B at a time: long runs of a row are read while its page is at hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanels<T, TLanes, TVector>(void* arguments, int group)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        Job<T> job = *(Job<T>*)arguments;
        int width = TileKernel.PanelColumns<T, TLanes, TVector>();
        int first = group * PanelsPerGroup, last = Math.Min(first + PanelsPerGroup, (job.Columns + width - 1) / width);
        for (int k = 0; k < job.Inner; k += TileKernel.InnerBlock)
        {
            int depth = Math.Min(job.Inner - k, TileKernel.InnerBlock), rows = job.TransposeB ? depth : PackedRows;
            for (int row = 0; row < depth; row += rows)
            {
                for (int panel = first; panel < last; panel++)
                {
                    int j = panel * width, columns = Math.Min(width, job.Columns - j), count = Math.Min(rows, depth - row);
                    T* destination = job.Panel(k, depth, panel, width) + (row * width);
                    if (job.TransposeB)
                        TileKernel.PackTransposed<T, TLanes, TVector>(count, job.B + (j * job.BStride) + k + row, job.BStride, columns, destination);
                    else
                        TileKernel.Pack<T, TLanes, TVector>(count, job.B + ((k + row) * job.BStride) + j, job.BStride, columns, destination);
                }
            }
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
                        int height = Math.Min(tileRows, rows - i);
                        Prefetch<T>(c, job.CStride, height, columns);
                        if (height == tileRows && columns == width)
                        {
                            RowKernel.Compute<T, TLanes, TVector>(depth, left + ((nint)i * depth), rowStep, innerStep, right, job.Alpha, beta, c, job.CStride);
                        }
                        else
                        {
                            RowKernel.Compute<T, TLanes, TVector>(depth, left + ((nint)i * depth), rowStep, innerStep, right, T.One, T.Zero, tile, width);
                            MatrixProduct.Merge<T, TLanes, TVector>(job.Alpha, tile, beta, c, job.CStride, height, columns);
                        }
                    }
                }

                beta = T.One;
                k += TileKernel.InnerBlock;
            }
            while (k < job.Inner);
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>Asks for a tile of C while its product is computed: in a large C every row of it is a cache miss.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<T>(T* c, nint stride, int rows, int columns)
        where T : unmanaged
    {
        if (!Sse.IsSupported)
            return;
        for (int r = 0; r < rows; r++, c += stride)
        {
            Sse.Prefetch1(c);
            Sse.Prefetch1(c + columns - 1);
        }
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
            PanelsPerPart = Math.Min(MostPanels, (panels + columnParts - 1) / columnParts);
            ColumnParts = (panels + PanelsPerPart - 1) / PanelsPerPart;
        }
    }
}
