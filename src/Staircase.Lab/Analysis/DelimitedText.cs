namespace Staircase.Lab;

/// <summary>
/// A table of text as people's programs export it: a header, then a row a line, cells between commas, semicolons, tabs or spaces, maybe
/// quoted.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Header">The names of the columns.</param>
/// <param name="Rows">As many cells a row.</param>
/// <param name="Lines">The line of each row in the file, from 1.</param>
internal sealed record DelimitedText(string Path, string[] Header, IReadOnlyList<string[]> Rows, IReadOnlyList<int> Lines)
{
    private const long MostBytes = 1L << 30;

    private static readonly string[] NoNumber = ["", "nan", "none", "null", "na", "n/a", "-"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read, or a row has another number of cells than the header.</exception>
    public static DelimitedText Read(string path)
    {
        string[] lines = Reading(path, () => new FileInfo(path) is { Exists: true, Length: > MostBytes and var length }
            ? throw new InputException($"{path} has {length} bytes; a table of losses has at most {MostBytes}.")
            : File.ReadAllLines(path));
        int first = Array.FindIndex(lines, line => !string.IsNullOrWhiteSpace(line));
        Require(first >= 0, $"{path} is empty: expected a line of column names, then a row a line.");
        string head = lines[first].TrimStart('#', ' ');
        char delimiter = Array.Find([',', ';', '\t', '|'], c => Cells(head, c).Length > 1) is var found and not '\0' ? found : ' ';
        string[] header = Cells(head, delimiter);
        var rows = new List<string[]>();
        var numbers = new List<int>();
        for (int i = first + 1; i < lines.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
                continue;
            string[] cells = Cells(lines[i], delimiter);
            if (cells.Length != header.Length)
                throw new InputException($"{path}, line {i + 1}: expected {header.Length} cells, found {cells.Length}.");
            rows.Add(cells);
            numbers.Add(i + 1);
        }

        return new(path, header, rows, numbers);
    }

    /// <summary>A cell as a number; NaN where it is empty or says that there is none; null where it is text.</summary>
    public double? Number(int row, int column)
    {
        string cell = Rows[row][column];
        return NoNumber.Contains(cell, StringComparer.OrdinalIgnoreCase) ? double.NaN : ReadNumber(cell);
    }

    /// <summary>A column as numbers.</summary>
    /// <exception cref="InputException">A cell is text.</exception>
    public double[] Numbers(int column) =>
    [
        .. Range(0, Rows.Count).Select(row => Number(row, column)
            ?? throw new InputException($"{Path}, line {Lines[row]}: '{Rows[row][column]}' in column '{Header[column]}' is not a number.")),
    ];

    /// <summary>Whether no cell of a column is text, and one is a number.</summary>
    public bool IsNumeric(int column)
    {
        bool some = false;
        for (int row = 0; row < Rows.Count; row++)
        {
            if (Number(row, column) is not { } number)
                return false;
            some |= double.IsFinite(number);
        }

        return some;
    }

    /// <summary>The place of a column that is named, exactly or without regard to case.</summary>
    /// <exception cref="InputException">There is none; the message lists those that there are.</exception>
    public int Column(string name)
    {
        int at = Array.IndexOf(Header, name);
        if (at < 0)
            at = Array.FindIndex(Header, column => column.Equals(name, StringComparison.OrdinalIgnoreCase));
        return at >= 0 ? at
            : throw new InputException($"{Path} has no column '{name}': {NearestName.Hint(name, Header)} It has {Names}.");
    }

    /// <summary>The names of the columns, for a message.</summary>
    public string Names => string.Join(", ", Header.Take(12).Select(name => $"'{name}'")) + (Header.Length > 12 ? ", …" : "");

    private static string[] Cells(string line, char delimiter)
    {
        var cells = new List<string>();
        int at = 0;
        while (true)
        {
            if (delimiter == ' ')
            {
                while (at < line.Length && line[at] == ' ')
                    at++;
                if (at == line.Length)
                    return [.. cells];
            }

            if (at < line.Length && line[at] == '"')
            {
                int end = at + 1;
                while (end < line.Length && (line[end] != '"' || (end + 1 < line.Length && line[end + 1] == '"')))
                    end += line[end] == '"' ? 2 : 1;
                cells.Add(line[(at + 1)..Math.Min(end, line.Length)].Replace("\"\"", "\"").Trim());
                at = line.IndexOf(delimiter, Min(end, line.Length));
            }
            else
            {
                int end = line.IndexOf(delimiter, at);
                cells.Add(line[at..(end < 0 ? line.Length : end)].Trim());
                at = end;
            }

            if (at < 0)
                return [.. cells];
            at++;
        }
    }
}
