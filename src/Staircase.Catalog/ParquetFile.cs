using Parquet;
using Parquet.Schema;

namespace Staircase.Catalog;

/// <summary>
/// All runs of a catalog with everything that they recorded as one Parquet file, for pandas, DuckDB and others: a row a recorded step, with
/// the run, its kind and status, the keys of its experiment, step, time, and what was measured; what a run has not is null.
/// </summary>
public static class ParquetFile
{
    /// <summary>Rows that are held in memory before they are written.</summary>
    private const int RowsOfAGroup = 100_000;

    /// <summary>Writes the file.</summary>
    /// <returns>The rows in it.</returns>
    /// <exception cref="InputException">A run cannot be read, or there is none.</exception>
    public static long Write(RunCatalog catalog, string path)
    {
        (RunFolder Folder, RunRecord Record)[] runs =
            [.. catalog.Folders().Select(RunFolder.Open).Select(folder => (folder, folder.ReadRecord()))];
        Require(runs.Length > 0, "there are no runs to write.");
        string[] keys = [.. runs.SelectMany(run => run.Record.Experiment.Keys).Distinct()];
        string[] numeric = [.. keys.Where(key => runs.All(run => Setting(run.Record, key) is not { } text || Parsed(text) is not null))];
        string[] words = [.. keys.Except(numeric)];
        string[] measures = [.. runs.SelectMany(run => run.Record.Columns.Select(column => column.Name)).Distinct()
            .Except(keys.Concat(["run", "kind", "status", "step", "time"]))];
        DataField[] fields =
        [
            .. new[] { "run", "kind", "status" }.Concat(words).Select(name => new DataField(name, typeof(string), true)),
            .. numeric.Select(name => new DataField(name, typeof(double), true)),
            new DataField("step", typeof(long), false),
            .. measures.Prepend("time").Select(name => new DataField(name, typeof(double), true)),
        ];
        return WriteAsync(path, new(fields), runs, words, numeric, measures).GetAwaiter().GetResult();
    }

    private static async Task<long> WriteAsync(
        string path, ParquetSchema schema, (RunFolder Folder, RunRecord Record)[] runs, string[] words, string[] numeric, string[] measures)
    {
        string temporary = path + ".tmp";
        long rows = 0;
        await using (FileStream stream = File.Create(temporary))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream).ConfigureAwait(false);
            var group = new Group(schema, words, numeric, measures);
            foreach ((RunFolder folder, RunRecord record) in runs)
            {
                rows += group.Add(folder, record);
                if (group.Count >= RowsOfAGroup)
                    await group.Write(writer).ConfigureAwait(false);
            }

            if (group.Count > 0)
                await group.Write(writer).ConfigureAwait(false);
        }

        File.Move(temporary, path, overwrite: true);
        return rows;
    }

    private static string? Setting(RunRecord record, string key) => record.Experiment.GetValueOrDefault(key);

    private static double? Parsed(string? text) =>
        double.TryParse(text, NumberStyles.Float, InvariantCulture, out double number) ? number : null;

    /// <summary>Rows that are written together, column by column.</summary>
    private sealed class Group(ParquetSchema schema, string[] words, string[] numeric, string[] measures)
    {
        private readonly List<string?>[] _texts = [.. Range(0, 3 + words.Length).Select(_ => new List<string?>())];
        private readonly List<double?>[] _settings = [.. numeric.Select(_ => new List<double?>())];
        private readonly List<long> _steps = [];
        private readonly List<double?>[] _numbers = [.. Range(0, 1 + measures.Length).Select(_ => new List<double?>())];

        public int Count => _steps.Count;

        public int Add(RunFolder folder, RunRecord record)
        {
            Trajectory rows = folder.ReadRows(record.Columns);
            string?[] texts = [folder.Name, record.Kind, record.StatusWord, .. words.Select(key => Setting(record, key))];
            double?[] settings = [.. numeric.Select(key => Parsed(Setting(record, key)))];
            int[] columns = [.. measures.Select(name => record.Columns.ToList().FindIndex(column => column.Name == name))];
            for (int row = 0; row < rows.Count; row++)
            {
                for (int i = 0; i < texts.Length; i++)
                    _texts[i].Add(texts[i]);
                for (int i = 0; i < settings.Length; i++)
                    _settings[i].Add(settings[i]);
                _steps.Add(rows.Steps[row]);
                _numbers[0].Add(rows.Times?[row]);
                ReadOnlySpan<double> numbers = rows.Row(row);
                for (int i = 0; i < columns.Length; i++)
                    _numbers[1 + i].Add(columns[i] >= 0 && !double.IsNaN(numbers[columns[i]]) ? numbers[columns[i]] : null);
            }

            return rows.Count;
        }

        public async Task Write(ParquetWriter writer)
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            var fields = new Queue<DataField>(schema.DataFields);
            foreach (List<string?> column in _texts)
                await group.WriteAsync(fields.Dequeue(), column!).ConfigureAwait(false);
            foreach (List<double?> column in _settings)
                await group.WriteAsync<double>(fields.Dequeue(), column.ToArray().AsMemory()).ConfigureAwait(false);
            await group.WriteAsync<long>(fields.Dequeue(), _steps.ToArray().AsMemory()).ConfigureAwait(false);
            foreach (List<double?> column in _numbers)
                await group.WriteAsync<double>(fields.Dequeue(), column.ToArray().AsMemory()).ConfigureAwait(false);
            foreach (List<string?> column in _texts)
                column.Clear();
            foreach (List<double?> column in _settings.Concat(_numbers))
                column.Clear();
            _steps.Clear();
        }
    }
}
