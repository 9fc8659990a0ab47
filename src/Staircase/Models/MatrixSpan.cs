namespace Staircase;

/// <summary>A matrix that lies in a span row after row, to read and to write.</summary>
/// <param name="columns">The length of a row.</param>
public readonly ref struct MatrixSpan(Span<double> numbers, int columns)
{
    private readonly int _columns = columns;

    /// <summary>All rows, one after another.</summary>
    public Span<double> Numbers { get; } = numbers;

    /// <summary>How many rows there are.</summary>
    public int Rows => Numbers.Length / _columns;

    /// <summary>One row.</summary>
    public Span<double> this[int row] => Numbers.Slice(row * _columns, _columns);

    /// <summary>One entry.</summary>
    public ref double this[int row, int column] => ref this[row][column];
}
