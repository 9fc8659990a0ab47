using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Staircase.Kernels;

/// <summary>Sums, products and updates of vectors.</summary>
/// <remarks>
/// Nothing is allocated. Results depend on the values, the length and <see cref="KernelHardware.VectorBits"/> only:
/// not on alignment, threads or earlier calls.
/// Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.
/// </remarks>
public static unsafe class VectorKernels
{
    // AggressiveOptimization, here and in the other kernels: a study runs for less than a second, and the runtime
    // would spend the first part of it in unoptimised code whose vector operations are calls.
    private const MethodImplOptions Hot = AggressiveOptimization;

    /// <summary>The inner product <c>Σ_i x[i] * y[i]</c>.</summary>
    /// <param name="x">The first vector; may be the same memory as <paramref name="y"/>.</param>
    /// <param name="y">The second vector, as long as <paramref name="x"/>.</param>
    /// <returns>The inner product, 0 for empty vectors.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x.Length, y.Length);
        fixed (double* px = x, py = y)
            return Dot(px, py, x.Length);
    }

    /// <summary>The sum of squares <c>Σ_i x[i]²</c>; the same bits as <c>Dot</c> of the vector with itself.</summary>
    /// <param name="x">The vector.</param>
    /// <returns>The sum, 0 for an empty vector.</returns>
    [MethodImpl(Hot)]
    public static double SumOfSquares(ReadOnlySpan<double> x)
    {
        fixed (double* px = x)
            return Dot(px, px, x.Length);
    }

    /// <summary>
    /// The sum of squares <c>Σ_i x[i]²</c> of single-precision numbers in double precision, which long sums need: every square is exact.
    /// </summary>
    /// <remarks>The order of summation depends on the length and <c>Vector&lt;double&gt;.Count</c> only.</remarks>
    [MethodImpl(Hot)]
    public static double SumOfSquares(ReadOnlySpan<float> x)
    {
        ref float X = ref MemoryMarshal.GetReference(x);
        int i = 0, width = Vector<float>.Count;
        Vector<double> even = default, odd = default;
        for (; i <= x.Length - width; i += width)
        {
            Vector.Widen(Vector.LoadUnsafe(ref X, (nuint)i), out Vector<double> low, out Vector<double> high);
            even += low * low;
            odd += high * high;
        }

        double sum = Vector.Sum(even + odd);
        for (; i < x.Length; i++)
            sum += (double)x[i] * x[i];
        return sum;
    }

    /// <summary>Adds a multiple of one vector to another: <c>y[i] += scale * x[i]</c>.</summary>
    /// <param name="scale">The factor.</param>
    /// <param name="x">The vector to add; either the same memory as <paramref name="y"/> or disjoint from it.</param>
    /// <param name="y">The vector that is updated, as long as <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static void AddScaled<T>(T scale, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireSameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
        {
            if (Interpreted.IsHere && typeof(T) == typeof(double))
                Interpreted.AddScaled(*(double*)&scale, (double*)px, (double*)py, x.Length);
            else
                LaneOperation.Run<T, Addition<T>>(new(scale, px, py, x.Length));
        }
    }

    /// <summary>y[i] = scale · x[i]. The destination may be <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static void Scale<T>(T scale, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePrecision<T>();
        RequireSameLength(x.Length, y.Length);
        if (Interpreted.IsHere && typeof(T) == typeof(double))
        {
            fixed (T* px = x, py = y)
                Interpreted.Scale(*(double*)&scale, (double*)px, (double*)py, x.Length);
            return;
        }

        ref T X = ref MemoryMarshal.GetReference(x), Y = ref MemoryMarshal.GetReference(y);
        int i = 0, width = Vector<T>.Count;
        for (; i <= x.Length - width; i += width)
            (Vector.LoadUnsafe(ref X, (nuint)i) * scale).StoreUnsafe(ref Y, (nuint)i);
        for (; i < x.Length; i++)
            y[i] = x[i] * scale;
    }

    /// <summary>z[i] = x[i] · y[i]. The destination may be a source.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static void Multiply<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePrecision<T>();
        RequireSameLength(x.Length, y.Length);
        RequireSameLength(x.Length, z.Length);
        if (Interpreted.IsHere && typeof(T) == typeof(double))
        {
            fixed (T* px = x, py = y, pz = z)
                Interpreted.Multiply((double*)px, (double*)py, (double*)pz, x.Length);
            return;
        }

        ref T X = ref MemoryMarshal.GetReference(x), Y = ref MemoryMarshal.GetReference(y), Z = ref MemoryMarshal.GetReference(z);
        int i = 0, width = Vector<T>.Count;
        for (; i <= x.Length - width; i += width)
            (Vector.LoadUnsafe(ref X, (nuint)i) * Vector.LoadUnsafe(ref Y, (nuint)i)).StoreUnsafe(ref Z, (nuint)i);
        for (; i < x.Length; i++)
            z[i] = x[i] * y[i];
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
        RequireSameLength(x.Length, y.Length);
        fixed (double* px = x, py = y)
            LaneOperation.Run<double, Rotation>(new(cosine, sine, px, py, x.Length));
    }

    /// <summary>
    /// The largest |error[i]| / (absolute + relative · max(|x[i]|, |y[i]|)): the size of an error against mixed tolerances; NaN where any
    /// entry is.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static double ScaledMaximum(
        ReadOnlySpan<double> error, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double absolute, double relative)
    {
        RequireSameLength(error.Length, x.Length);
        RequireSameLength(error.Length, y.Length);
        ref double E = ref MemoryMarshal.GetReference(error), X = ref MemoryMarshal.GetReference(x), Y = ref MemoryMarshal.GetReference(y);
        int i = 0, width = Vector<double>.Count;
        Vector<double> largest = default, a = new(absolute), r = new(relative);
        for (; i <= error.Length - width; i += width)
        {
            Vector<double> left = Vector.LoadUnsafe(ref X, (nuint)i), right = Vector.LoadUnsafe(ref Y, (nuint)i);
            Vector<double> size = Vector.Max(Vector.Abs(left), Vector.Abs(right));
            largest = Vector.Max(largest, Vector.Abs(Vector.LoadUnsafe(ref E, (nuint)i)) / (a + r * size));
        }

        double maximum = 0;
        for (int lane = 0; lane < width; lane++)
            maximum = Max(maximum, largest[lane]);
        for (; i < error.Length; i++)
            maximum = Max(maximum, Abs(error[i]) / (absolute + relative * Max(Abs(x[i]), Abs(y[i]))));
        return maximum;
    }

    /// <summary>sums[j] += x[j] in double.</summary>
    [MethodImpl(Hot)]
    internal static void AddTo<T>(ReadOnlySpan<T> x, Span<double> sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int j = 0;
        if (typeof(T) == typeof(float))
        {
            ref float X = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(x));
            ref double S = ref MemoryMarshal.GetReference(sums);
            int width = Vector<float>.Count, half = Vector<double>.Count;
            for (; j <= x.Length - width; j += width)
            {
                Vector.Widen(Vector.LoadUnsafe(ref X, (nuint)j), out Vector<double> low, out Vector<double> high);
                (Vector.LoadUnsafe(ref S, (nuint)j) + low).StoreUnsafe(ref S, (nuint)j);
                (Vector.LoadUnsafe(ref S, (nuint)(j + half)) + high).StoreUnsafe(ref S, (nuint)(j + half));
            }
        }

        for (; j < x.Length; j++)
            sums[j] += double.CreateTruncating(x[j]);
    }

    [MethodImpl(AggressiveInlining)]
    private static double Dot(double* x, double* y, int length)
    {
        if (Interpreted.IsHere)
            return Interpreted.Dot(x, y, length);
        if (Vector512.IsHardwareAccelerated)
            return Dot<Lanes512<double>, Vector512<double>>(x, y, length);
        if (Vector256.IsHardwareAccelerated)
            return Dot<Lanes256<double>, Vector256<double>>(x, y, length);
        if (Vector128.IsHardwareAccelerated)
            return Dot<Lanes128<double>, Vector128<double>>(x, y, length);
        return Dot<ScalarLanes<double>, double>(x, y, length);
    }

    [MethodImpl(AggressiveInlining)]
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

    private readonly struct Addition<T>(T scale, T* x, T* y, int length) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveInlining)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            TVector factor = TLanes.Broadcast(scale);
            int i = 0;
            for (; i <= length - TLanes.Count; i += TLanes.Count)
                TLanes.Store(TLanes.MultiplyAdd(factor, TLanes.Load(x + i), TLanes.Load(y + i)), y + i);
            int rest = length - i;
            if (rest > 0)
                TLanes.StoreFirst(TLanes.MultiplyAdd(factor, TLanes.LoadFirst(x + i, rest), TLanes.LoadFirst(y + i, rest)), y + i, rest);
        }
    }

    private readonly struct Rotation(double cosine, double sine, double* x, double* y, int length) : ILaneOperation<double>
    {
        [MethodImpl(AggressiveInlining)]
        void ILaneOperation<double>.Run<TLanes, TVector>()
        {
            TVector c = TLanes.Broadcast(cosine), s = TLanes.Broadcast(sine), negative = TLanes.Broadcast(-sine);
            for (int i = 0; i < length; i += TLanes.Count)
            {
                int count = Min(TLanes.Count, length - i);
                TVector xs = TLanes.LoadFirst(x + i, count), ys = TLanes.LoadFirst(y + i, count);
                TLanes.StoreFirst(TLanes.MultiplyAdd(c, xs, TLanes.Multiply(negative, ys)), x + i, count);
                TLanes.StoreFirst(TLanes.MultiplyAdd(c, ys, TLanes.Multiply(s, xs)), y + i, count);
            }
        }
    }
}
