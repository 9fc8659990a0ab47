namespace Staircase.Kernels;

/// <summary>z[i] = f(x[i], y[i]); an element has the same bits in a whole vector and in the last, partial one.</summary>
internal readonly unsafe struct ElementOperation<T, TFunction>(T* x, T* y, T* z, int length) : ILaneOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TFunction : struct, IElementFunction<T>
{
    /// <summary>Checks the lengths and runs the function.</summary>
    public static void Run(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z)
    {
        RequireSameLength(x.Length, y.Length);
        RequireSameLength(x.Length, z.Length);
        fixed (T* px = x, py = y, pz = z)
            LaneOperation.Run<T, ElementOperation<T, TFunction>>(new(px, py, pz, x.Length));
    }

    [MethodImpl(AggressiveOptimization)]
    void ILaneOperation<T>.Run<TLanes, TVector>()
    {
        T* px = x, py = y, pz = z;
        int n = length, i = 0;
        for (; i <= n - TLanes.Count; i += TLanes.Count)
            TLanes.Store(TFunction.Invoke<TLanes, TVector>(TLanes.Load(px + i), TLanes.Load(py + i)), pz + i);
        n -= i;
        if (n > 0)
            TLanes.StoreFirst(TFunction.Invoke<TLanes, TVector>(TLanes.LoadFirst(px + i, n), TLanes.LoadFirst(py + i, n)), pz + i, n);
    }
}
