using static Staircase.Kernels.CausalAttention;

namespace Staircase.Kernels;

internal static unsafe partial class CausalLanes<T, TLanes, TVector>
{
    [MethodImpl(AggressiveOptimization)]
    public static void Backward(CausalPass<T> pass)
    {
        int n = pass.Tokens, w = pass.Width, row = Whole(n), wide = Whole(w), heads = pass.Heads;
        nint o = (nint)heads * w, s = 3 * o;
        T* slopes = Tiles.Aligned(pass.Workspace), shifted = slopes + (BlockRows * row), values = shifted + (BlockRows * row);
        T* keys = values + (w * row), offsets = keys + (n * wide), block = offsets + (n * wide);
        T* dKeys = block + (BlockRows * wide), dValues = dKeys + (wide * row), dOffsets = dValues + (wide * row);
        bool relative = pass.Offsets > 0;
        for (int head = 0; head < heads; head++)
        {
            nint table = ((((nint)head + 1) * pass.Offsets) - n) * w;
            if (relative)
            {
                Copy(n, w, pass.Relative + table, w, wide, offsets, wide);
                Fill(T.Zero, dOffsets, wide * row);
            }

            for (int sequence = 0; sequence < pass.Sequences; sequence++)
            {
                nint at = (sequence * n * s) + (head * w);
                T* q = pass.QKV + at, dq = pass.DQKV + at, dO = pass.Output + ((nint)sequence * n * o) + (head * w);
                T* p = pass.Probabilities + ((((nint)sequence * heads) + head) * n * row);
                Fill(T.Zero, values, w * row);
                Tiles.Turn(n, w, q + (2 * o), s, adds: false, values, row);
                Copy(n, w, q + o, s, wide, keys, wide);
                Fill(T.Zero, dKeys, 2 * wide * row); // and dValues
                for (int first = 0; first < n; first += BlockRows)
                {
                    int rows = Min(BlockRows, n - first), seen = first + rows, whole = Whole(seen);
                    T* q1 = q + (first * s), dO1 = dO + (first * o), p1 = p + ((nint)first * row);
                    Product(rows, whole, w, T.One, dO1, o, 1, values, row, T.Zero, slopes, row);
                    for (int r = 0; r < rows; r++)
                    {
                        T* x = slopes + (r * row);
                        SoftmaxRow<T, TLanes, TVector>.Backward(p1 + ((nint)r * row), x, x, whole, pass.Scale);
                        if (relative)
                        {
                            // A row runs over into the next one, which is written after it; the last one does not.
                            Fill(T.Zero, shifted + (r * row), BlockRows);
                            Copy(1, whole, x, row, whole, shifted + (r * row) + (rows - 1 - r), row);
                        }
                    }

                    Product(rows, w, seen, T.One, slopes, row, 1, keys, wide, T.Zero, block, wide);
                    Product(w, whole, rows, T.One, dO1, 1, o, p1, row, T.One, dValues, row);
                    Product(w, whole, rows, T.One, q1, 1, s, slopes, row, T.One, dKeys, row);
                    if (relative)
                    {
                        Product(rows, w, seen, T.One, shifted, row, 1, offsets + ((n - seen) * wide), wide, T.One, block, wide);
                        Product(w, whole, rows, T.One, q1, 1, s, shifted, row, T.One, dOffsets + (n - seen), row);
                    }

                    Copy(rows, w, block, wide, w, dq + (first * s), s);
                }

                Tiles.Turn(w, n, dKeys, row, adds: false, dq + o, s);
                Tiles.Turn(w, n, dValues, row, adds: false, dq + (2 * o), s);
            }

            if (relative)
                Tiles.Turn(w, n, dOffsets, row, adds: true, pass.DRelative + table, w);
        }
    }
}
