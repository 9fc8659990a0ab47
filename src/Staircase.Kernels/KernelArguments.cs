using System.Diagnostics.CodeAnalysis;

namespace Staircase.Kernels;

/// <summary>The argument checks that the kernels share.</summary>
internal static class KernelArguments
{
    /// <summary>Checks that two vectors have one length.</summary>
    public static void RequireSameLength(int x, int y)
    {
        if (x != y)
            Throw($"The vectors must have the same length, but x has {x} and y has {y} elements.");
    }

    /// <summary>Checks that a vector has exactly the length that the operation needs.</summary>
    public static void RequireLength(string name, int length, int needed)
    {
        if (length != needed)
            Throw($"The vector {name} must have {needed} elements, but it has {length}.");
    }

    /// <summary>Checks that a row-major matrix view fits into its span; padding after the last row is not needed.</summary>
    public static void RequireMatrix(string name, int length, int rows, int columns, int stride)
    {
        if (rows < 0 || columns < 0)
            Throw($"The size of the matrix {name} must not be negative, but it is {rows} x {columns}.");
        if (stride < columns)
            Throw($"The stride of the matrix {name} must be at least its {columns} columns, but it is {stride}.");
        long needed = rows == 0 || columns == 0 ? 0 : ((rows - 1L) * stride) + columns;
        if (length < needed)
            Throw($"The {rows} x {columns} matrix {name} with stride {stride} needs {needed} elements, but its span has {length}.");
    }

    /// <summary>Checks a half-open range of rows.</summary>
    public static void RequireRange(int first, int last, int size)
    {
        if (first < 0 || last < first || last > size)
            Throw($"The rows [{first}, {last}) must lie in [0, {size}).");
    }

    [DoesNotReturn]
    private static void Throw(string message) => throw new ArgumentException(message);
}
