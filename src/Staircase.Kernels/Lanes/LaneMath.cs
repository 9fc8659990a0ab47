namespace Staircase.Kernels;

/// <summary>Functions of a vector, lane by lane, written once for every width and precision.</summary>
internal static class LaneMath<T, TLanes, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLanes : struct, ILanes<T, TVector>
    where TVector : struct
{
    /// <summary>
    /// 1.5 · 2²³ or 1.5 · 2⁵²: adding it rounds a number of moderate size to a whole one, which then stands in its last bits.
    /// </summary>
    public static T RoundingShift
    {
        [MethodImpl(AggressiveInlining)]
        get => T.CreateTruncating(typeof(T) == typeof(float) ? 12582912.0 : 6755399441055744.0);
    }

    /// <summary>
    /// eˣ for x up to 88 (709 in double); at −87 (−708) and below zero, where the result would no longer be normal; NaN stays NaN.
    /// </summary>
    /// <remarks>
    /// x = n ln 2 + r with |r| ≤ ½ ln 2, ln 2 in two parts so that r is exact to rounding (Cody, Waite 1980), and the Taylor series of eʳ
    /// to order 7 (13): its remainder ½ ln 2⁸/8! = 5e-9 (4e-18) lies below half a unit in the last place. <c>Vector.Exp</c> computes in
    /// double also for single precision.
    /// </remarks>
    [MethodImpl(AggressiveInlining)]
    public static TVector Exp(TVector x)
    {
        bool single = typeof(T) == typeof(float);
        TVector shift = TLanes.Broadcast(RoundingShift);
        TVector least = Constant(single ? -87.0 : -708.0), argument = x;
        x = TLanes.Max(least, x);
        TVector shifted = TLanes.MultiplyAdd(x, Constant(1.4426950408889634), shift);
        TVector n = TLanes.Subtract(shifted, shift);
        TVector r = TLanes.MultiplyAdd(n, Constant(single ? -0.693359375 : -0.693147180369123816490), x);
        r = TLanes.MultiplyAdd(n, Constant(single ? 2.12194440e-4 : -1.90821492927058770002e-10), r);

        TVector p;
        if (single)
        {
            p = Constant(1.0 / 5040);
        }
        else
        {
            p = Constant(1.0 / 6227020800);
            p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 479001600));
            p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 39916800));
            p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 3628800));
            p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 362880));
            p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 40320));
            p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 5040));
        }

        p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 720));
        p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 120));
        p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 24));
        p = TLanes.MultiplyAdd(p, r, Constant(1.0 / 6));
        p = TLanes.MultiplyAdd(p, r, Constant(0.5));
        p = TLanes.MultiplyAdd(p, r, Constant(1));
        p = TLanes.MultiplyAdd(p, r, Constant(1));
        return TLanes.ClearWhereAtMost(TLanes.ScaleByPowerOfTwo(p, shifted), argument, least);
    }

    /// <summary>A number in every lane.</summary>
    [MethodImpl(AggressiveInlining)]
    public static TVector Constant(double value) => TLanes.Broadcast(
        typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>((float)value) : Unsafe.BitCast<double, T>(value));
}
