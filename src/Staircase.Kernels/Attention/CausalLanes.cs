namespace Staircase.Kernels;

/// <summary>The steps of <see cref="CausalAttention"/> for one width of vectors.</summary>
internal static unsafe class CausalLanes<T, TLanes, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLanes : struct, ILanes<T, TVector>
    where TVector : struct
{
    /// <summary>C = alpha A B + beta C. B is readable and C writable to whole vectors, and C to whole tiles of rows.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Product(
        int rows, int columns, int inner, T alpha, T* a, nint aRowStep, nint aInnerStep, T* b, nint bStep, T beta, T* c, nint cStride)
    {
        int width = TileKernel<T, TLanes, TVector>.PanelColumns;
        for (int j = 0; j < columns; j += width)
        {
            for (int i = 0; i < rows; i += TLanes.TileRows)
            {
                int height = Math.Min(rows - i, TLanes.TileRows);
                TileKernel<T, TLanes, TVector>.Compute(
                    inner, a + (i * aRowStep), aRowStep, aInnerStep, b + j, bStep, height, Math.Min(columns - j, width), alpha, beta,
                    c + (i * cStride) + j, cStride);
            }
        }
    }

    /// <summary>Copies rows into rows of whole vectors, filled up with zeros.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Widen(int rows, int columns, T* from, nint fromStride, T* to, int toStride)
    {
        for (; rows > 0; rows--, from += fromStride, to += toStride)
        {
            for (int j = 0; j < toStride; j += TLanes.Count)
                TLanes.Store(TLanes.LoadFirst(from + j, Math.Clamp(columns - j, 0, TLanes.Count)), to + j);
        }
    }

    /// <summary>Copies rows of whole vectors to where nothing beside them may be touched.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Narrow(int rows, int columns, T* from, int fromStride, T* to, nint toStride)
    {
        for (; rows > 0; rows--, from += fromStride, to += toStride)
        {
            int j = 0;
            for (; j <= columns - TLanes.Count; j += TLanes.Count)
                TLanes.Store(TLanes.Load(from + j), to + j);
            if (j < columns)
                TLanes.StoreFirst(TLanes.Load(from + j), to + j, columns - j);
        }
    }

    // Span.Clear and CopyTo are code from before the widest vectors, which waits for their upper halves: inside these loops it cost more than all the rest.
    [MethodImpl(AggressiveInlining)]
    public static void Fill(T value, T* x, int n)
    {
        TVector values = TLanes.Broadcast(value);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            TLanes.Store(values, x + j);
        if (j < n)
            TLanes.StoreFirst(values, x + j, n - j);
    }
}
