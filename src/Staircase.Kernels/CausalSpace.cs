using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>Where the passes of <see cref="CausalAttention"/> work, and what they do with it: matrices whose rows are whole vectors, so that tiles of products need neither packing nor masks.</summary>
/// <remarks>
/// Rows of scores are taken in blocks, and of each block no column after its last row is computed. Heads are narrow and contexts long, so products run along the tokens: K and V are turned
/// once for a head, and ∂L/∂K, ∂L/∂V and ∂L/∂r are summed turned. The r of a block's rows are one product Q Rᵀ whose rows are shifted against each other by one: with R stored from the
/// largest offset to the smallest each row is added in one piece.
/// </remarks>
internal static unsafe class CausalSpace
{
    /// <summary>Rows in a block: whole tiles, and few enough to leave much of the upper triangle out and to stay in the first-level cache.</summary>
    public const int BlockRows = 16;

    /// <summary>Numbers in the widest vector: every width is rounded up to a multiple of them.</summary>
    private const int Widest = 16;

    /// <summary>A length rounded up to whole vectors.</summary>
    public static int Whole(int length) => (length + (Widest - 1)) & ~(Widest - 1);

    /// <summary>Numbers of the workspace: of the backward pass, which needs more.</summary>
    public static int Length(int tokens, int width)
    {
        int row = Whole(tokens), wide = Whole(width);
        return checked((2 * BlockRows * row) + (2 * width * row) + (3 * wide * row) + (2 * tokens * wide) + (BlockRows * wide) + (2 * Widest));
    }

    /// <summary>The first number at the beginning of a cache line.</summary>
    public static T* Aligned<T>(T* memory)
        where T : unmanaged => (T*)(((nint)memory + 63) & ~63);

    /// <summary>C = alpha A B + beta C. B is readable and C writable to whole vectors, and C to whole tiles of rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Product<T, TLanes, TVector>(int rows, int columns, int inner, T alpha, T* a, nint aRowStep, nint aInnerStep, T* b, nint bStep, T beta, T* c, nint cStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int width = TileKernel.PanelColumns<T, TLanes, TVector>();
        for (int j = 0; j < columns; j += width)
        {
            for (int i = 0; i < rows; i += TLanes.TileRows)
            {
                TileKernel.Compute<T, TLanes, TVector>(
                    inner, a + (i * aRowStep), aRowStep, aInnerStep, b + j, bStep, Math.Min(rows - i, TLanes.TileRows), Math.Min(columns - j, width), alpha, beta, c + (i * cStride) + j, cStride);
            }
        }
    }

    /// <summary>to = fromᵀ + beta to.</summary>
    /// <param name="rows">Rows of <paramref name="from"/>.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="from">What is turned.</param>
    /// <param name="fromStride">From one of its rows to the next.</param>
    /// <param name="beta">0 or 1; where it is 0, what is there is not read.</param>
    /// <param name="to">Where to.</param>
    /// <param name="toStride">From one row to the next there.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Turn<T>(int rows, int columns, T* from, nint fromStride, T beta, T* to, nint toStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool add = beta != T.Zero;
        int r = 0;
        for (; r <= rows - 4; r += 4, to += 4)
        {
            T* r0 = from + (r * fromStride), r1 = r0 + fromStride, r2 = r1 + fromStride, r3 = r2 + fromStride, entry = to;
            for (nint c = 0; c < columns; c++, entry += toStride)
            {
                entry[0] = add ? entry[0] + r0[c] : r0[c];
                entry[1] = add ? entry[1] + r1[c] : r1[c];
                entry[2] = add ? entry[2] + r2[c] : r2[c];
                entry[3] = add ? entry[3] + r3[c] : r3[c];
            }
        }

        for (; r < rows; r++, to++)
        {
            T* row = from + (r * fromStride), entry = to;
            for (nint c = 0; c < columns; c++, entry += toStride)
                *entry = add ? *entry + row[c] : row[c];
        }
    }

    /// <summary>Copies rows into rows of whole vectors, filled up with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen<T, TLanes, TVector>(int rows, int columns, T* from, nint fromStride, T* to, int toStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        for (; rows > 0; rows--, from += fromStride, to += toStride)
        {
            for (int j = 0; j < toStride; j += TLanes.Count)
                TLanes.Store(TLanes.LoadFirst(from + j, Math.Clamp(columns - j, 0, TLanes.Count)), to + j);
        }
    }

    /// <summary>Copies rows of whole vectors to where nothing beside them may be touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow<T, TLanes, TVector>(int rows, int columns, T* from, int fromStride, T* to, nint toStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fill<T, TLanes, TVector>(T value, T* x, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        TVector values = TLanes.Broadcast(value);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            TLanes.Store(values, x + j);
        if (j < n)
            TLanes.StoreFirst(values, x + j, n - j);
    }
}
