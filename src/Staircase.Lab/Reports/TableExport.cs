namespace Staircase.Lab;

/// <summary>Writes the tables of a report as files of their own: CSV, Markdown or LaTeX.</summary>
public static partial class TableExport
{
    /// <summary>The kinds of files, by their endings.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["csv", "md", "tex"];

    /// <summary>Writes the tables of a report, its checks among them.</summary>
    /// <param name="folder">Where to; made if it is missing.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="only">The one that is wanted, by its name with or without that of its section; null for all.</param>
    /// <returns>The paths of the files, <c>section-table.csv</c>.</returns>
    /// <exception cref="InputException">There is no such table.</exception>
    public static IReadOnlyList<string> Write(Report report, string folder, string format, string? only = null)
    {
        (string Section, string Name, Table Table)[] all = [.. report.Sections.SelectMany(section => TablesOf(section))];
        (string Section, string Name, Table Table)[] wanted =
            [.. all.Where(one => only is null || only == one.Name || only == $"{one.Section}-{one.Name}")];
        if (wanted.Length == 0)
        {
            throw new InputException(only is null || all.Length == 0 ? "the report has no tables."
                : $"the report has no table '{only}': {NearestName.Hint(only, [.. all.Select(one => one.Name)])}");
        }

        Directory.CreateDirectory(folder);
        return [.. wanted.Select(one =>
        {
            string path = Path.Combine(folder, $"{one.Section}-{one.Name}.{format}");
            byte[] content = Encoding.UTF8.GetBytes(Text(one.Table, format));
            AtomicFile.Write(path, stream => stream.Write(content), durable: false);
            return path;
        })];
    }

    /// <summary>A table as the content of a file.</summary>
    public static string Text(Table table, string format) => format switch
    {
        "csv" => Rows(table, Csv),
        "md" => Markdown(table),
        "tex" => Latex(table),
        _ => throw new ArgumentException($"There are no tables as {format}.", nameof(format)),
    };

    private static IEnumerable<(string Section, string Name, Table Table)> TablesOf(ReportSection section)
    {
        Table[] tables = section.Checks.Count == 0 ? [.. section.Tables] : [.. section.Tables.Prepend(Checks(section))];
        IReadOnlyList<string> names = Distinct.Names(tables, table => NameOf(table.Title), _ => "");
        return tables.Zip(names, (table, name) => (section.Id, NameOf(name), table));
    }

    private static Table Checks(ReportSection section) => Table.Of(
        "Checks", ["claim", "source", "measured", "expected", "verdict", "remark"], section.Checks,
        check => [check.Claim, check.Source, check.Measured, check.Expected, check.Verdict, check.Reason ?? ""]);

    /// <summary>The first words of a title, before what explains it, as a file's name.</summary>
    private static string NameOf(string title)
    {
        string name = IdOf(title.Split([':', ',', ';'])[0]);
        return name.Length == 0 ? "table" : name;
    }

    private static string Markdown(Table table) => Rows(
        table, row => $"| {string.Join(" | ", row.Select(cell => cell.Replace("|", "\\|")))} |",
        below: $"|{string.Concat(table.Columns.Select(_ => " --- |"))}\n");

    private static string Latex(Table table) =>
        $"\\begin{{tabular}}{{{new string('l', table.Columns.Count)}}}\n\\hline\n"
        + Rows(table, row => $"{string.Join(" & ", row.Select(InLatex))} \\\\", below: "\\hline\n") + "\\hline\n\\end{tabular}\n";

    private static string Rows(Table table, Func<IReadOnlyList<string>, string> line, string below = "") =>
        $"{line(table.Columns)}\n{below}{string.Concat(table.Rows.Select(row => line(row) + "\n"))}";

    /// <summary>Cells as a line of CSV.</summary>
    internal static string Csv(IEnumerable<string> cells) => string.Join(',', cells.Select(InCsv));

    private static string InCsv(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;

    /// <summary>
    /// What stands between dollar signs is mathematics already; numbers become such, and signs that LaTeX would read are quoted.
    /// </summary>
    private static string InLatex(string cell) => string.Concat(cell.Split('$').Select((part, i) =>
        i % 2 == 1 ? $"${part}$" : Exponent().Replace(string.Concat(part.Select(Quoted)), "$$${digits}\\times10^{${power}}$$")));

    private static string Quoted(char c) => c switch
    {
        '&' or '%' or '#' or '_' or '{' or '}' => $"\\{c}",
        '\\' => "\\textbackslash{}",
        '~' => "\\textasciitilde{}",
        '^' => "\\textasciicircum{}",
        '—' => "---",
        '−' => "$-$",
        '±' => "$\\pm$",
        '∞' => "$\\infty$",
        '≤' => "$\\le$",
        '…' => "\\dots{}",
        '‖' => "$\\Vert$",
        >= 'α' and <= 'ω' => $"$\\{Greek[c - 'α']}$",
        _ => c.ToString(),
    };

    private static readonly string[] Greek =
    [
        "alpha", "beta", "gamma", "delta", "varepsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "omicron",
        "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "varphi", "chi", "psi", "omega",
    ];

    [GeneratedRegex(
        @"(?<![\w.])(?<digits>-?\d+(\.\d+)?)[eE]\+?(?<power>-?\d+)(?![\w.])", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Exponent();
}
