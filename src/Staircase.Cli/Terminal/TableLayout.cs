using Spectre.Console.Rendering;

namespace Staircase.Cli;

/// <summary>
/// Lays a table out in a given width without leaving anything out: as it is where it fits, else with headings and texts on several lines or
/// in parts one below the other, each with the columns again that tell its rows apart, whichever takes fewer lines.
/// </summary>
/// <param name="rows">The cells.</param>
/// <param name="gap">Blanks between columns.</param>
/// <param name="hasRule">Whether a line is drawn below the headings.</param>
public sealed class TableLayout(
    IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows, int gap, bool hasRule)
{
    private const int ReadableWidth = 16; // texts are not broken to less than this, unless nothing else is left

    private const int FirstColumnIndent = 2;

    private const int MostKeys = 3; // columns that are repeated in every part, at most

    private readonly int[] _natural =
        [.. headers.Select((header, c) => rows.Select(row => Cells(row[c])).Append(Cells(header)).Max())];

    private readonly int[] _least =
    [
        .. headers.Select((header, c) =>
            rows.Select(row => Min(ReadableWidth, Cells(row[c]))).Concat(Words(header).Select(Cells)).Max()),
    ];

    /// <summary>How many columns, from the first, tell the rows apart; one where more do not either.</summary>
    private int Keys => Range(1, Clamp(headers.Count - 1, 1, MostKeys)).FirstOrDefault(
        count => rows.DistinctBy(row => string.Join('\0', row.Take(count))).Count() == rows.Count, 1);

    /// <summary>The lines, without blanks at their ends.</summary>
    /// <param name="width">The most that a line may take.</param>
    public IReadOnlyList<string> Lines(int width)
    {
        int[] all = [.. Range(0, headers.Count)];
        if (Total(all, _natural) <= width)
            return Part(all, _natural);
        string[] parts = [.. InParts(width).SelectMany((part, i) => i == 0 ? part : [.. part.Prepend("")])];
        return Fitted(all, width) is { } widths && Part(all, widths) is var wrapped && wrapped.Count <= parts.Length ? wrapped : parts;
    }

    /// <summary>How many columns of a terminal a text takes.</summary>
    public static int Cells(string text) => new Segment(text).CellCount();

    /// <summary>A text broken at blanks, and inside of words where they are longer than a line.</summary>
    public static IReadOnlyList<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        string line = "";
        foreach (string word in Words(text))
        {
            if (line.Length > 0 && Cells(line) + 1 + Cells(word) <= width)
            {
                line += " " + word;
                continue;
            }

            if (line.Length > 0)
                lines.Add(line);
            line = word;
            while (Cells(line) > width && line.Length > 1)
            {
                int length = line.Length - 1;
                while (length > 1 && (Cells(line[..length]) > width || char.IsLowSurrogate(line[length])))
                    length--;
                lines.Add(line[..length]);
                line = line[length..];
            }
        }

        lines.Add(line);
        return lines;
    }

    /// <summary>A number and its percent sign are one word.</summary>
    private static IEnumerable<string> Words(string text) =>
        text.Replace(" %", "\u00A0%").Split(' ').Select(word => word.Replace('\u00A0', ' '));

    /// <summary>The columns one below the other, as many beside each other as fit.</summary>
    private IEnumerable<IReadOnlyList<string>> InParts(int width)
    {
        int[] keys = [.. Range(0, Keys)];
        int[][] groups =
        [
            .. Groups().SelectMany(group => Fitted([.. keys, .. group], width) is null ? group.Select(c => new[] { c }) : [group]),
        ];
        if (groups.Length == 0)
            groups = [[]];
        for (int from = 0; from < groups.Length;)
        {
            int[] columns = [.. keys, .. groups[from]];
            int to = from + 1;
            while (to < groups.Length && Total([.. columns, .. groups[to]], _natural) <= width)
                columns = [.. columns, .. groups[to++]];
            yield return Part(columns, Fitted(columns, width) ?? Forced(columns, width));
            from = to;
        }
    }

    /// <summary>
    /// The columns behind the keys; one whose heading is there twice stays with the one before it, which says of what it is.
    /// </summary>
    private IEnumerable<int[]> Groups()
    {
        for (int c = Keys; c < headers.Count;)
        {
            int end = c + 1;
            while (end < headers.Count && headers.Count(header => header == headers[end]) > 1)
                end++;
            yield return [.. Range(c, end - c)];
            c = end;
        }
    }

    /// <summary>Widths that fill a line, taken from the widest columns; null where they would not be readable.</summary>
    private int[]? Fitted(int[] columns, int width) => Narrowed(columns, width, c => _least[c]);

    /// <summary>The same however narrow.</summary>
    private int[] Forced(int[] columns, int width) => Narrowed(columns, width, _ => FirstColumnIndent + 1) ?? _natural;

    private int[]? Narrowed(int[] columns, int width, Func<int, int> least)
    {
        int[] widths = [.. _natural];
        while (Total(columns, widths) > width)
        {
            int[] wide = [.. columns.Where(c => widths[c] > least(c))];
            if (wide.Length == 0)
                return null;
            widths[wide.MaxBy(c => widths[c])]--;
        }

        return widths;
    }

    private int Total(int[] columns, int[] widths) => columns.Sum(c => widths[c]) + gap * (columns.Length - 1);

    private List<string> Part(int[] columns, int[] widths)
    {
        List<string> lines = [.. Row(columns, widths, headers)];
        if (hasRule)
            lines.Add(string.Join(new string(' ', gap), columns.Select(c => new string('─', widths[c]))));
        foreach (IReadOnlyList<string> row in rows)
            lines.AddRange(Row(columns, widths, row));
        return lines;
    }

    private IEnumerable<string> Row(int[] columns, int[] widths, IReadOnlyList<string> cells)
    {
        IReadOnlyList<string>[] wrapped = [.. columns.Select((c, i) => i == 0 ? First(cells[c], widths[c]) : Wrap(cells[c], widths[c]))];
        for (int line = 0; line < wrapped.Max(cell => cell.Count); line++)
        {
            yield return string.Join(new string(' ', gap), wrapped.Select((cell, i) =>
            {
                string text = line < cell.Count ? cell[line] : "";
                return text + new string(' ', Max(0, widths[columns[i]] - Cells(text)));
            })).TrimEnd();
        }
    }

    /// <summary>What goes on in the first column is set in, so that it is seen where a row begins.</summary>
    private static IReadOnlyList<string> First(string text, int width)
    {
        if (Cells(text) <= width || width <= 2 * FirstColumnIndent)
            return Wrap(text, width);
        IReadOnlyList<string> lines = Wrap(text, width - FirstColumnIndent);
        return [.. lines.Select((line, i) => i == 0 ? line : new string(' ', FirstColumnIndent) + line)];
    }
}
