namespace Staircase.Kernels;

/// <summary>
/// The passes of <see cref="CausalAttention"/> for one width of vectors, on matrices whose rows are whole vectors, so that tiles of
/// products need neither packing nor masks.
/// </summary>
/// <remarks>
/// Rows of scores are taken in blocks, and of each block no column after its last row is computed. Heads are narrow and contexts long, so
/// products run along the tokens: K and V are turned once for a head, and ∂L/∂K, ∂L/∂V and ∂L/∂r are summed turned. The r of a block's rows
/// are one product Q Rᵀ whose rows are shifted against each other by one: with R stored from the largest offset to the smallest each row is
/// added in one piece.
/// </remarks>
internal static unsafe partial class CausalLanes<T, TLanes, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLanes : struct, ILanes<T, TVector>
    where TVector : struct
{
    /// <summary>C = alpha A B + beta C. B is readable and C writable to whole vectors, and C to whole tiles of rows.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void Product(
        int rows, int columns, int inner, T alpha, T* a, nint aRowStep, nint aInnerStep, T* b, nint bStep, T beta, T* c, nint cStride)
    {
        int width = TileKernel<T, TLanes, TVector>.PanelColumns;
        for (int j = 0; j < columns; j += width)
        {
            for (int i = 0; i < rows; i += TLanes.TileRows)
            {
                int height = Min(rows - i, TLanes.TileRows);
                TileKernel<T, TLanes, TVector>.Compute(
                    inner, a + (i * aRowStep), aRowStep, aInnerStep, b + j, bStep, height, Min(columns - j, width), alpha, beta,
                    c + (i * cStride) + j, cStride);
            }
        }
    }

    /// <summary>Copies the first numbers of rows, and zeros after them where more are written; nothing beside either is touched.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void Copy(int rows, int copied, T* from, nint fromStride, int written, T* to, nint toStride)
    {
        for (; rows > 0; rows--, from += fromStride, to += toStride)
        {
            int j = 0;
            for (; j <= copied - TLanes.Count; j += TLanes.Count)
                TLanes.Store(TLanes.Load(from + j), to + j);
            for (; j < written; j += TLanes.Count)
            {
                TVector values = TLanes.LoadFirst(from + j, Max(copied - j, 0));
                if (j <= written - TLanes.Count)
                    TLanes.Store(values, to + j);
                else
                    TLanes.StoreFirst(values, to + j, written - j);
            }
        }
    }

    // Span.Clear and CopyTo are code from before the widest vectors, which waits for their upper halves: inside these loops it cost more
    // than all the rest.
    [MethodImpl(AggressiveInlining)]
    private static void Fill(T value, T* x, int n)
    {
        TVector values = TLanes.Broadcast(value);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            TLanes.Store(values, x + j);
        if (j < n)
            TLanes.StoreFirst(values, x + j, n - j);
    }
}
