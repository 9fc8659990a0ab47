using System.Globalization;

namespace Staircase.Native;

/// <summary>A trained run: rows as arrays, weights that were kept, what came of it.</summary>
internal sealed class RunItem(Run run) : Item
{
    private const string Weights = "weights/";

    private (long Step, Snapshot Snapshot)? _last;

    public override string What => "a run";

    /// <summary>The run.</summary>
    public Run Run => run;

    private Document Document => field ??= new(run.Findings.Data);

    protected override string? MakeText(string name) => name switch
    {
        "name" => run.Name,
        "status" => run.Record.StatusWord,
        "record" => Json.Text(run.Record.ToJson()),
        "columns" => Json.Text(Json.List(run.Trajectory.Columns, column => Json.Of(
            ("name", column.Name), ("kind", column.Kind.ToString().ToLowerInvariant()), ("meaning", column.Meaning),
            ("unit", column.Unit)))),
        "findings" or "tables" or "sentences" => TextOf(run.Findings, Document, name),
        _ when name.StartsWith(Weights, StringComparison.Ordinal) => Json.Text(Json.Texts(Checkpoint(name[Weights.Length..]).Names)),
        _ => StudyItem.TextOf(run.Study, name),
    };

    protected override NamedArray? MakeArray(string name)
    {
        Trajectory rows = run.Trajectory;
        if (name == "step")
            return NamedArray.Of(rows.Steps);
        if (name == "time")
            return rows.Times is { } times ? NamedArray.Of(times) : null;
        if (name == "checkpoints")
            return NamedArray.Of(run.CheckpointSteps());
        if (name.StartsWith(Weights, StringComparison.Ordinal) && name[Weights.Length..].Split('/', 2) is [var step, var block])
            return ArrayOf(Checkpoint(step).Arrays.FirstOrDefault(array => array.Name == block));
        return rows.Columns.Any(column => column.Name == name) ? NamedArray.Of(rows[name]) : Document.Array(name);
    }

    /// <summary>The one read last is kept: its blocks are asked for one after the other, each for its size first.</summary>
    private Snapshot Checkpoint(string step)
    {
        if (!long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            throw new InputException($"'{step}' is no step.");
        if (_last is not { } last || last.Step != number)
            _last = last = (number, run.Store.ReadCheckpoint(number));
        return last.Snapshot;
    }

    private static NamedArray? ArrayOf((string Name, int[] Shape, Array Values) array)
    {
        long[] shape = [.. (array.Shape ?? []).Select(axis => (long)axis)];
        return array.Values switch
        {
            double[] values => NamedArray.Of(values, shape),
            float[] values => NamedArray.Of(values, shape),
            _ => null,
        };
    }
}
