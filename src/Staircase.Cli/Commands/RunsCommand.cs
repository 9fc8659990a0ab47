using Staircase.Catalog;

namespace Staircase.Cli;

/// <summary><c>staircase runs</c>: all runs below a folder, to be listed, looked at, and asked about in SQL.</summary>
internal sealed class RunsCommand : ICommand
{
    public Command Create() => new("runs", "List runs and what came of them, and ask about them in SQL.") { List(), Show(), Query() };

    private static Command List()
    {
        var command = new Command("list", "Every run in a folder and below.");
        var (catalog, csv, json) = Options(command);
        var parquet = command.Option<string?>(
            "--parquet", "FILE", "write all runs with everything they recorded, too, for pandas and DuckDB");
        command.SetAction(parsed =>
        {
            using RunCatalog runs = catalog(parsed);
            if (parsed.GetValue(json))
                Output.Json(runs.QueryJson("SELECT run, kind, status, step, time, loss, seconds, complaint FROM runs ORDER BY run"));
            else
                Print(runs.List(), parsed.GetValue(csv));
            if (parsed.GetValue(parquet) is { } file)
                Console.Error.WriteLine($"{ParquetFile.Write(runs, CommonOptions.InFolder(file)):N0} rows in {file}");
        });
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "What is known of a run: how it stands, its experiment, its findings.");
        var run = command.Argument<string>("RUN", "the folder of the run");
        var (catalog, _, json) = Options(command);
        command.SetAction(parsed =>
        {
            using RunCatalog runs = catalog(parsed);
            JsonObject shown = runs.Show(parsed.GetValue(run)!);
            if (parsed.GetValue(json))
                Output.Json(shown);
            else
                Output.Table(["what", "value"], [.. Flat(shown).Select(pair => (IReadOnlyList<string>)[pair.Name, pair.Value])]);
        });
        return command;
    }

    private static Command Query()
    {
        var command = new Command("query", "Ask in SQL: tables runs and tasks; nothing can be changed.");
        var sql = command.Argument<string>(
            "SQL", "such as \"SELECT run, loss FROM runs WHERE experiment ->> 'dim' = '4'\"");
        var (catalog, csv, json) = Options(command);
        command.SetAction(parsed =>
        {
            using RunCatalog runs = catalog(parsed);
            if (parsed.GetValue(json))
                Output.Json(runs.QueryJson(parsed.GetValue(sql)!));
            else
                Print(runs.Query(parsed.GetValue(sql)!), parsed.GetValue(csv));
        });
        return command;
    }

    private static (Func<ParseResult, RunCatalog> Catalog, Option<bool> Csv, Option<bool> Json) Options(Command command)
    {
        var root = command.Option("--in", "DIR", "the folder (default: this one)", ".");
        var asIs = command.Option<bool>("--as-is", null, "take the catalog as it is; else what has changed is read first");
        var csv = command.Option<bool>("--csv", null, "print CSV");
        return (parsed => RunCatalog.Open(parsed.GetValue(root)!, refresh: !parsed.GetValue(asIs)), csv, CommonOptions.Json(command));
    }

    private static void Print(Table table, bool csv)
    {
        if (csv)
            Output.Verbatim(TableExport.Text(table, "csv").TrimEnd('\n'));
        else
            Output.Table(table.Columns, table.Rows);
    }

    private static IEnumerable<(string Name, string Value)> Flat(JsonObject json) => json.SelectMany(pair => pair.Value is JsonObject inner
        ? Flat(inner).Select(below => ($"{pair.Key}.{below.Name}", below.Value))
        : [(pair.Key, pair.Value?.ToString() ?? "")]);
}
