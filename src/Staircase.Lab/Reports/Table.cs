namespace Staircase.Lab;

/// <summary>A table of text.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Rows">The cells, as many a row as there are headings.</param>
public sealed record Table(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>A table with one row an item.</summary>
    public static Table Of<T>(string title, IReadOnlyList<string> columns, IEnumerable<T> items, Func<T, IReadOnlyList<string>> row) =>
        new(title, columns, [.. items.Select(row)]);

    /// <summary>The same, of items and their places from 0.</summary>
    public static Table Of<T>(string title, IReadOnlyList<string> columns, IEnumerable<T> items, Func<T, int, IReadOnlyList<string>> row) =>
        new(title, columns, [.. items.Select(row)]);
}
