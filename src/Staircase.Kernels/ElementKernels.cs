using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Staircase.Kernels;

/// <summary>Operations element by element. Results do not depend on the hardware's vector width.</summary>
/// <remarks>Written over <see cref="Vector{T}"/>: these are bound by memory, where 512-bit vectors gain nothing.</remarks>
public static class ElementKernels
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;

    /// <summary>destination[i] = scale · x[i]. The destination may be <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static void Scale(double scale, ReadOnlySpan<double> x, Span<double> destination)
    {
        KernelArguments.RequireSameLength(x.Length, destination.Length);
        ref double X = ref MemoryMarshal.GetReference(x), Z = ref MemoryMarshal.GetReference(destination);
        int i = 0, width = Vector<double>.Count;
        for (; i <= x.Length - width; i += width)
            (Vector.LoadUnsafe(ref X, (nuint)i) * scale).StoreUnsafe(ref Z, (nuint)i);
        for (; i < x.Length; i++)
            destination[i] = x[i] * scale;
    }

    /// <summary>destination[i] = x[i] · y[i]. The destination may be a source.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static void Multiply(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> destination)
    {
        KernelArguments.RequireSameLength(x.Length, y.Length);
        KernelArguments.RequireSameLength(x.Length, destination.Length);
        ref double X = ref MemoryMarshal.GetReference(x), Y = ref MemoryMarshal.GetReference(y), Z = ref MemoryMarshal.GetReference(destination);
        int i = 0, width = Vector<double>.Count;
        for (; i <= x.Length - width; i += width)
            (Vector.LoadUnsafe(ref X, (nuint)i) * Vector.LoadUnsafe(ref Y, (nuint)i)).StoreUnsafe(ref Z, (nuint)i);
        for (; i < x.Length; i++)
            destination[i] = x[i] * y[i];
    }

    /// <summary>Σ (error[i] / (absolute + relative · max(|x[i]|, |y[i]|)))², the squared size of an error against mixed tolerances.</summary>
    /// <remarks>The order of the sum, and so the last bits, depend on the width of <see cref="Vector{T}"/>.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static double ScaledSumOfSquares(ReadOnlySpan<double> error, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double absolute, double relative)
    {
        KernelArguments.RequireSameLength(error.Length, x.Length);
        KernelArguments.RequireSameLength(error.Length, y.Length);
        ref double E = ref MemoryMarshal.GetReference(error), X = ref MemoryMarshal.GetReference(x), Y = ref MemoryMarshal.GetReference(y);
        int i = 0, width = Vector<double>.Count;
        Vector<double> sums = default, a = new(absolute), r = new(relative);
        for (; i <= error.Length - width; i += width)
        {
            Vector<double> size = Vector.Max(Vector.Abs(Vector.LoadUnsafe(ref X, (nuint)i)), Vector.Abs(Vector.LoadUnsafe(ref Y, (nuint)i)));
            Vector<double> e = Vector.LoadUnsafe(ref E, (nuint)i) / (a + r * size);
            sums += e * e;
        }

        double sum = Vector.Sum(sums);
        for (; i < error.Length; i++)
        {
            double e = error[i] / (absolute + relative * Math.Max(Math.Abs(x[i]), Math.Abs(y[i])));
            sum += e * e;
        }

        return sum;
    }
}
