using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Staircase.Catalog;

/// <summary>
/// All runs and tasks of sweeps in a folder and below, as a database: a file <c>catalog.db</c> in the folder, which is made from their
/// folders and can be deleted at any time.
/// </summary>
/// <remarks>
/// Table <c>runs</c>: run (its folder), kind, status, step, time, loss, seconds, stopped, version, complaint, and as JSON experiment and
/// findings. Table <c>tasks</c>: sweep, task, complaint, seconds, note, and as JSON keys and numbers. In SQL,
/// <c>experiment -&gt;&gt; 'dim'</c> reads into JSON.
/// </remarks>
public sealed class RunCatalog : IDisposable
{
    private const string FileName = "catalog.db", InMemory = ":memory:";

    /// <summary>Columns of a table as it is here; a catalog of another version of the program is made anew.</summary>
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS runs(
            run TEXT PRIMARY KEY, kind TEXT, status TEXT, step INTEGER, time REAL, loss REAL, seconds REAL, stopped TEXT, version TEXT,
            complaint TEXT, experiment TEXT, findings TEXT, stamp TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS tasks(
            sweep TEXT, task TEXT, complaint TEXT, seconds REAL, note TEXT, keys TEXT, numbers TEXT, stamp TEXT NOT NULL,
            PRIMARY KEY (sweep, task));
        """;

    private const int SchemaVersion = 1, NotADatabase = 26, Corrupt = 11;

    private static readonly string[] Shown = ["run", "kind", "status", "step", "loss", "seconds"];

    private readonly string _root;
    private readonly SqliteConnection _connection;
    private readonly bool _isInMemory; // of this process alone, gone with it

    private RunCatalog(string root, SqliteConnection connection, bool isInMemory) =>
        (_root, _connection, _isInMemory) = (root, connection, isInMemory);

    /// <summary>How many runs and tasks were read anew when it was opened.</summary>
    public int Refreshed { get; private set; }

    /// <summary>The catalog of a folder, brought up to date: what has changed since is read again.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="refresh">Whether it is brought up to date; else it is taken as it is, where there is one.</param>
    /// <exception cref="InputException">There is no such folder.</exception>
    public static RunCatalog Open(string root, bool refresh = true)
    {
        Require(Directory.Exists(root), $"There is no folder {root}.");
        string path = Path.Combine(root, FileName);
        bool isNew = !File.Exists(path);
        RunCatalog catalog;
        try
        {
            catalog = Connect(root, path);
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException)
        {
            throw new InputException("SQLite is not here: the file libe_sqlite3 of this program belongs beside it.", exception);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is NotADatabase or Corrupt)
        {
            File.Delete(path); // never the only copy of anything
            (catalog, isNew) = (Connect(root, path), true);
        }
        catch (SqliteException)
        {
            (catalog, isNew) = (Connect(root, InMemory), true); // a folder that one may only read
        }

        if (refresh || isNew)
            catalog.Refresh();
        return catalog;
    }

    /// <summary>All runs.</summary>
    public Table List() => Query($"SELECT {string.Join(", ", Shown)} FROM runs ORDER BY run");

    /// <summary>What is known of a run.</summary>
    /// <param name="run">Its folder, as the list has it.</param>
    /// <exception cref="InputException">There is no such run.</exception>
    public JsonObject Show(string run)
    {
        using SqliteCommand command = Command(
            """
            SELECT run, kind, status, step, time, loss, seconds, stopped, version, complaint, experiment, findings
            FROM runs WHERE run = $run
            """,
            ("$run", Relative(Path.GetFullPath(run))));
        using SqliteDataReader reader = command.ExecuteReader();
        if (!reader.Read())
            throw new InputException($"There is no run {run}: {NearestName.Hint(run, [.. List().Rows.Select(row => row[0]).Take(1000)])}");
        return Row(reader, ["experiment", "findings"]);
    }

    /// <summary>The answer to a question in SQL, which may change nothing.</summary>
    /// <exception cref="InputException">It is no SQL, or would change something; the message has SQLite's words.</exception>
    public Table Query(string sql) => Asked(sql, reader => new Table(
        "", [.. Range(0, reader.FieldCount).Select(reader.GetName)],
        [.. Rows(reader).Select(row => (IReadOnlyList<string>)[.. Range(0, row.FieldCount).Select(i => Text(row, i))])]));

    /// <summary>The same as JSON: an object a row.</summary>
    /// <exception cref="InputException">See <see cref="Query"/>.</exception>
    public JsonArray QueryJson(string sql) => Asked(sql, reader => new JsonArray([.. Rows(reader).Select(row => Row(row, []))]));

    /// <summary>The folders of the runs that can be read.</summary>
    internal IReadOnlyList<string> Folders() =>
        [.. Query("SELECT run FROM runs WHERE complaint IS NULL ORDER BY run").Rows.Select(row => Path.Combine(_root, row[0]))];

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    /// <summary>Without a pool the file is free as soon as a connection is disposed of.</summary>
    private static string Described(string path, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString();

    private static RunCatalog Connect(string root, string path)
    {
        var connection = new SqliteConnection(Described(path, SqliteOpenMode.ReadWriteCreate));
        try
        {
            connection.Open();
            var catalog = new RunCatalog(root, connection, path == InMemory);
            catalog.Do("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
            if (catalog.Number("PRAGMA user_version") != SchemaVersion)
                catalog.Do($"DROP TABLE IF EXISTS runs; DROP TABLE IF EXISTS tasks; {Schema} PRAGMA user_version={SchemaVersion}");
            return catalog;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads what is new or has changed, and forgets what is gone.</summary>
    private void Refresh()
    {
        using SqliteTransaction all = _connection.BeginTransaction();
        Dictionary<string, string> known = Stamps();
        foreach (FileInfo file in FoundRuns.In(_root))
        {
            string key = FoundRuns.IsRun(file) ? RunKey(file) : TaskKey(file), stamp = $"{file.LastWriteTimeUtc.Ticks} {file.Length}";
            if (known.Remove(key, out string? before) && before == stamp)
                continue;
            if (FoundRuns.IsRun(file))
                AddRun(file, stamp);
            else
                AddTask(file, stamp);
            Refreshed++;
        }

        foreach (string[] gone in known.Keys.Select(key => key.Split('\n')))
        {
            if (gone.Length == 1)
                Do("DELETE FROM runs WHERE run = $run", ("$run", gone[0]));
            else
                Do("DELETE FROM tasks WHERE sweep = $sweep AND task = $task", ("$sweep", gone[0]), ("$task", gone[1]));
        }

        all.Commit();
    }

    private Dictionary<string, string> Stamps()
    {
        var stamps = new Dictionary<string, string>();
        using SqliteCommand command = Command("SELECT run, NULL, stamp FROM runs UNION ALL SELECT sweep, task, stamp FROM tasks");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            stamps[reader.IsDBNull(1) ? reader.GetString(0) : $"{reader.GetString(0)}\n{reader.GetString(1)}"] = reader.GetString(2);
        return stamps;
    }

    private string RunKey(FileInfo file) => Relative(file.DirectoryName!);

    private string TaskKey(FileInfo file) => $"{SweepOf(file)}\n{Path.GetFileNameWithoutExtension(file.Name)}";

    private string SweepOf(FileInfo file) => Relative(file.Directory!.Parent!.FullName);

    private string Relative(string path) => Path.GetRelativePath(_root, path);

    private void AddRun(FileInfo file, string stamp)
    {
        RunRecord? record = null;
        string? complaint = null;
        try
        {
            record = RunFolder.Open(file.DirectoryName!).ReadRecord();
        }
        catch (InputException exception)
        {
            complaint = exception.Message;
        }

        Do(
            """
            INSERT OR REPLACE INTO runs VALUES(
                $run, $kind, $status, $step, $time, $loss, $seconds, $stopped, $version, $complaint, $experiment, $findings, $stamp)
            """,
            ("$run", RunKey(file)), ("$kind", record?.Kind), ("$status", record?.StatusWord ?? "damaged"), ("$step", record?.Step),
            ("$time", Finite(record?.Time)), ("$loss", Finite(record?.Loss)), ("$seconds", record?.WallSeconds),
            ("$stopped", record?.Stopped), ("$version", record?.Version), ("$complaint", complaint),
            ("$experiment", record is null ? null : Json.Map(record.Experiment).ToJsonString()),
            ("$findings", record?.Findings is { } findings ? Json.Map(findings).ToJsonString() : null),
            ("$stamp", stamp));
    }

    private void AddTask(FileInfo file, string stamp)
    {
        SweepResult? result = SweepResult.Parse(Read(file));
        Do(
            "INSERT OR REPLACE INTO tasks VALUES($sweep, $task, $complaint, $seconds, $note, $keys, $numbers, $stamp)",
            ("$sweep", SweepOf(file)), ("$task", Path.GetFileNameWithoutExtension(file.Name)),
            ("$complaint", result is null ? "its result cannot be read: 'staircase sweep run' makes it again." : result.Complaint),
            ("$seconds", result?.Seconds), ("$note", result?.Note),
            ("$keys", result is null ? null : Json.Map(result.Values).ToJsonString()),
            ("$numbers", result is null ? null : Json.Map(result.Numbers).ToJsonString()),
            ("$stamp", stamp));
    }

    private static string Read(FileInfo file)
    {
        try
        {
            return File.ReadAllText(file.FullName);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            return "";
        }
    }

    /// <summary>A database has NULL for what is no number; an infinite one stays.</summary>
    private static double? Finite(double? number) => number is { } x && double.IsNaN(x) ? null : number;

    private T Asked<T>(string sql, Func<SqliteDataReader, T> read)
    {
        try
        {
            using SqliteConnection? reading = _isInMemory ? null : new(Described(Path.Combine(_root, FileName), SqliteOpenMode.ReadOnly));
            reading?.Open();
            using SqliteCommand command = (reading ?? _connection).CreateCommand();
            command.CommandText = sql;
            using SqliteDataReader reader = command.ExecuteReader();
            return read(reader);
        }
        catch (SqliteException exception)
        {
            throw new InputException($"SQLite says: {exception.Message} Tables are runs and tasks.", exception);
        }
    }

    private static IEnumerable<SqliteDataReader> Rows(SqliteDataReader reader)
    {
        while (reader.Read())
            yield return reader;
    }

    private static JsonObject Row(SqliteDataReader reader, string[] json) => new(Range(0, reader.FieldCount)
        .Select(i => KeyValuePair.Create(reader.GetName(i), json.Contains(reader.GetName(i)) && !reader.IsDBNull(i)
            ? JsonNode.Parse(reader.GetString(i)) : Value(reader, i))).DistinctBy(pair => pair.Key));

    private static JsonNode? Value(SqliteDataReader reader, int i) => reader.GetValue(i) switch
    {
        DBNull => null,
        long whole => whole,
        double number => Json.Number(number),
        byte[] bytes => Convert.ToHexString(bytes),
        var other => other.ToString(),
    };

    private static string Text(SqliteDataReader reader, int i) => reader.GetValue(i) switch
    {
        DBNull => "",
        double number => number.ToString("R", InvariantCulture),
        byte[] bytes => Convert.ToHexString(bytes),
        var other => Convert.ToString(other, InvariantCulture) ?? "",
    };

    private long Number(string sql)
    {
        using SqliteCommand command = Command(sql);
        return (long)command.ExecuteScalar()!;
    }

    private void Do(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
