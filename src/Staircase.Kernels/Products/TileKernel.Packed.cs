using System.Buffers;
using System.Runtime.Intrinsics.X86;

namespace Staircase.Kernels;

internal static unsafe partial class TileKernel<T, TLanes, TVector>
{
    private const int PackedBytes = 16 << 20; // bytes of B that are packed at once, in whole blocks of the inner index

    /// <summary>Columns that are taken at once: one block of the inner index with so many is 8 MiB in single precision.</summary>
    private const int MostColumns = 8192;

    /// <summary>
    /// Rows of a part: 288 rows of a block of A are 288 KiB, which the second-level cache holds beside the panels that pass.
    /// </summary>
    private const int MostRows = 288;

    /// <summary>
    /// Panels of a part: its piece of C should stay in the second-level cache from one block of the inner index to the next, in which rows
    /// a power of two apart compete for the same places; the more panels, the less often A is packed. Measured at 2048 x 2048 x 2048
    /// against OpenBLAS: 288 x 32 0.86, 192 x 16 and 192 x 32 0.85, 384 x 16 0.84, 96 x 64 0.80, 48 x 64 0.71.
    /// </summary>
    private const int MostPanels = 32;

    private const int PanelsPerGroup = 8; // panels that are packed together, and rows of B that are packed from all of them before the next

    private const int PackedRows = 8;

    private const int PartsPerThread = 4; // parts a thread, so that a thread that is held up leaves its share to others

    /// <summary>
    /// A large matrix product: both factors are copied into the order in which the inner loop reads them, and threads share the tiles.
    /// </summary>
    /// <remarks>
    /// B is packed panel by panel, as many blocks of the inner index as fit into the third-level cache. Then each part of the work, a block
    /// of rows and columns of C, packs its rows of A, block by block of the inner index, and keeps them in the second-level cache while
    /// panels of B pass through the first. Rows of A are packed as rows, a plain copy: the inner loop only broadcasts single elements of A,
    /// which it can read from twelve short rows as well as from one interleaved panel, and a copy costs an eighth of a transposition.
    /// </remarks>
    [MethodImpl(AggressiveOptimization)]
    public static void MultiplyPacked(ProductArguments<T>* product, ThreadTeam? team)
    {
        int width = PanelColumns, columns = product->Columns, inner = product->Inner;
        int padded = (Min(columns, MostColumns) + width - 1) / width * width;
        int depth = Min(inner, Max(1, PackedBytes / sizeof(T) / padded / Tiles.InnerBlock) * Tiles.InnerBlock);
        T[] packed = ArrayPool<T>.Shared.Rent(padded * depth + 64 / sizeof(T));
        fixed (T* memory = packed)
        {
            for (int j = 0; j < columns; j += MostColumns)
            {
                for (int k = 0; k < inner; k += depth)
                {
                    Job job = new() { Product = *product, Packed = Tiles.Aligned(memory) };
                    ref ProductArguments<T> part = ref job.Product;
                    part.Columns = Min(columns - j, MostColumns);
                    part.Inner = Min(inner - k, depth);
                    part.A += product->TransposeA ? k * product->AStride : k;
                    part.B += product->TransposeB ? j * product->BStride + k : k * product->BStride + j;
                    part.C += j;
                    if (k > 0)
                        part.Keep = T.One;
                    job.Divide(team?.Threads ?? 1);
                    ThreadTeam.Run(team, (job.Panels + PanelsPerGroup - 1) / PanelsPerGroup, &PackPanels, &job);
                    ThreadTeam.Run(team, job.RowParts * job.ColumnParts, &MultiplyPart, &job);
                }
            }
        }

        ArrayPool<T>.Shared.Return(packed);
    }

    /// <summary>
    /// Packs a group of panels, block by block of the inner index and a few rows of B at a time: long runs of a row are read while its page
    /// is at hand.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    private static void PackPanels(void* arguments, int group)
    {
        Job job = *(Job*)arguments;
        ProductArguments<T> product = job.Product;
        nint stride = product.BStride;
        T* b = product.B;
        int width = PanelColumns;
        int first = group * PanelsPerGroup, last = Min(first + PanelsPerGroup, job.Panels);
        for (int k = 0; k < product.Inner; k += Tiles.InnerBlock)
        {
            int depth = Min(product.Inner - k, Tiles.InnerBlock), rows = product.TransposeB ? depth : PackedRows;
            for (int row = 0; row < depth; row += rows)
            {
                for (int panel = first; panel < last; panel++)
                {
                    int j = panel * width, columns = Min(width, product.Columns - j), count = Min(rows, depth - row);
                    T* destination = job.Panel(k, depth, panel) + row * width;
                    if (product.TransposeB)
                        PackTransposed(count, b + j * stride + k + row, stride, columns, destination);
                    else
                        Pack(count, b + (k + row) * stride + j, stride, columns, destination);
                }
            }
        }
    }

