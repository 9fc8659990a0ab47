namespace Staircase.Kernels;

/// <summary>
/// The Gaussian error linear unit in its tanh form, x σ(2√(2/π)(x + 0.044715 x³)) (Hendrycks, Gimpel 2016; GPT-2), which lies within 5e-4
/// of x Φ(x).
/// </summary>
/// <remarks>Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.</remarks>
public static class Gelu
{
    private const double Slope = 1.5957691216057308, Cubic = 0.044715; // 2√(2/π)

    /// <summary>y[i] = gelu(x[i]). The destination may be <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ElementOperation<T, Function<T>>.Run(x, x, y);

    /// <summary>dx[i] = gelu′(x[i]) dy[i]. The destination may be <paramref name="x"/> or <paramref name="dy"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Backward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ElementOperation<T, Derivative<T>>.Run(x, dy, dx);

    /// <summary>σ(2√(2/π)(x + 0.044715 x³)), whose exponent is cut where the result is 0 to rounding.</summary>
    [MethodImpl(AggressiveInlining)]
    private static TVector Gate<T, TLanes, TVector>(TVector x, TVector square)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        TVector one = TLanes.Broadcast(T.One);
        TVector slope = LaneMath<T, TLanes, TVector>.Constant(-Slope), cubic = LaneMath<T, TLanes, TVector>.Constant(-Slope * Cubic);
        TVector largest = LaneMath<T, TLanes, TVector>.Constant(typeof(T) == typeof(float) ? 87 : 708);
        TVector exponent = TLanes.Min(largest, TLanes.Multiply(x, TLanes.MultiplyAdd(cubic, square, slope)));
        return TLanes.Divide(one, TLanes.Add(one, LaneMath<T, TLanes, TVector>.Exp(exponent)));
    }

    /// <summary>x σ.</summary>
    private readonly struct Function<T> : IElementFunction<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveInlining)]
        static TVector IElementFunction<T>.Invoke<TLanes, TVector>(TVector x, TVector y) =>
            TLanes.Multiply(x, Gate<T, TLanes, TVector>(x, TLanes.Multiply(x, x)));
    }

    /// <summary>(σ + x σ (1 − σ) · 2√(2/π)(1 + 3 · 0.044715 x²)) dy.</summary>
    private readonly struct Derivative<T> : IElementFunction<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveInlining)]
        static TVector IElementFunction<T>.Invoke<TLanes, TVector>(TVector x, TVector y)
        {
            TVector square = TLanes.Multiply(x, x), gate = Gate<T, TLanes, TVector>(x, square);
            TVector linear = LaneMath<T, TLanes, TVector>.Constant(Slope), cubic = LaneMath<T, TLanes, TVector>.Constant(3 * Slope * Cubic);
            TVector slope = TLanes.MultiplyAdd(cubic, square, linear);
            TVector falling = TLanes.Multiply(TLanes.Multiply(x, gate), TLanes.Subtract(TLanes.Broadcast(T.One), gate));
            return TLanes.Multiply(y, TLanes.MultiplyAdd(falling, slope, gate));
        }
    }
}
