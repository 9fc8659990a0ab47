using System.Globalization;
using System.Text.Json.Nodes;
using Staircase.Lab;

namespace Staircase.Catalog.Tests;

public sealed class RunCatalogTests : IDisposable
{
    private const string Sweep = "experiment: {attention: merged, dim: 2, heads: 2, init: 0.1, until: 20}\n";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_has_what_the_run_folders_have()
    {
        Run[] runs = [Train("a/one", 1), Train("a/b/two", 2)];
        using RunCatalog catalog = RunCatalog.Open(_folder.Path);
        Assert.Equal(2, catalog.Refreshed);
        Table all = catalog.Query("SELECT run, loss, experiment ->> 'seed' FROM runs ORDER BY experiment ->> 'seed'");
        Assert.Equal(
            runs.Select(
                run => $"{Path.GetRelativePath(_folder.Path, run.Name)} "
                    + $"{run.Trajectory.Losses[^1].ToString("R", CultureInfo.InvariantCulture)} {run.Study.Experiment.Seed}"),
            all.Rows.Select(row => string.Join(' ', row)), StringComparer.Ordinal);
        JsonObject shown = catalog.Show(runs[0].Name);
        Assert.Equal(runs[0].Record.Experiment["dim"], (string?)shown["experiment"]!["dim"]);
        Assert.Equal("finished", (string?)shown["status"]);
    }

    [Fact]
    public void What_is_new_changed_or_gone_is_seen_whatever_the_clock_says()
    {
        Train("one", 1);
        Train("two", 2);
        using (RunCatalog first = RunCatalog.Open(_folder.Path))
            Assert.Equal(2, first.Refreshed);
        using (RunCatalog again = RunCatalog.Open(_folder.Path))
            Assert.Equal(0, again.Refreshed);
        Directory.Delete(_folder["one"], recursive: true);
        File.WriteAllText(
            _folder["two/run.json"], File.ReadAllText(_folder["two/run.json"]).Replace("finished", "diverged", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(_folder["two/run.json"], DateTime.UnixEpoch); // a clock that went back
        using (RunCatalog stale = RunCatalog.Open(_folder.Path, refresh: false))
            Assert.Equal(2, stale.List().Rows.Count);
        using RunCatalog fresh = RunCatalog.Open(_folder.Path);
        Assert.Equal("two diverged", string.Join(' ', Assert.Single(fresh.Query("SELECT run, status FROM runs").Rows)));
    }

    [Fact]
    public void One_that_is_damaged_is_made_anew_and_so_is_one_that_was_deleted()
    {
        Train("one", 1);
        RunCatalog.Open(_folder.Path).Dispose();
        string[][] expected = Rows();
        File.WriteAllText(_folder["catalog.db"], "this is no database, but long enough to be taken for one by its first page");
        Assert.Equal(expected, Rows());
        File.Delete(_folder["catalog.db"]);
        Assert.Equal(expected, Rows());

        string[][] Rows()
        {
            using RunCatalog catalog = RunCatalog.Open(_folder.Path);
            return [.. catalog.List().Rows.Select(row => row.ToArray())];
        }
    }

    [Fact]
    public void A_run_that_cannot_be_read_is_there_with_a_complaint()
    {
        Train("one", 1);
        string path = _folder["one/run.json"];
        File.WriteAllText(path, File.ReadAllText(path)[..100]);
        using RunCatalog catalog = RunCatalog.Open(_folder.Path);
        IReadOnlyList<string> row = Assert.Single(catalog.Query("SELECT status, complaint FROM runs").Rows);
        Assert.Equal("damaged", row[0]);
        Assert.Contains("is not a run record", row[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_of_sweeps_that_keep_numbers_alone_are_there_too()
    {
        _folder.Write("sweep.yaml", Sweep + "keys: {seed: 1..3}\nkeep: numbers\n");
        var sweep = new Sweep(SweepFolder.Create(_folder["s"], _folder["sweep.yaml"]));
        Assert.True(sweep.Run(null, Token));
        using RunCatalog catalog = RunCatalog.Open(_folder["s"]);
        Table all = catalog.Query("SELECT task, keys ->> 'seed', numbers ->> 'loss' FROM tasks ORDER BY keys ->> 'seed'");
        Assert.Equal(
            sweep.Gather().Rows.Select(row => string.Join(' ', row)), all.Rows.Select(row => string.Join(' ', row)),
            StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("SELECT * FROM missing", "no such table: missing")]
    [InlineData("DELETE FROM runs", "readonly")]
    [InlineData("DROP TABLE runs", "readonly")]
    [InlineData("PRAGMA query_only=0; DELETE FROM runs", "readonly")]
    public void A_question_that_is_none_is_answered_in_a_line_and_changes_nothing(string sql, string complaint)
    {
        Train("one", 1);
        using RunCatalog catalog = RunCatalog.Open(_folder.Path);
        Assert.Contains(complaint, Assert.Throws<InputException>(() => catalog.Query(sql)).Message, StringComparison.Ordinal);
        Assert.Single(catalog.List().Rows);
    }

    [Fact]
    public async Task A_parquet_file_has_a_row_for_every_recorded_step()
    {
        Run[] runs = [Train("one", 1), Train("two", 2)];
        using RunCatalog catalog = RunCatalog.Open(_folder.Path);
        long rows = ParquetFile.Write(catalog, _folder["all.parquet"]);
        Assert.Equal(runs.Sum(run => run.Trajectory.Count), rows);
        double[] losses = [.. (await ReadDoubles("loss")).Select(value => value!.Value)];
        Assert.Equal([.. runs.SelectMany(run => run.Trajectory.Losses)], losses);
        Assert.Equal([1.0, 2.0], (await ReadDoubles("seed")).Distinct().Select(value => value!.Value));
    }

    private async Task<double?[]> ReadDoubles(string column)
    {
        await using var reader = await global::Parquet.ParquetReader.CreateAsync(_folder["all.parquet"]);
        var field = reader.Schema.DataFields.Single(field => field.Name == column);
        using var group = reader.OpenRowGroupReader(0);
        var values = new double?[group.RowCount];
        await group.ReadAsync<double>(field, values.AsMemory());
        return values;
    }

    private Run Train(string folder, int seed)
    {
        _folder.Write("experiment.yaml", $"{{attention: merged, dim: 2, heads: 2, init: 0.1, until: 20, seed: {seed}}}");
        return Trainer.Train(
            ExperimentFile.Read(_folder["experiment.yaml"]).Prepare(null, Token), RunFolder.Create(_folder[folder]), null, Token);
    }
}
