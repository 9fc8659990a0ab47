namespace Staircase.Kernels;

/// <summary>The rectifier max(0, x).</summary>
/// <remarks>Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.</remarks>
public static class Relu
{
    /// <summary>y[i] = max(0, x[i]); NaN stays NaN. The destination may be <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ElementOperation<T, Function<T>>.Run(x, x, y);

    /// <summary>
    /// dx[i] = dy[i] where x[i] &gt; 0, else 0. The destination may be <paramref name="dy"/>; <paramref name="x"/> may be the result of
    /// <see cref="Forward"/> instead of its argument.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Backward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ElementOperation<T, Derivative<T>>.Run(x, dy, dx);

    /// <summary>max(0, x).</summary>
    private readonly struct Function<T> : IElementFunction<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveInlining)]
        static TVector IElementFunction<T>.Invoke<TLanes, TVector>(TVector x, TVector y) =>
            TLanes.Max(TLanes.Broadcast(T.Zero), x);
    }

    /// <summary>dy where x > 0.</summary>
    private readonly struct Derivative<T> : IElementFunction<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveInlining)]
        static TVector IElementFunction<T>.Invoke<TLanes, TVector>(TVector x, TVector y) =>
            TLanes.ClearWhereAtMost(y, x, TLanes.Broadcast(T.Zero));
    }
}
