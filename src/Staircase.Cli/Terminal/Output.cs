using System.Text.Json.Nodes;
using Spectre.Console;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Where results go: data to standard output, as tables for people or JSON for machines; all else to standard error.</summary>
public static class Output
{
    private const int PlainWidth = 400;

    /// <summary>Writes one JSON value to standard output.</summary>
    public static void Json(JsonNode value) => Console.Out.WriteLine(Lab.Json.Text(value));

    /// <summary>Writes findings under a heading, or as JSON.</summary>
    public static void Show(string heading, Findings findings, bool json)
    {
        if (json)
        {
            Json(findings.Data);
            return;
        }

        if (heading.Length > 0)
            Line(heading);
        foreach (Lab.Table table in findings.Tables)
        {
            if (table.Title.Length > 0)
                Line(table.Title);
            Table(table.Columns, table.Rows);
        }

        foreach (string sentence in findings.Sentences)
            Line(sentence);
    }

    /// <summary>Writes a line to standard output.</summary>
    public static void Line(string text = "") => Console.Out.WriteLine(text);

    /// <summary>Writes a table to standard output; plain aligned text where that is no terminal.</summary>
    public static void Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        IAnsiConsole console = Create(Console.Out, Console.IsOutputRedirected);
        var table = new Spectre.Console.Table().Border(TableBorder.Minimal);
        if (Console.IsOutputRedirected)
            table.Border(TableBorder.None);
        foreach (string header in headers)
            table.AddColumn(new TableColumn(Markup.Escape(header)).NoWrap());
        foreach (IReadOnlyList<string> row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        console.Write(table);
    }

    /// <summary>A console on standard error, for progress.</summary>
    public static IAnsiConsole Progress() => Create(Console.Error, Console.IsErrorRedirected);

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (redirected)
            console.Profile.Width = PlainWidth;
        return console;
    }
}
