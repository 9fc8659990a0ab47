using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Staircase.Kernels;

/// <summary>Sums of single-precision numbers in double precision, which long sums need: loss, norms, moments.</summary>
/// <remarks>Written over <see cref="Vector{T}"/>: they are bound by memory. The order of summation depends on the length and <c>Vector&lt;double&gt;.Count</c> only.</remarks>
public static class Reductions
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;

    /// <summary>Σ x[i] in double.</summary>
    [MethodImpl(Hot)]
    public static double Sum(ReadOnlySpan<float> x)
    {
        ref float X = ref MemoryMarshal.GetReference(x);
        int i = 0, width = Vector<float>.Count;
        Vector<double> even = default, odd = default;
        for (; i <= x.Length - width; i += width)
        {
            Vector.Widen(Vector.LoadUnsafe(ref X, (nuint)i), out Vector<double> low, out Vector<double> high);
            even += low;
            odd += high;
        }

        double sum = Vector.Sum(even + odd);
        for (; i < x.Length; i++)
            sum += x[i];
        return sum;
    }

    /// <summary>Σ x[i]² in double.</summary>
    public static double SumOfSquares(ReadOnlySpan<float> x) => Dot(x, x);

    /// <summary>Σ x[i] y[i] in double; the products are exact.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        KernelArguments.RequireSameLength(x.Length, y.Length);
        ref float X = ref MemoryMarshal.GetReference(x), Y = ref MemoryMarshal.GetReference(y);
        int i = 0, width = Vector<float>.Count;
        Vector<double> even = default, odd = default;
        for (; i <= x.Length - width; i += width)
        {
            Vector.Widen(Vector.LoadUnsafe(ref X, (nuint)i), out Vector<double> lowX, out Vector<double> highX);
            Vector.Widen(Vector.LoadUnsafe(ref Y, (nuint)i), out Vector<double> lowY, out Vector<double> highY);
            even += lowX * lowY;
            odd += highX * highY;
        }

        double sum = Vector.Sum(even + odd);
        for (; i < x.Length; i++)
            sum += (double)x[i] * y[i];
        return sum;
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
}
