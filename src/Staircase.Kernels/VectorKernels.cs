using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Staircase.Kernels;

/// <summary>Sums and updates of vectors.</summary>
/// <remarks>
/// Nothing is allocated. Results depend on the values, the length and <see cref="KernelHardware.VectorBits"/> only:
/// not on alignment, threads or earlier calls.
/// </remarks>
public static unsafe class VectorKernels
{
    // AggressiveOptimization, here and in the other kernels: a study runs for less than a second, and the runtime
    // would spend the first part of it in unoptimised code whose vector operations are calls.
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;

    /// <summary>The inner product <c>Σ_i x[i] * y[i]</c>.</summary>
    /// <param name="x">The first vector; may be the same memory as <paramref name="y"/>.</param>
    /// <param name="y">The second vector, as long as <paramref name="x"/>.</param>
    /// <returns>The inner product, 0 for empty vectors.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        KernelArguments.RequireSameLength(x.Length, y.Length);
        fixed (double* px = x, py = y)
            return Dot(px, py, x.Length);
    }

    /// <summary>The sum of squares <c>Σ_i x[i]²</c>; the same bits as <see cref="Dot"/> of the vector with itself.</summary>
    /// <param name="x">The vector.</param>
    /// <returns>The sum, 0 for an empty vector.</returns>
    [MethodImpl(Hot)]
    public static double SumOfSquares(ReadOnlySpan<double> x)
    {
        fixed (double* px = x)
            return Dot(px, px, x.Length);
    }

    /// <summary>Adds a multiple of one vector to another: <c>y[i] += scale * x[i]</c>.</summary>
    /// <param name="scale">The factor.</param>
    /// <param name="x">The vector to add; either the same memory as <paramref name="y"/> or disjoint from it.</param>
    /// <param name="y">The vector that is updated, as long as <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static void AddScaled(double scale, ReadOnlySpan<double> x, Span<double> y)
    {
        KernelArguments.RequireSameLength(x.Length, y.Length);
        fixed (double* px = x, py = y)
        {
            if (Vector512.IsHardwareAccelerated)
                AddScaled<Lanes512<double>, Vector512<double>>(scale, px, py, x.Length);
            else if (Vector256.IsHardwareAccelerated)
                AddScaled<Lanes256<double>, Vector256<double>>(scale, px, py, x.Length);
            else if (Vector128.IsHardwareAccelerated)
                AddScaled<Lanes128<double>, Vector128<double>>(scale, px, py, x.Length);
            else
                AddScaled<ScalarLanes<double>, double>(scale, px, py, x.Length);
        }
    }

    /// <summary>Turns two vectors in their plane: <c>x[i], y[i] = cosine * x[i] - sine * y[i], sine * x[i] + cosine * y[i]</c>.</summary>
    /// <param name="cosine">The cosine of the angle.</param>
    /// <param name="sine">The sine of the angle.</param>
    /// <param name="x">The first vector; disjoint from <paramref name="y"/>.</param>
    /// <param name="y">The second vector, as long as <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static void Rotate(double cosine, double sine, Span<double> x, Span<double> y)
    {
        KernelArguments.RequireSameLength(x.Length, y.Length);
        fixed (double* px = x, py = y)
        {
            if (Vector512.IsHardwareAccelerated)
                Rotate<Lanes512<double>, Vector512<double>>(cosine, sine, px, py, x.Length);
            else if (Vector256.IsHardwareAccelerated)
                Rotate<Lanes256<double>, Vector256<double>>(cosine, sine, px, py, x.Length);
            else if (Vector128.IsHardwareAccelerated)
                Rotate<Lanes128<double>, Vector128<double>>(cosine, sine, px, py, x.Length);
            else
                Rotate<ScalarLanes<double>, double>(cosine, sine, px, py, x.Length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Dot(double* x, double* y, int length)
    {
        if (Vector512.IsHardwareAccelerated)
            return Dot<Lanes512<double>, Vector512<double>>(x, y, length);
        if (Vector256.IsHardwareAccelerated)
            return Dot<Lanes256<double>, Vector256<double>>(x, y, length);
        if (Vector128.IsHardwareAccelerated)
            return Dot<Lanes128<double>, Vector128<double>>(x, y, length);
        return Dot<ScalarLanes<double>, double>(x, y, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Dot<TLanes, TVector>(double* x, double* y, int length)
        where TLanes : struct, ILanes<double, TVector>
        where TVector : struct
    {
        TVector sum0 = TLanes.Broadcast(0);
        int i = 0;
        if (length >= 4 * TLanes.Count)
        {
            // Four independent sums cover the latency of a multiply-add.
            TVector sum1 = sum0, sum2 = sum0, sum3 = sum0;
            for (; i <= length - (4 * TLanes.Count); i += 4 * TLanes.Count)
            {
                sum0 = TLanes.MultiplyAdd(TLanes.Load(x + i), TLanes.Load(y + i), sum0);
                sum1 = TLanes.MultiplyAdd(TLanes.Load(x + i + TLanes.Count), TLanes.Load(y + i + TLanes.Count), sum1);
                sum2 = TLanes.MultiplyAdd(TLanes.Load(x + i + (2 * TLanes.Count)), TLanes.Load(y + i + (2 * TLanes.Count)), sum2);
                sum3 = TLanes.MultiplyAdd(TLanes.Load(x + i + (3 * TLanes.Count)), TLanes.Load(y + i + (3 * TLanes.Count)), sum3);
            }

            sum0 = TLanes.Add(TLanes.Add(sum0, sum1), TLanes.Add(sum2, sum3));
        }

        for (; i <= length - TLanes.Count; i += TLanes.Count)
            sum0 = TLanes.MultiplyAdd(TLanes.Load(x + i), TLanes.Load(y + i), sum0);
        if (i < length)
            sum0 = TLanes.MultiplyAdd(TLanes.LoadFirst(x + i, length - i), TLanes.LoadFirst(y + i, length - i), sum0);
        return TLanes.Sum(sum0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled<TLanes, TVector>(double scale, double* x, double* y, int length)
        where TLanes : struct, ILanes<double, TVector>
        where TVector : struct
    {
        TVector factor = TLanes.Broadcast(scale);
        int i = 0;
        for (; i <= length - TLanes.Count; i += TLanes.Count)
            TLanes.Store(TLanes.MultiplyAdd(factor, TLanes.Load(x + i), TLanes.Load(y + i)), y + i);
        if (i < length)
        {
            TVector last = TLanes.MultiplyAdd(factor, TLanes.LoadFirst(x + i, length - i), TLanes.LoadFirst(y + i, length - i));
            TLanes.StoreFirst(last, y + i, length - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rotate<TLanes, TVector>(double cosine, double sine, double* x, double* y, int length)
        where TLanes : struct, ILanes<double, TVector>
        where TVector : struct
    {
        TVector c = TLanes.Broadcast(cosine), s = TLanes.Broadcast(sine), negative = TLanes.Broadcast(-sine);
        int i = 0;
        for (; i <= length - TLanes.Count; i += TLanes.Count)
        {
            TVector xs = TLanes.Load(x + i), ys = TLanes.Load(y + i);
            TLanes.Store(TLanes.MultiplyAdd(c, xs, TLanes.Multiply(negative, ys)), x + i);
            TLanes.Store(TLanes.MultiplyAdd(c, ys, TLanes.Multiply(s, xs)), y + i);
        }

        if (i < length)
        {
            TVector xs = TLanes.LoadFirst(x + i, length - i), ys = TLanes.LoadFirst(y + i, length - i);
            TLanes.StoreFirst(TLanes.MultiplyAdd(c, xs, TLanes.Multiply(negative, ys)), x + i, length - i);
            TLanes.StoreFirst(TLanes.MultiplyAdd(c, ys, TLanes.Multiply(s, xs)), y + i, length - i);
        }
    }
}
