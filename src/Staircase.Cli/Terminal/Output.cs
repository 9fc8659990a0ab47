using Spectre.Console;

namespace Staircase.Cli;

/// <summary>Where results go: data to standard output, as tables for people or JSON for machines; all else to standard error.</summary>
public static class Output
{
    private const int UsualWidth = 80; // what a terminal has that does not say, and what progress takes where there is no terminal

    private const int PipeGap = 1, TerminalGap = 2;

    /// <summary>
    /// The most columns that a line may take: those of the terminal; elsewhere those of the environment variable COLUMNS, or any number.
    /// </summary>
    public static int Width => !Console.IsOutputRedirected ? (Console.WindowWidth > 0 ? Console.WindowWidth : UsualWidth)
        : int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out int columns) && columns > 0 ? columns
        : int.MaxValue;

    /// <summary>Letters beyond ASCII as UTF-8, whatever the system writes by itself.</summary>
    public static void UseUtf8()
    {
        try
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }
        catch (IOException)
        {
            // Without a console there is no code page to set; files and pipes take what is written.
        }
    }

    /// <summary>Writes one JSON value to standard output.</summary>
    public static void Json(JsonNode value) => Console.Out.WriteLine(Lab.Json.Text(value));

    /// <summary>Writes what was done in a line, or as JSON.</summary>
    public static void Say(bool json, JsonObject data, string line)
    {
        if (json)
            Json(data);
        else
            Line(line);
    }

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

    /// <summary>Writes a line as it is, for other programs.</summary>
    public static void Verbatim(string line) => Console.Out.WriteLine(line);

    /// <summary>Writes text to standard output; a line that is too long goes on below, as far in as it began.</summary>
    public static void Line(string text = "")
    {
        foreach (string line in text.Split('\n'))
        {
            string body = line.TrimStart(' '), indent = line[..(line.Length - body.Length)];
            if (TableLayout.Cells(line) <= Width)
                Console.Out.WriteLine(line);
            else
                TableLayout.Wrap(body, Max(1, Width - indent.Length)).ToList().ForEach(part => Console.Out.WriteLine(indent + part));
        }
    }

    /// <summary>Writes a table to standard output, in the width that is there.</summary>
    public static void Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        bool isTerminal = !Console.IsOutputRedirected;
        var layout = new TableLayout(headers, [.. rows], isTerminal ? TerminalGap : PipeGap, hasRule: isTerminal);
        foreach (string line in layout.Lines(Width))
            Console.Out.WriteLine(line);
    }

    /// <summary>A console on standard error, for progress.</summary>
    public static IAnsiConsole Progress()
    {
        bool redirected = Console.IsErrorRedirected;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (redirected)
            console.Profile.Width = UsualWidth;
        return console;
    }
}
