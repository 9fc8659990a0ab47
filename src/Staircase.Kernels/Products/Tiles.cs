namespace Staircase.Kernels;

/// <summary>What the kernels on tiles share.</summary>
internal static unsafe class Tiles
{
    /// <summary>Inner length of a block: a panel of 256 rows of two 512-bit vectors is 32 KiB and stays in the first-level cache.</summary>
    public const int InnerBlock = 256;

    /// <summary>The first number at the beginning of a cache line of 64 bytes.</summary>
    [MethodImpl(AggressiveInlining)]
    public static T* Aligned<T>(T* memory)
        where T : unmanaged => (T*)(((nint)memory + 63) & ~63);

    /// <summary>to = fromᵀ + (<paramref name="adds"/> ? to : 0), four rows at a time, so that each step writes half a cache line.</summary>
    /// <param name="rows">Rows of <paramref name="from"/>.</param>
    /// <param name="from">What is turned.</param>
    /// <param name="fromStride">From one of its rows to the next.</param>
    /// <param name="adds">Whether it is added to what is there, which otherwise is not read.</param>
    /// <param name="to">Where to.</param>
    /// <param name="toStride">From one row to the next there.</param>
    [MethodImpl(AggressiveOptimization)]
    public static void Turn<T>(int rows, int columns, T* from, nint fromStride, bool adds, T* to, nint toStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (adds)
            TurnAs(rows, columns, from, fromStride, adds: true, to, toStride);
        else
            TurnAs(rows, columns, from, fromStride, adds: false, to, toStride);
    }

    // Inlined twice, so that the loops do not ask.
    [MethodImpl(AggressiveInlining)]
    private static void TurnAs<T>(int rows, int columns, T* from, nint fromStride, bool adds, T* to, nint toStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int r = 0;
        for (; r <= rows - 4; r += 4, to += 4)
        {
            T* r0 = from + (r * fromStride), r1 = r0 + fromStride, r2 = r1 + fromStride, r3 = r2 + fromStride, entry = to;
            for (nint c = 0; c < columns; c++, entry += toStride)
            {
                entry[0] = adds ? entry[0] + r0[c] : r0[c];
                entry[1] = adds ? entry[1] + r1[c] : r1[c];
                entry[2] = adds ? entry[2] + r2[c] : r2[c];
                entry[3] = adds ? entry[3] + r3[c] : r3[c];
            }
        }

        for (; r < rows; r++, to++)
        {
            T* row = from + (r * fromStride), entry = to;
            for (nint c = 0; c < columns; c++, entry += toStride)
                *entry = adds ? *entry + row[c] : row[c];
        }
    }
}