    [MethodImpl(AggressiveOptimization)]
    [SkipLocalsInit]
    private static void MultiplyPart(void* arguments, int part)
    {
        Job job = *(Job*)arguments;
        ProductArguments<T> product = job.Product;
        nint stride = product.CStride;
        int tileRows = WideRows, width = PanelColumns;
        int firstRow = part / job.ColumnParts * job.RowsPerPart, rows = Min(job.RowsPerPart, product.Rows - firstRow);
        int firstPanel = part % job.ColumnParts * job.PanelsPerPart, lastPanel = Min(firstPanel + job.PanelsPerPart, job.Panels);
        int paddedRows = (rows + tileRows - 1) / tileRows * tileRows;

        T* space = stackalloc T[MaxTile + 64 / sizeof(T)];
        T* tile = Tiles.Aligned(space);
        T[] rented = ArrayPool<T>.Shared.Rent(paddedRows * Tiles.InnerBlock + 64 / sizeof(T));
        fixed (T* memory = rented)
        {
            T* left = Tiles.Aligned(memory);
            T keep = product.Keep;
            int k = 0;
            do
            {
                int depth = Min(product.Inner - k, Tiles.InnerBlock);
                nint rowStep = product.TransposeA ? 1 : depth, innerStep = product.TransposeA ? tileRows : 1;
                PackRows(product, firstRow, rows, k, depth, left);
                for (int panel = firstPanel; panel < lastPanel; panel++)
                {
                    T* right = job.Panel(k, depth, panel);
                    int columns = Min(width, product.Columns - panel * width);
                    T* c = product.C + firstRow * stride + panel * width;
                    for (int i = 0; i < rows; i += tileRows, c += tileRows * stride)
                    {
                        int height = Min(tileRows, rows - i);
                        T* a = left + (nint)i * depth;
                        Prefetch(c, stride, height, columns);
                        if (height == tileRows && columns == width)
                        {
                            ComputeWide(depth, a, rowStep, innerStep, right, product.Scale, keep, c, stride);
                        }
                        else
                        {
                            ComputeWide(depth, a, rowStep, innerStep, right, T.One, T.Zero, tile, width);
                            Merge(product.Scale, tile, keep, c, stride, height, columns);
                        }
                    }
                }

                keep = T.One;
                k += Tiles.InnerBlock;
            }
            while (k < product.Inner);
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>Asks for a tile of C while its product is computed: in a large C every row of it is a cache miss.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void Prefetch(T* c, nint stride, int rows, int columns)
    {
        if (!Sse.IsSupported)
            return;
        for (int r = 0; r < rows; r++, c += stride)
        {
            Sse.Prefetch1(c);
            Sse.Prefetch1(c + columns - 1);
        }
    }

    /// <summary>
    /// Copies a block of A: tile after tile, row by row, or inner index by inner index where A is stored transposed. Rows that fill up the
    /// last tile repeat the last row.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    private static void PackRows(ProductArguments<T> product, int firstRow, int rows, int k, int depth, T* destination)
    {
        int tileRows = WideRows;
        nint stride = product.AStride;
        for (int i = 0; i < rows; i += tileRows)
        {
            int valid = Min(tileRows, rows - i);
            if (!product.TransposeA)
            {
                for (int r = 0; r < tileRows; r++, destination += depth)
                {
                    T* source = product.A + (firstRow + i + Min(r, valid - 1)) * stride + k;
                    Unsafe.CopyBlockUnaligned(destination, source, (uint)(depth * sizeof(T)));
                }

                continue;
            }

            T* column = product.A + k * stride + firstRow + i;
            for (int n = 0; n < depth; n++, column += stride, destination += tileRows)
            {
                for (int r = 0; r < tileRows; r += TLanes.Count)
                {
                    int stored = Min(TLanes.Count, tileRows - r), read = Clamp(valid - r, 0, stored);
                    TLanes.StoreFirst(TLanes.LoadFirst(column + r, read), destination + r, stored);
                }
            }
        }
    }

    /// <summary>What the parts of one product share.</summary>
    private struct Job
    {
        public ProductArguments<T> Product;
        public T* Packed;
        public int Panels, RowsPerPart, PanelsPerPart, RowParts, ColumnParts;

        /// <summary>The place of a packed panel.</summary>
        public readonly T* Panel(int k, int depth, int panel)
        {
            int width = PanelColumns;
            return Packed + (nint)k * Panels * width + (nint)panel * depth * width;
        }

        /// <summary>Divides C into parts: rows first, because each part packs its rows; columns where there are too few rows.</summary>
        public void Divide(int threads)
        {
            int width = PanelColumns, tileRows = WideRows;
            Panels = (Product.Columns + width - 1) / width;
            int wanted = threads == 1 ? 1 : threads * PartsPerThread;
            int tiles = (Product.Rows + tileRows - 1) / tileRows;
            int tilesPerPart = Clamp((tiles + wanted - 1) / wanted, Min(tiles, 4), MostRows / tileRows);
            RowsPerPart = tilesPerPart * tileRows;
            RowParts = (Product.Rows + RowsPerPart - 1) / RowsPerPart;
            int columnParts = Clamp((wanted + RowParts - 1) / RowParts, 1, Panels);
            PanelsPerPart = Min(MostPanels, (Panels + columnParts - 1) / columnParts);
            ColumnParts = (Panels + PanelsPerPart - 1) / PanelsPerPart;
        }
    }
}
