using System.Globalization;

namespace Staircase.Lab;

/// <summary>
/// Losses from a CSV with a header: a column <c>step</c> (or <c>epoch</c>, <c>iteration</c>) and one or more columns of numbers.
/// </summary>
/// <param name="Steps">The steps, ascending.</param>
/// <param name="Columns">A name and as many numbers each.</param>
public sealed record LossTable(double[] Steps, IReadOnlyList<(string Name, double[] Values)> Columns)
{
    private static readonly string[] StepNames = ["step", "epoch", "iteration", "iter"];

    /// <summary>Reads a table.</summary>
    /// <exception cref="InputException">It cannot be read, or a cell of a row is no number.</exception>
    public static LossTable Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {exception.Message}", exception);
        }

        string[] header = lines.Length == 0 ? [] : [.. lines[0].Split(',').Select(cell => cell.Trim().Trim('"'))];
        int at = Array.FindIndex(header, name => StepNames.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (at < 0 || header.Length < 2)
        {
            throw new InputException(
                $"{path}, line 1: expected column names with 'step' and one of losses, found '{(lines.Length == 0 ? "" : lines[0])}'.");
        }

        int[] others = [.. Enumerable.Range(0, header.Length).Where(c => c != at)];
        int[] losses = [.. others.Where(c => header[c].Contains("loss", StringComparison.OrdinalIgnoreCase))];
        if (losses.Length == 0)
            losses = others;
        var rows = new List<double[]>();
        for (int i = 1; i < lines.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
                continue;
            string[] cells = lines[i].Split(',');
            if (cells.Length != header.Length)
                throw new InputException($"{path}, line {i + 1}: expected {header.Length} cells, found {cells.Length}.");
            rows.Add([Number(at, i), .. losses.Select(c => Number(c, i))]);

            double Number(int column, int line) =>
                string.IsNullOrWhiteSpace(cells[column]) ? double.NaN
                : double.TryParse(cells[column].Trim().Trim('"'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                    ? value
                : throw new InputException($"{path}, line {line + 1}: '{cells[column]}' is not a number.");
        }

        double[][] ordered = [.. rows.Where(row => double.IsFinite(row[0])).OrderBy(row => row[0]).DistinctBy(row => row[0])];
        return new(
            [.. ordered.Select(row => row[0])], [.. losses.Select((c, i) => (header[c], ordered.Select(row => row[i + 1]).ToArray()))]);
    }

    /// <summary>A column at any step, by straight lines between the rows; NaN beyond them.</summary>
    public double At(int column, double step)
    {
        int i = Array.BinarySearch(Steps, step);
        double[] values = Columns[column].Values;
        if (i >= 0)
            return values[i];
        i = ~i;
        if (i == 0 || i == Steps.Length)
            return double.NaN;
        double θ = (step - Steps[i - 1]) / (Steps[i] - Steps[i - 1]);
        return (1 - θ) * values[i - 1] + θ * values[i];
    }
}
