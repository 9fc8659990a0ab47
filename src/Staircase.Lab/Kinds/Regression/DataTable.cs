namespace Staircase.Lab;

/// <summary>
/// Sequences in a CSV file, a line a pair: x₁ … x_D, y. A first line of words names the columns; of these <c>sequence</c> says which lines
/// belong together, and <c>y</c>, <c>label</c> or <c>target</c> is the label, else the last one is. Without a column <c>sequence</c> every
/// N + 1 lines are one.
/// </summary>
internal static class DataTable
{
    private const string Sequence = "sequence";

    private static readonly string[] LabelNames = ["y", "label", "target"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read; the message names line and column.</exception>
    public static TokenArray Read(string path, int context)
    {
        string[] lines = Lines(path);
        string[] head = lines.Length > 0 ? Cells(lines[0]) : [];
        bool hasNames = head.Length > 0 && ReadNumber(head[0]) is null;
        int group = hasNames ? Array.FindIndex(head, name => name.Equals(Sequence, StringComparison.OrdinalIgnoreCase)) : -1;
        int label = hasNames ? Array.FindIndex(head, name => LabelNames.Contains(name, StringComparer.OrdinalIgnoreCase)) : -1;
        int[] columns = [.. Range(0, head.Length).Where(c => c != group && c != label)];
        columns = label >= 0 ? [.. columns, label] : columns;
        Require(columns.Length > 1, $"{path} needs at least two columns, an input and a label, in lines x1,…,xD,y.");

        var rows = new List<double>();
        var lengths = new List<(string Name, int Rows)>();
        for (int i = hasNames ? 1 : 0; i < lines.Length; i++)
        {
            string[] cells = Cells(lines[i]);
            Require(cells.Length == head.Length, $"{path}, line {i + 1}: found {cells.Length} columns, expected {head.Length}.");
            if (group >= 0)
                Count(lengths, cells[group]);
            rows.AddRange(columns.Select(c => Number(path, i + 1, c, cells[c])));
        }

        int width = columns.Length, count = rows.Count / width;
        if (group < 0)
            DataFile.RequireWhole(path, count, context);
        int tokens = group < 0 ? context + 1 : lengths.Count > 0 ? lengths[0].Rows : 0;
        if (lengths.Find(sequence => sequence.Rows != tokens) is { Name: { } odd } other)
        {
            throw new InputException(
                $"{path}: sequence {lengths[0].Name} has {tokens} lines and sequence {odd} has {other.Rows}: all need the same number.");
        }

        return DataFile.OfRows(path, [.. rows], tokens, width);
    }

    private static void Count(List<(string Name, int Rows)> lengths, string name)
    {
        if (lengths.Count > 0 && lengths[^1].Name == name)
            lengths[^1] = (name, lengths[^1].Rows + 1);
        else
            lengths.Add((name, 1));
    }

    private static double Number(string path, int line, int column, string cell) =>
        ReadNumber(cell) is not { } number
            ? throw new InputException($"{path}, line {line}, column {column + 1}: '{cell}' is not a number.")
            : double.IsFinite(number)
            ? number
            : throw new InputException($"{path}, line {line}, column {column + 1} must be finite, but is {cell}.");

    private static string[] Cells(string line) => [.. line.Split(',').Select(cell => cell.Trim().Trim('"'))];

    private static string[] Lines(string path) =>
    [
        .. Reading($"‹data› {path}", () => File.ReadAllText(path)).Split('\n').Select(line => line.TrimEnd('\r'))
            .Where(line => line.Trim().Length > 0),
    ];
}
