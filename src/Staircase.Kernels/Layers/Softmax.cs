namespace Staircase.Kernels;

/// <summary>The softmax of rows and its logarithm. The largest entry is subtracted first, so that no exponential overflows.</summary>
/// <remarks>
/// Matrices are contiguous, row after row. An entry of −∞ gets the probability 0; a row of nothing else, or one with NaN, becomes NaN.
/// Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.
/// </remarks>
public static unsafe class Softmax
{
    /// <summary>y_ij = exp(x_ij) / Σ_k exp(x_ik). The destination may be <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentException">There are no columns, or a span is not whole rows of the right number.</exception>
    public static void Forward<T>(int columns, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = RequireRows(x, columns);
        RequireSameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
            LaneOperation.Run<T, ForwardRows<T>>(new(px, py, rows, columns));
    }

    /// <summary>y_ij = x_ij − ln Σ_k exp(x_ik). The destination may be <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentException">There are no columns, or a span is not whole rows of the right number.</exception>
    public static void LogForward<T>(int columns, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = RequireRows(x, columns);
        RequireSameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
            LaneOperation.Run<T, LogForwardRows<T>>(new(px, py, rows, columns));
    }

    private readonly struct ForwardRows<T>(T* x, T* y, int rows, int columns) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            T* from = x, to = y;
            for (int i = 0; i < rows; i++, from += columns, to += columns)
                SoftmaxRow<T, TLanes, TVector>.Forward(from, to, to, columns);
        }
    }

    private readonly struct LogForwardRows<T>(T* x, T* y, int rows, int columns) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            T* from = x, to = y;
            int n = columns;
            for (int i = 0; i < rows; i++, from += n, to += n)
            {
                T largest = SoftmaxRow<T, TLanes, TVector>.Largest(from, n);
                T sum = SoftmaxRow<T, TLanes, TVector>.Exponentials(from, null, n, largest);
                TVector shift = TLanes.Broadcast(largest + T.Log(sum));
                int j = 0;
                for (; j <= n - TLanes.Count; j += TLanes.Count)
                    TLanes.Store(TLanes.Subtract(TLanes.Load(from + j), shift), to + j);
                if (j < n)
                    TLanes.StoreFirst(TLanes.Subtract(TLanes.LoadFirst(from + j, n - j), shift), to + j, n - j);
            }
        }
    }
}
