using System.Collections;

namespace Staircase.Lab;

/// <summary>The measures of a kind of experiment: each column beside how it is read off.</summary>
/// <typeparam name="T">What was found out about weights, from which all measures are read.</typeparam>
internal sealed class MeasureList<T> : IEnumerable
{
    private readonly List<Column> _columns = [];
    private readonly List<Func<T, double>> _measures = [];

    public IReadOnlyList<Column> Columns => _columns;

    /// <summary>Adds a measure.</summary>
    public void Add(string name, ColumnKind kind, string unit, string meaning, Func<T, double> measure)
    {
        _columns.Add(new(name, kind, meaning, unit));
        _measures.Add(measure);
    }

    /// <summary>Reads them all.</summary>
    /// <param name="found">What was found out about weights.</param>
    /// <param name="row">Receives a number a column.</param>
    public void Read(T found, Span<double> row)
    {
        for (int c = 0; c < row.Length; c++)
            row[c] = _measures[c](found);
    }

    public IEnumerator GetEnumerator() => _columns.GetEnumerator();
}
