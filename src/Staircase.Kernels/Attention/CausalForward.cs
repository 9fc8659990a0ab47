using static Staircase.Kernels.CausalSpace;

namespace Staircase.Kernels;

/// <summary><see cref="CausalAttention.Forward"/> for one width of vectors.</summary>
internal readonly unsafe struct CausalForward<T>(CausalShape shape, T scale, T* qkv, T* relative, T* probabilities, T* workspace, T* output) : ILaneOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(AggressiveOptimization)]
    public void Run<TLanes, TVector>()
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int n = shape.Tokens, w = shape.Width, row = Whole(n), wide = Whole(w);
        nint o = (nint)shape.Heads * w, s = 3 * o;
        T* scores = Tiles.Aligned(workspace), shifted = scores + (BlockRows * row), keys = shifted + (BlockRows * row), offsets = keys + (w * row), values = offsets + (w * row);
        T* block = values + (n * wide), infinities = block + (BlockRows * wide);
        CausalLanes<T, TLanes, TVector>.Fill(T.NegativeInfinity, infinities, TLanes.Count);
        for (int head = 0; head < shape.Heads; head++)
        {
            if (shape.Offsets > 0)
                Tiles.Turn(n, w, relative + ((((nint)head + 1) * shape.Offsets) - n) * w, w, adds: false, offsets, row);
            for (int sequence = 0; sequence < shape.Sequences; sequence++)
            {
                T* q = qkv + (sequence * n * s) + (head * w);
                T* p = probabilities + ((((nint)sequence * shape.Heads) + head) * n * row);
                Tiles.Turn(n, w, q + o, s, adds: false, keys, row);
                CausalLanes<T, TLanes, TVector>.Widen(n, w, q + (2 * o), s, values, wide);
                for (int first = 0; first < n; first += BlockRows)
                {
                    int rows = Math.Min(BlockRows, n - first), seen = first + rows;
                    CausalLanes<T, TLanes, TVector>.Product(rows, Whole(seen), w, scale, q + (first * s), s, 1, keys, row, T.Zero, scores, row);
                    if (shape.Offsets > 0)
                        CausalLanes<T, TLanes, TVector>.Product(rows, Whole(seen), w, scale, q + (first * s), s, 1, offsets + (n - seen), row, T.Zero, shifted, row);
                    for (int r = 0; r < rows; r++)
                    {
                        T* x = scores + (r * row);
                        Mask<TLanes, TVector>(x, shape.Offsets > 0 ? shifted + (r * row) + (rows - 1 - r) : null, first + r + 1, infinities);
                        SoftmaxRow<T, TLanes, TVector>.Forward(x, x, p + ((nint)(first + r) * row), Whole(seen));
                    }

                    CausalLanes<T, TLanes, TVector>.Product(rows, w, seen, T.One, p + ((nint)first * row), row, 1, values, wide, T.Zero, block, wide);
                    CausalLanes<T, TLanes, TVector>.Narrow(rows, w, block, wide, output + ((((nint)sequence * n) + first) * o) + (head * w), o);
                }
            }
        }
    }

    /// <summary>Adds what positions contribute, and puts −∞ where a token does not look.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void Mask<TLanes, TVector>(T* x, T* addend, int seen, T* infinities)
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int j = addend == null ? seen / TLanes.Count * TLanes.Count : 0;
        for (; j <= seen - TLanes.Count; j += TLanes.Count)
            TLanes.Store(TLanes.Add(TLanes.Load(x + j), TLanes.Load(addend + j)), x + j);
        for (int whole = Whole(seen); j < whole; j += TLanes.Count)
        {
            int count = Math.Max(seen - j, 0);
            TVector sum = addend == null ? TLanes.Load(x + j) : TLanes.Add(TLanes.Load(x + j), TLanes.Load(addend + j));
            TLanes.Store(TLanes.Add(TLanes.KeepFirst(sum, count), TLanes.LoadAfter(infinities, count)), x + j);
        }
    }
}
