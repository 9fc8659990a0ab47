using static Staircase.Kernels.CausalSpace;

namespace Staircase.Kernels;

/// <summary><see cref="CausalAttention.Backward"/> for one width of vectors.</summary>
internal readonly unsafe struct CausalBackward<T>(CausalShape shape, T scale, T* qkv, T* relative, T* probabilities, T* dOutput, T* workspace, T* dqkv, T* dRelative) : ILaneOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(AggressiveOptimization)]
    public void Run<TLanes, TVector>()
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int n = shape.Tokens, w = shape.Width, row = Whole(n), wide = Whole(w);
        nint o = (nint)shape.Heads * w, s = 3 * o;
        T* slopes = Tiles.Aligned(workspace), shifted = slopes + (BlockRows * row), values = shifted + (BlockRows * row), keys = values + (w * row);
        T* offsets = keys + (n * wide), block = offsets + (n * wide), dKeys = block + (BlockRows * wide), dValues = dKeys + (wide * row), dOffsets = dValues + (wide * row);
        for (int head = 0; head < shape.Heads; head++)
        {
            nint table = ((((nint)head + 1) * shape.Offsets) - n) * w;
            if (shape.Offsets > 0)
            {
                CausalLanes<T, TLanes, TVector>.Widen(n, w, relative + table, w, offsets, wide);
                CausalLanes<T, TLanes, TVector>.Fill(T.Zero, dOffsets, wide * row);
            }

            for (int sequence = 0; sequence < shape.Sequences; sequence++)
            {
                nint at = (sequence * n * s) + (head * w);
                T* q = qkv + at, dq = dqkv + at, dO = dOutput + ((nint)sequence * n * o) + (head * w);
                T* p = probabilities + ((((nint)sequence * shape.Heads) + head) * n * row);
                CausalLanes<T, TLanes, TVector>.Fill(T.Zero, values, w * row);
                Tiles.Turn(n, w, q + (2 * o), s, adds: false, values, row);
                CausalLanes<T, TLanes, TVector>.Widen(n, w, q + o, s, keys, wide);
                CausalLanes<T, TLanes, TVector>.Fill(T.Zero, dKeys, 2 * wide * row); // and dValues
                for (int first = 0; first < n; first += BlockRows)
                {
                    int rows = Math.Min(BlockRows, n - first), seen = first + rows, whole = Whole(seen);
                    T* q1 = q + (first * s), dO1 = dO + (first * o), p1 = p + ((nint)first * row);
                    CausalLanes<T, TLanes, TVector>.Product(rows, whole, w, T.One, dO1, o, 1, values, row, T.Zero, slopes, row);
                    for (int r = 0; r < rows; r++)
                    {
                        T* x = slopes + (r * row);
                        SoftmaxRow<T, TLanes, TVector>.Backward(p1 + ((nint)r * row), x, x, whole, scale);
                        if (shape.Offsets > 0)
                        {
                            // A row runs over into the next one, which is written after it; the last one does not.
                            CausalLanes<T, TLanes, TVector>.Fill(T.Zero, shifted + (r * row), BlockRows);
                            CausalLanes<T, TLanes, TVector>.Narrow(1, whole, x, row, shifted + (r * row) + (rows - 1 - r), row);
                        }
                    }

                    CausalLanes<T, TLanes, TVector>.Product(rows, w, seen, T.One, slopes, row, 1, keys, wide, T.Zero, block, wide);
                    CausalLanes<T, TLanes, TVector>.Product(w, whole, rows, T.One, dO1, 1, o, p1, row, T.One, dValues, row);
                    CausalLanes<T, TLanes, TVector>.Product(w, whole, rows, T.One, q1, 1, s, slopes, row, T.One, dKeys, row);
                    if (shape.Offsets > 0)
                    {
                        CausalLanes<T, TLanes, TVector>.Product(rows, w, seen, T.One, shifted, row, 1, offsets + ((n - seen) * wide), wide, T.One, block, wide);
                        CausalLanes<T, TLanes, TVector>.Product(w, whole, rows, T.One, q1, 1, s, shifted, row, T.One, dOffsets + (n - seen), row);
                    }

                    CausalLanes<T, TLanes, TVector>.Narrow(rows, w, block, wide, dq + (first * s), s);
                }

                Tiles.Turn(w, n, dKeys, row, adds: false, dq + o, s);
                Tiles.Turn(w, n, dValues, row, adds: false, dq + (2 * o), s);
            }

            if (shape.Offsets > 0)
                Tiles.Turn(w, n, dOffsets, row, adds: true, dRelative + table, w);
        }
    }
}
