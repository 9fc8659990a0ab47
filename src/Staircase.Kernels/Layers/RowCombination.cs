namespace Staircase.Kernels;

/// <summary>Linear combinations of a few rows, and their two derivatives: what heads do that read from small tables.</summary>
/// <remarks>Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.</remarks>
public static unsafe class RowCombination
{
    /// <summary>y += Σ_j c_j r_j.</summary>
    /// <param name="coefficients">c, one a row.</param>
    /// <param name="rows">r, row after row, each as long as <paramref name="y"/>.</param>
    /// <param name="y">The sum.</param>
    /// <exception cref="ArgumentException">The rows are not as many or not as long as they should be.</exception>
    public static void Add<T>(ReadOnlySpan<T> coefficients, ReadOnlySpan<T> rows, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireLength(rows, coefficients.Length * y.Length);
        fixed (T* c = coefficients, r = rows, py = y)
            LaneOperation.Run<T, Combine<T>>(new(c, r, py, coefficients.Length, y.Length));
    }

    /// <summary>c_j = r_j · y, the derivative with respect to the coefficients.</summary>
    /// <exception cref="ArgumentException">The rows are not as many or not as long as they should be.</exception>
    public static void Project<T>(ReadOnlySpan<T> rows, ReadOnlySpan<T> y, Span<T> coefficients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireLength(rows, coefficients.Length * y.Length);
        fixed (T* c = coefficients, r = rows, py = y)
            LaneOperation.Run<T, Products<T>>(new(c, r, py, coefficients.Length, y.Length));
    }

    /// <summary>r_j += c_j y, the derivative with respect to the rows.</summary>
    /// <exception cref="ArgumentException">The rows are not as many or not as long as they should be.</exception>
    public static void Spread<T>(ReadOnlySpan<T> coefficients, ReadOnlySpan<T> y, Span<T> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireLength(rows, coefficients.Length * y.Length);
        fixed (T* c = coefficients, r = rows, py = y)
            LaneOperation.Run<T, Outer<T>>(new(c, r, py, coefficients.Length, y.Length));
    }

    private readonly struct Combine<T>(T* c, T* rows, T* y, int count, int length) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Columns outside, rows inside: the sum stays in registers.
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            T* pc = c, py = y;
            int n = length, k = count, i = 0;
            for (; i <= n - (2 * TLanes.Count); i += 2 * TLanes.Count)
            {
                TVector left = TLanes.Load(py + i), right = TLanes.Load(py + i + TLanes.Count);
                T* r = rows + i;
                for (int j = 0; j < k; j++, r += n)
                {
                    TVector factor = TLanes.Broadcast(pc[j]);
                    left = TLanes.MultiplyAdd(factor, TLanes.Load(r), left);
                    right = TLanes.MultiplyAdd(factor, TLanes.Load(r + TLanes.Count), right);
                }

                TLanes.Store(left, py + i);
                TLanes.Store(right, py + i + TLanes.Count);
            }

            for (; i < n; i += TLanes.Count)
            {
                int rest = Min(TLanes.Count, n - i);
                TVector sum = TLanes.LoadFirst(py + i, rest);
                T* r = rows + i;
                for (int j = 0; j < k; j++, r += n)
                    sum = TLanes.MultiplyAdd(TLanes.Broadcast(pc[j]), TLanes.LoadFirst(r, rest), sum);
                TLanes.StoreFirst(sum, py + i, rest);
            }
        }
    }

    private readonly struct Products<T>(T* c, T* rows, T* y, int count, int length) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            T* r = rows, py = y;
            int n = length;
            for (int j = 0; j < count; j++, r += n)
            {
                TVector even = TLanes.Broadcast(T.Zero), odd = even;
                int i = 0;
                for (; i <= n - (2 * TLanes.Count); i += 2 * TLanes.Count)
                {
                    even = TLanes.MultiplyAdd(TLanes.Load(r + i), TLanes.Load(py + i), even);
                    odd = TLanes.MultiplyAdd(TLanes.Load(r + i + TLanes.Count), TLanes.Load(py + i + TLanes.Count), odd);
                }

                for (; i < n; i += TLanes.Count)
                {
                    int rest = Min(TLanes.Count, n - i);
                    even = TLanes.MultiplyAdd(TLanes.LoadFirst(r + i, rest), TLanes.LoadFirst(py + i, rest), even);
                }

                c[j] = TLanes.Sum(TLanes.Add(even, odd));
            }
        }
    }

    private readonly struct Outer<T>(T* c, T* rows, T* y, int count, int length) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            T* r = rows, py = y;
            int n = length;
            for (int j = 0; j < count; j++, r += n)
            {
                TVector factor = TLanes.Broadcast(c[j]);
                for (int i = 0; i < n; i += TLanes.Count)
                {
                    int rest = Min(TLanes.Count, n - i);
                    TVector sum = TLanes.MultiplyAdd(factor, TLanes.LoadFirst(py + i, rest), TLanes.LoadFirst(r + i, rest));
                    TLanes.StoreFirst(sum, r + i, rest);
                }
            }
        }
    }
}
