using static Staircase.Kernels.CausalAttention;

namespace Staircase.Kernels;

internal static unsafe partial class CausalLanes<T, TLanes, TVector>
{
    [MethodImpl(AggressiveOptimization)]
    public static void Forward(CausalPass<T> pass)
    {
        int n = pass.Tokens, w = pass.Width, row = Whole(n), wide = Whole(w), heads = pass.Heads;
        nint o = (nint)heads * w, s = 3 * o;
        T scale = pass.Scale;
        T* scores = Tiles.Aligned(pass.Workspace), shifted = scores + (BlockRows * row), keys = shifted + (BlockRows * row);
        T* offsets = keys + (w * row), values = offsets + (w * row), block = values + (n * wide), infinities = block + (BlockRows * wide);
        bool relative = pass.Offsets > 0;
        Fill(T.NegativeInfinity, infinities, TLanes.Count);
        for (int head = 0; head < heads; head++)
        {
            if (relative)
                Tiles.Turn(n, w, pass.Relative + ((((nint)head + 1) * pass.Offsets) - n) * w, w, adds: false, offsets, row);
            for (int sequence = 0; sequence < pass.Sequences; sequence++)
            {
                T* q = pass.QKV + (sequence * n * s) + (head * w);
                T* p = pass.Probabilities + ((((nint)sequence * heads) + head) * n * row);
                T* output = pass.Output + ((nint)sequence * n * o) + (head * w);
                Tiles.Turn(n, w, q + o, s, adds: false, keys, row);
                Copy(n, w, q + (2 * o), s, wide, values, wide);
                for (int first = 0; first < n; first += BlockRows)
                {
                    int rows = Min(BlockRows, n - first), seen = first + rows, whole = Whole(seen);
                    T* q1 = q + (first * s), p1 = p + ((nint)first * row);
                    Product(rows, whole, w, scale, q1, s, 1, keys, row, T.Zero, scores, row);
                    if (relative)
                        Product(rows, whole, w, scale, q1, s, 1, offsets + (n - seen), row, T.Zero, shifted, row);
                    for (int r = 0; r < rows; r++)
                    {
                        T* x = scores + (r * row), addend = relative ? shifted + (r * row) + (rows - 1 - r) : null;
                        Mask(x, addend, first + r + 1, infinities);
                        SoftmaxRow<T, TLanes, TVector>.Forward(x, x, p1 + ((nint)r * row), whole);
                    }

                    Product(rows, w, seen, T.One, p1, row, 1, values, wide, T.Zero, block, wide);
                    Copy(rows, w, block, wide, w, output + (first * o), o);
                }
            }
        }
    }

    /// <summary>Adds what positions contribute, and puts −∞ where a token does not look.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void Mask(T* x, T* addend, int seen, T* infinities)
    {
        int j = addend == null ? seen / TLanes.Count * TLanes.Count : 0;
        for (; j <= seen - TLanes.Count; j += TLanes.Count)
            TLanes.Store(TLanes.Add(TLanes.Load(x + j), TLanes.Load(addend + j)), x + j);
        for (int whole = Whole(seen); j < whole; j += TLanes.Count)
        {
            int count = Max(seen - j, 0);
            TVector sum = addend == null ? TLanes.Load(x + j) : TLanes.Add(TLanes.Load(x + j), TLanes.Load(addend + j));
            TLanes.Store(TLanes.Add(TLanes.KeepFirst(sum, count), TLanes.LoadAfter(infinities, count)), x + j);
        }
    }
}
