using System.Numerics;

namespace Staircase.Kernels.Tests;

/// <summary>
/// A random strided matrix in a buffer that is NaN everywhere else: a read outside spoils results, a write outside is found.
/// </summary>
internal class PoisonedMatrix<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Margin = 37;   // more than two vectors, and odd, so that no view is aligned

    private readonly T[] _buffer;
    private readonly T[] _original;

    public PoisonedMatrix(Random random, int rows, int columns, int stride)
    {
        Rows = rows;
        Columns = columns;
        Stride = stride;
        Length = rows == 0 || columns == 0 ? 0 : ((rows - 1) * stride) + columns;
        _buffer = new T[Length + (2 * Margin)];
        Array.Fill(_buffer, T.NaN);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                this[i, j] = T.CreateTruncating((2 * random.NextDouble()) - 1);
        }

        _original = [.. _buffer];
    }

    public int Rows { get; }

    public int Columns { get; }

    public int Stride { get; }

    public int Length { get; }

    /// <summary>The view that a kernel gets; it ends with the last element of the last row.</summary>
    public Span<T> Span => _buffer.AsSpan(Margin, Length);

    /// <summary>The same as a factor of a product.</summary>
    public MatrixView<T> View => new(Span, Rows, Columns, Stride);

    public T this[int row, int column]
    {
        get => _buffer[Margin + (row * Stride) + column];
        set => _buffer[Margin + (row * Stride) + column] = value;
    }

    public T Original(int row, int column) => _original[Margin + (row * Stride) + column];

    /// <summary>Overwrites elements, before the kernel runs, and takes them for the original.</summary>
    public void Poison(Func<int, int, bool> where)
    {
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                if (where(i, j))
                    this[i, j] = T.NaN;
            }
        }

        _buffer.CopyTo(_original, 0);
    }

    public void AssertUnchanged(string what) => AssertUnchangedExcept(what, (_, _) => false);

    /// <summary>Asserts that margins, padding and all elements but the allowed ones still have their bits.</summary>
    public void AssertUnchangedExcept(string what, Func<int, int, bool> mayChange)
    {
        for (int i = 0; i < _buffer.Length; i++)
        {
            int offset = i - Margin;
            bool inside = offset >= 0 && offset < Length && offset % Stride < Columns;
            if (!inside || !mayChange(offset / Stride, offset % Stride))
                NumericAssert.SameBits($"{what}, offset {offset} of the view of {Length}", _original[i], _buffer[i]);
        }
    }
}

/// <summary>The same in double precision.</summary>
internal sealed class PoisonedMatrix(Random random, int rows, int columns, int stride)
    : PoisonedMatrix<double>(random, rows, columns, stride);
