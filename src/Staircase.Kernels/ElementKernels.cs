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

    /// <summary>The largest |error[i]| / (absolute + relative · max(|x[i]|, |y[i]|)): the size of an error against mixed tolerances; NaN where any entry is.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(Hot)]
    public static double ScaledMaximum(ReadOnlySpan<double> error, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double absolute, double relative)
    {
        KernelArguments.RequireSameLength(error.Length, x.Length);
        KernelArguments.RequireSameLength(error.Length, y.Length);
        ref double E = ref MemoryMarshal.GetReference(error), X = ref MemoryMarshal.GetReference(x), Y = ref MemoryMarshal.GetReference(y);
        int i = 0, width = Vector<double>.Count;
        Vector<double> largest = default, a = new(absolute), r = new(relative);
        for (; i <= error.Length - width; i += width)
        {
            Vector<double> size = Vector.Max(Vector.Abs(Vector.LoadUnsafe(ref X, (nuint)i)), Vector.Abs(Vector.LoadUnsafe(ref Y, (nuint)i)));
            largest = Vector.Max(largest, Vector.Abs(Vector.LoadUnsafe(ref E, (nuint)i)) / (a + r * size));
        }

        double maximum = 0;
        for (int lane = 0; lane < width; lane++)
            maximum = Math.Max(maximum, largest[lane]);
        for (; i < error.Length; i++)
            maximum = Math.Max(maximum, Math.Abs(error[i]) / (absolute + relative * Math.Max(Math.Abs(x[i]), Math.Abs(y[i]))));
        return maximum;
    }
}
