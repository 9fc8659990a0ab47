namespace Staircase.Kernels;

/// <summary>A matrix that is read where it lies, row after row, as it is or transposed: nothing is copied.</summary>
/// <typeparam name="T">The numbers.</typeparam>
public readonly ref struct MatrixView<T>
    where T : unmanaged
{
    /// <summary>A view of numbers that lie in rows.</summary>
    /// <param name="numbers">The numbers; padding after the last row is not needed.</param>
    /// <param name="stride">Distance between the rows.</param>
    /// <exception cref="ArgumentException">A size is negative, the stride is shorter than a row, or the span is too short.</exception>
    [MethodImpl(AggressiveInlining)]
    public MatrixView(ReadOnlySpan<T> numbers, int rows, int columns, int stride)
        : this(numbers, rows, columns, stride, isTransposed: false) => RequireMatrix(numbers.Length, rows, columns, stride);

    [MethodImpl(AggressiveInlining)]
    private MatrixView(ReadOnlySpan<T> numbers, int rows, int columns, int stride, bool isTransposed)
    {
        Numbers = numbers;
        Rows = rows;
        Columns = columns;
        Stride = stride;
        IsTransposed = isTransposed;
    }

    /// <summary>Rows of the view.</summary>
    public int Rows { get; }

    /// <summary>Columns of the view.</summary>
    public int Columns { get; }

    /// <summary>The same numbers with rows and columns exchanged.</summary>
    public MatrixView<T> Transposed
    {
        [MethodImpl(AggressiveInlining)]
        get => new(Numbers, Columns, Rows, Stride, !IsTransposed);
    }

    /// <summary>The numbers as they lie.</summary>
    internal ReadOnlySpan<T> Numbers { get; }

    /// <summary>Distance between the rows as they lie.</summary>
    internal int Stride { get; }

    /// <summary>Whether the rows as they lie are the view's columns.</summary>
    internal bool IsTransposed { get; }

    /// <summary>This view or its transpose.</summary>
    [MethodImpl(AggressiveInlining)]
    public MatrixView<T> TransposedIf(bool transpose) => transpose ? Transposed : this;
}

/// <summary>Views of vectors as matrices.</summary>
public static class MatrixView
{
    /// <summary>A view of numbers whose rows lie side by side; there may be more numbers than it needs.</summary>
    /// <exception cref="ArgumentException">A size is negative, or there are too few numbers.</exception>
    [MethodImpl(AggressiveInlining)]
    public static MatrixView<T> AsMatrix<T>(this ReadOnlySpan<T> numbers, int rows, int columns)
        where T : unmanaged => new(numbers, rows, columns, columns);

    /// <summary>A view of numbers whose rows lie <paramref name="stride"/> apart.</summary>
    /// <exception cref="ArgumentException">A size is negative, the stride is shorter than a row, or there are too few numbers.</exception>
    [MethodImpl(AggressiveInlining)]
    public static MatrixView<T> AsMatrix<T>(this ReadOnlySpan<T> numbers, int rows, int columns, int stride)
        where T : unmanaged => new(numbers, rows, columns, stride);
}
