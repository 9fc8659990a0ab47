using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>The argument checks that the kernels share.</summary>
/// <remarks>
/// Messages are made in methods of their own that are never inlined: inlined into a kernel, the string formatting
/// was most of its code and cost the first call of <see cref="VectorKernels.Dot"/> 9 ms of compilation.
/// </remarks>
internal static class KernelArguments
{
    /// <summary>Checks that the numbers are of a precision that the kernels know.</summary>
    public static void RequirePrecision<T>()
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            ThrowPrecision(typeof(T).Name);
    }

    /// <summary>Checks that two vectors have one length.</summary>
    public static void RequireSameLength(int x, int y)
    {
        if (x != y)
            ThrowDifferentLengths(x, y);
    }

    /// <summary>Checks that a vector has exactly the length that the operation needs.</summary>
    public static void RequireLength(string name, int length, int needed)
    {
        if (length != needed)
            ThrowLength(name, length, needed);
    }

    /// <summary>Checks that a row-major matrix view fits into its span; padding after the last row is not needed.</summary>
    public static void RequireMatrix(string name, int length, int rows, int columns, int stride)
    {
        if (rows < 0 || columns < 0)
            ThrowNegative(name, rows, columns);
        if (stride < columns)
            ThrowStride(name, columns, stride);
        long needed = rows == 0 || columns == 0 ? 0 : ((rows - 1L) * stride) + columns;
        if (length < needed)
            ThrowTooShort(name, length, rows, columns, stride, needed);
    }

    /// <summary>Checks that matrices at equal distances fit into their span.</summary>
    public static void RequireBatch(string name, int length, int count, int step, int rows, int columns, int stride)
    {
        if (count < 0 || step < 0)
            ThrowBatch(name, count, step);
        if (count == 0)
            return;
        long first = (count - 1L) * step;
        RequireMatrix(name, (int)Math.Max(-1, length - first), rows, columns, stride);
    }

    /// <summary>Checks that a span is whole rows, and returns how many.</summary>
    public static int RequireRows(string name, int length, int columns)
    {
        if (columns < 1 || length % columns != 0)
            ThrowRows(name, length, columns);
        return length / columns;
    }

    /// <summary>Checks that indices lie in [0, <paramref name="size"/>).</summary>
    public static void RequireIndices(ReadOnlySpan<int> indices, int size)
    {
        foreach (int index in indices)
        {
            if ((uint)index >= (uint)size)
                ThrowIndex(index, size);
        }
    }

    /// <summary>Checks a half-open range of rows.</summary>
    public static void RequireRange(int first, int last, int size)
    {
        if (first < 0 || last < first || last > size)
            ThrowRange(first, last, size);
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowPrecision(string name) =>
        throw new NotSupportedException($"Kernels work on Single and Double, not on {name}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowDifferentLengths(int x, int y) =>
        throw new ArgumentException($"The vectors must have the same length, but x has {x} and y has {y} elements.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowLength(string name, int length, int needed) =>
        throw new ArgumentException($"The vector {name} must have {needed} elements, but it has {length}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowNegative(string name, int rows, int columns) =>
        throw new ArgumentException($"The size of '{name}' must not be negative, but it is {rows} x {columns}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowStride(string name, int columns, int stride) =>
        throw new ArgumentException($"The stride of '{name}' must be at least its {columns} columns, but it is {stride}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowTooShort(string name, int length, int rows, int columns, int stride, long needed) =>
        throw new ArgumentException($"The {rows} x {columns} matrix '{name}' with stride {stride} needs {needed} elements, but its span has {length}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowBatch(string name, int count, int step) =>
        throw new ArgumentException($"The number of matrices '{name}' and their distance must not be negative, but they are {count} and {step}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowRows(string name, int length, int columns) =>
        throw new ArgumentException($"The matrix '{name}' must be whole rows of {columns} columns (at least 1), but it has {length} elements.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowIndex(int index, int size) =>
        throw new ArgumentException($"Indices must lie in [0, {size}), but one is {index}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowRange(int first, int last, int size) =>
        throw new ArgumentException($"The rows [{first}, {last}) must lie in [0, {size}).");
}
