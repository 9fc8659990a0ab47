namespace Staircase.Lab;

/// <summary>
/// Losses from anybody's table with a header: a column of steps and one or more columns of numbers, a row of one step or several.
/// </summary>
/// <remarks>
/// The steps are the first there is of <c>step</c>, <c>global_step</c>, <c>_step</c>, <c>iteration</c>, <c>iter</c> (maybe behind a prefix,
/// <c>trainer/global_step</c>), and only then <c>epoch</c>. Rows of one step are merged, as trackers write training and validation in rows
/// of their own. Without a column that is called a loss, every column of numbers is one; the bands that W&amp;B exports beside a mean are
/// none.
/// </remarks>
/// <param name="Steps">The steps, ascending.</param>
/// <param name="Columns">A name and as many numbers each; NaN where a step has none.</param>
public sealed record LossTable(double[] Steps, IReadOnlyList<(string Name, double[] Values)> Columns)
{
    private static readonly string[] StepNames = ["step", "global_step", "_step", "iteration", "iterations", "iter", "iter_num", "epoch"];
    private static readonly string[] Bands = ["__MIN", "__MAX"];
    private static readonly string[] Clocks = ["wall time", "timestamp", "_timestamp", "_runtime", "time", "relative time (process)"];

    /// <summary>The column that the steps come from.</summary>
    public string StepColumn { get; init; } = "step";

    /// <summary>What was decided in reading that a reader of the losses must know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reads a table.</summary>
    /// <param name="stepColumn">The column of steps; null finds it.</param>
    /// <param name="lossColumns">The columns of losses; null finds them.</param>
    /// <exception cref="InputException">It cannot be read, has no such column, or a cell is no number.</exception>
    public static LossTable Read(string path, string? stepColumn = null, IReadOnlyList<string>? lossColumns = null)
    {
        DelimitedText text = DelimitedText.Read(path);
        int at = stepColumn is not null ? text.Column(stepColumn) : StepOf(text);
        int[] losses = lossColumns is { Count: > 0 } ? [.. lossColumns.Select(text.Column)] : LossesOf(text, at);
        double[] steps = text.Numbers(at);
        double[][] columns = [.. losses.Select(text.Numbers)];

        var notes = new List<string>();
        if (text.Header[at].Contains("epoch", StringComparison.OrdinalIgnoreCase))
            notes.Add($"the losses of {path} are by '{text.Header[at]}', as there is no column of steps");
        int[] rows = [.. Range(0, steps.Length).Where(row => double.IsFinite(steps[row])).OrderBy(row => steps[row])];
        if (rows.Length < steps.Length)
            notes.Add($"{steps.Length - rows.Length} rows of {path} have no step and are left out");
        var merged = new List<(double Step, double[] Values)>();
        int conflicts = 0;
        foreach (int row in rows)
        {
            if (merged.Count == 0 || merged[^1].Step != steps[row])
                merged.Add((steps[row], [.. columns.Select(_ => double.NaN)]));
            for (int c = 0; c < columns.Length; c++)
            {
                if (double.IsNaN(columns[c][row]))
                    continue;
                conflicts += double.IsNaN(merged[^1].Values[c]) || merged[^1].Values[c] == columns[c][row] ? 0 : 1;
                merged[^1].Values[c] = columns[c][row];
            }
        }

        if (conflicts > 0)
            notes.Add($"{conflicts} losses of {path} stand there again with other values for the same step: the later row is taken");
        return new(
            [.. merged.Select(row => row.Step)],
            [.. losses.Select((column, c) => (text.Header[column], merged.Select(row => row.Values[c]).ToArray()))])
        {
            StepColumn = text.Header[at],
            Notes = notes,
        };
    }

    /// <summary>A column at any step, by straight lines between the steps that have a number; NaN beyond them.</summary>
    public double At(int column, double step)
    {
        double[] values = Columns[column].Values;
        int i = Array.BinarySearch(Steps, step);
        if (i >= 0 && double.IsFinite(values[i]))
            return values[i];
        int after = i >= 0 ? i + 1 : ~i, before = after - 1;
        while (before >= 0 && !double.IsFinite(values[before]))
            before--;
        while (after < values.Length && !double.IsFinite(values[after]))
            after++;
        if (before < 0 || after >= values.Length)
            return double.NaN;
        double θ = (step - Steps[before]) / (Steps[after] - Steps[before]);
        return (1 - θ) * values[before] + θ * values[after];
    }

    /// <summary>Columns that say nothing at any of these steps, each with where its numbers are.</summary>
    public IEnumerable<string> Unmatched(IReadOnlyList<long> steps)
    {
        for (int c = 0; c < Columns.Count; c++)
        {
            if (steps.Any(step => double.IsFinite(At(c, step))))
                continue;
            double[] values = Columns[c].Values;
            double[] own = [.. Steps.Where((_, i) => double.IsFinite(values[i]))];
            yield return $"no value of '{Columns[c].Name}' at any checkpoint (steps {steps[0]} to {steps[^1]}): "
                + (own.Length == 0 ? "the column is empty"
                    : FormattableString.Invariant($"the table's '{StepColumn}' goes from {own[0]} to {own[^1]} there"));
        }
    }

    private static int StepOf(DelimitedText text)
    {
        foreach (string name in StepNames)
        {
            int[] at = [.. Range(0, text.Header.Length).Where(c => IsCalled(text.Header[c], name))];
            if (at.Length > 0)
                return at.OrderBy(c => text.Header[c].Length).First();
        }

        throw new InputException(
            $"{text.Path}, line 1: expected a column 'step' (or {string.Join(", ", StepNames.Skip(1))}) and one of losses, found "
                + $"{text.Names}; where the steps have another name, rename that column.");

        static bool IsCalled(string column, string name) =>
            column.Equals(name, StringComparison.OrdinalIgnoreCase)
            || column.EndsWith("/" + name, StringComparison.OrdinalIgnoreCase)
            || column.EndsWith(" - " + name, StringComparison.OrdinalIgnoreCase);
    }

    private static int[] LossesOf(DelimitedText text, int step)
    {
        int[] others =
        [
            .. Range(0, text.Header.Length).Where(c => c != step && !Bands.Any(band =>
                text.Header[c].EndsWith(band, StringComparison.Ordinal) && text.Header.Contains(text.Header[c][..^band.Length]))),
        ];
        int[] losses = [.. others.Where(c => text.Header[c].Contains("loss", StringComparison.OrdinalIgnoreCase))];
        if (losses.Length == 0)
        {
            losses =
            [
                .. others.Where(c => !Clocks.Contains(text.Header[c], StringComparer.OrdinalIgnoreCase)
                    && !StepNames.Contains(text.Header[c], StringComparer.OrdinalIgnoreCase) && text.IsNumeric(c)),
            ];
        }

        return losses.Length > 0 ? losses : throw new InputException(
            $"{text.Path}, line 1: expected a column of losses beside '{text.Header[step]}', found {text.Names}, none of numbers.");
    }
}
