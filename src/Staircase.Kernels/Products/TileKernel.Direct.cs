namespace Staircase.Kernels;

internal static unsafe partial class TileKernel<T, TLanes, TVector>
{
    // More rows than this read each panel of B so often that an aligned, contiguous copy pays: 256 x 256 x 256 took
    // 630 us in place at best (the stride of 2 KiB aliases in the first-level cache) and takes 530 us packed.
    private const int RowsInPlace = 32;

    /// <summary>A matrix product that reads its factors where they lie.</summary>
    // Blocks of the inner index, then panels of columns, then tiles of rows. B is packed into a panel only where its
    // vectors would be strided (transposed), would reach over the last column, or are read often enough to pay for the
    // copy; A is read by broadcasts and never packed.
    // Measured on one AVX-512 core: 64 x 64 x 64 in 9.7 to 10.5 us (50 to 54 Gflop/s) at best in all four transpose cases,
    // and in 13 to 16 us (33 to 39 Gflop/s) while neighbours load the machine.
    [MethodImpl(AggressiveOptimization)]
    [SkipLocalsInit]
    public static void MultiplyDirect(ProductArguments<T>* product)
    {
        int rows = product->Rows, columns = product->Columns, inner = product->Inner;
        nint bStride = product->BStride, cStride = product->CStride;
        nint aRowStep = product->TransposeA ? 1 : product->AStride, aInnerStep = product->TransposeA ? product->AStride : 1;
        T scale = product->Scale, keep = product->Keep;
        T* a = product->A, b = product->B, c = product->C;
        int panelColumns = PanelColumns;
        T* memory = stackalloc T[MaxTile + Min(inner, Tiles.InnerBlock) * panelColumns + 64 / sizeof(T)];
        T* tile = Tiles.Aligned(memory), scratch = tile + MaxTile;

        int k = 0;
        do
        {
            int depth = Min(inner - k, Tiles.InnerBlock);
            for (int j = 0; j < columns; j += panelColumns)
            {
                int width = Min(columns - j, panelColumns);
                T* panel = scratch;
                nint panelStep = panelColumns;
                if (product->TransposeB)
                {
                    PackTransposed(depth, b + j * bStride + k, bStride, width, scratch);
                }
                else if (width < panelColumns || rows > RowsInPlace)
                {
                    Pack(depth, b + k * bStride + j, bStride, width, scratch);
                }
                else
                {
                    panel = b + k * bStride + j;
                    panelStep = bStride;
                }

                for (int i = 0; i < rows; i += TLanes.TileRows)
                {
                    int height = Min(rows - i, TLanes.TileRows);
                    T* left = a + i * aRowStep + k * aInnerStep, target = c + i * cStride + j;
                    if (height == TLanes.TileRows && (width == panelColumns || width == TLanes.Count))
                    {
                        Compute(
                            depth, left, aRowStep, aInnerStep, panel, panelStep, height, width, scale, keep, target, cStride);
                    }
                    else
                    {
                        Compute(
                            depth, left, aRowStep, aInnerStep, panel, panelStep, height, width, T.One, T.Zero, tile, panelColumns);
                        Merge(scale, tile, keep, target, cStride, height, width);
                    }
                }
            }

            keep = T.One;
            k += Tiles.InnerBlock;
        }
        while (k < inner);
    }
}
