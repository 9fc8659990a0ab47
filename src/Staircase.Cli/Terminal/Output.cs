using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Staircase.Cli;

/// <summary>Where results go: data to standard output, as tables for people or JSON for machines; all else to standard error.</summary>
public static class Output
{
    private const int PlainWidth = 400;

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes one JSON value to standard output.</summary>
    public static void Json(object value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, JsonOptions));

    /// <summary>Writes a line to standard output.</summary>
    public static void Line(string text = "") => Console.Out.WriteLine(text);

    /// <summary>Writes a table to standard output; plain aligned text where that is no terminal.</summary>
    public static void Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        IAnsiConsole console = Create(Console.Out, Console.IsOutputRedirected);
        var table = new Table().Border(TableBorder.Minimal);
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

    /// <summary>A number for people: four significant digits.</summary>
    public static string Number(double value) => double.IsPositiveInfinity(value) ? "∞" : Math.Abs(value) is >= 1e4 and < 1e7 ? value.ToString("N0") : value.ToString("G5");

    /// <summary>A relative error for people.</summary>
    public static string Percent(double? error) => error is { } e ? Math.Abs(e) < 1e-4 ? $"{100 * e:+0.0000;-0.0000;0} %" : $"{100 * e:+0.00;-0.00;0} %" : "—";

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
