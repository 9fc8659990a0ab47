using System.Diagnostics.CodeAnalysis;

namespace Staircase.Kernels;

/// <summary>The argument checks that the kernels share.</summary>
/// <remarks>
/// Messages are made in methods of their own that are never inlined: inlined into a kernel, the string formatting
/// was most of its code and cost the first call of <c>VectorKernels.Dot</c> 9 ms of compilation.
/// </remarks>
internal static class KernelArguments
{
    /// <summary>Checks that the numbers are of a precision that the kernels know.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void RequirePrecision<T>()
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            ThrowPrecision(typeof(T).Name);
    }

    /// <summary>Checks that two vectors have one length.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void RequireSameLength(int x, int y)
    {
        if (x != y)
            ThrowDifferentLengths(x, y);
    }

    /// <summary>Checks that a vector has exactly the length that the operation needs.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void RequireLength<T>(ReadOnlySpan<T> vector, int needed, [CallerArgumentExpression(nameof(vector))] string name = "") =>
        RequireLength(vector.Length, needed, name);

    [MethodImpl(AggressiveInlining)]
    public static void RequireLength(int length, int needed, [CallerArgumentExpression(nameof(length))] string name = "")
    {
        if (length != needed)
            ThrowLength(name, length, needed);
    }

    /// <summary>Checks that a row-major matrix fits into its span; padding after the last row is not needed.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void RequireMatrix(int length, int rows, int columns, int stride)
    {
        if ((rows | columns) < 0 || stride < columns || length < Extent(rows, columns, stride))
            ThrowMatrix(length, rows, columns, stride);
    }

    /// <summary>Checks that two matrices can be multiplied and that the product fits into its span.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void RequireProduct(int aRows, int aColumns, int bRows, int bColumns, int length, int stride)
    {
        if (aColumns != bRows)
            ThrowFactors(aRows, aColumns, bRows, bColumns);
        RequireMatrix(length, aRows, bColumns, stride);
    }

    /// <summary>Checks that a span is whole rows, and returns how many.</summary>
    public static int RequireRows<T>(ReadOnlySpan<T> matrix, int columns, [CallerArgumentExpression(nameof(matrix))] string name = "")
    {
        if (columns < 1 || matrix.Length % columns != 0)
            ThrowRows(name, matrix.Length, columns);
        return matrix.Length / columns;
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
    [MethodImpl(NoInlining)]
    private static void ThrowPrecision(string name) =>
        throw new NotSupportedException($"Kernels work on Single and Double, not on {name}.");

    [DoesNotReturn]
    [MethodImpl(NoInlining)]
    private static void ThrowDifferentLengths(int x, int y) =>
        throw new ArgumentException($"The vectors must have the same length, but x has {x} and y has {y} elements.");

    [DoesNotReturn]
    [MethodImpl(NoInlining)]
    private static void ThrowLength(string name, int length, int needed) =>
        throw new ArgumentException($"The vector {name} must have {needed} elements, but it has {length}.");

    private static long Extent(int rows, int columns, int stride) =>
        rows == 0 || columns == 0 ? 0 : ((rows - 1L) * stride) + columns;

    [DoesNotReturn]
    [MethodImpl(NoInlining)]
    private static void ThrowMatrix(int length, int rows, int columns, int stride) => throw new ArgumentException(
        rows < 0 || columns < 0 ? $"The size of a matrix must not be negative, but it is {rows} x {columns}."
        : stride < columns ? $"The stride of a {rows} x {columns} matrix must be at least its columns, but it is {stride}."
        : $"A {rows} x {columns} matrix with stride {stride} needs {Extent(rows, columns, stride)} elements, but its span has {length}.");

    [DoesNotReturn]
    [MethodImpl(NoInlining)]
    private static void ThrowFactors(int aRows, int aColumns, int bRows, int bColumns) => throw new ArgumentException(
        $"A {aRows} x {aColumns} matrix has no product with a {bRows} x {bColumns} one: its columns must be as many as the other's rows.");

    [DoesNotReturn]
    [MethodImpl(NoInlining)]
    private static void ThrowRows(string name, int length, int columns) =>
        throw new ArgumentException(
            $"The matrix '{name}' must be whole rows of {columns} columns (at least 1), but it has {length} elements.");

    [DoesNotReturn]
    [MethodImpl(NoInlining)]
    private static void ThrowIndex(int index, int size) =>
        throw new ArgumentException($"Indices must lie in [0, {size}), but one is {index}.");

    [DoesNotReturn]
    [MethodImpl(NoInlining)]
    private static void ThrowRange(int first, int last, int size) =>
        throw new ArgumentException($"The rows [{first}, {last}) must lie in [0, {size}).");
}
