using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>Products with one number and scaled sums, in either precision.</summary>
public static unsafe class Scaling
{
    /// <summary>y[i] = scale · x[i]. The destination may be <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Multiply<T>(T scale, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KernelArguments.RequireSameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
            LaneOperation.Run<T, Operation<T>>(new(scale, px, py, x.Length, false));
    }

    /// <summary>y[i] += scale · x[i].</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Add<T>(T scale, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KernelArguments.RequireSameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
            LaneOperation.Run<T, Operation<T>>(new(scale, px, py, x.Length, true));
    }

    private readonly struct Operation<T>(T scale, T* x, T* y, int length, bool adds) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            TVector factor = TLanes.Broadcast(scale);
            T* px = x, py = y;
            int n = length, j = 0;
            for (; j <= n - TLanes.Count; j += TLanes.Count)
                TLanes.Store(adds ? TLanes.MultiplyAdd(factor, TLanes.Load(px + j), TLanes.Load(py + j)) : TLanes.Multiply(factor, TLanes.Load(px + j)), py + j);
            if (j < n)
            {
                TVector last = TLanes.LoadFirst(px + j, n - j);
                TLanes.StoreFirst(adds ? TLanes.MultiplyAdd(factor, last, TLanes.LoadFirst(py + j, n - j)) : TLanes.Multiply(factor, last), py + j, n - j);
            }
        }
    }
}
