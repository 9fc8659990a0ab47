namespace Staircase.Lab;

/// <summary>One loss curve of anybody's training, read from a table.</summary>
/// <param name="Name">What the loss is called.</param>
/// <param name="PositionName">What the positions are called.</param>
/// <param name="Positions">Ascending steps, or times of the gradient flow.</param>
/// <param name="Losses">The loss at each, finite.</param>
public sealed record LossCurve(string Name, string PositionName, double[] Positions, double[] Losses)
{
    private const int FewestPoints = 10;

    /// <summary>Whether the positions are times of the gradient flow, as their name says.</summary>
    public bool PositionsAreTimes => PositionName.Equals("time", StringComparison.OrdinalIgnoreCase);

    /// <summary>What was decided in reading it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reads a curve.</summary>
    /// <param name="path">A table with a header.</param>
    /// <param name="stepColumn">The column of positions; null finds it.</param>
    /// <param name="lossColumn">The column of the loss; null takes the only one.</param>
    /// <exception cref="InputException">There is no such column, or not one alone, or it holds too few numbers.</exception>
    public static LossCurve Read(string path, string? stepColumn, string? lossColumn)
    {
        LossTable table = LossTable.Read(path, stepColumn, lossColumn is null ? null : [lossColumn]);
        string[] names = [.. table.Columns.Select(column => column.Name)];
        int plain = Array.FindIndex(names, name => name.Equals("loss", StringComparison.OrdinalIgnoreCase));
        if (names.Length > 1 && plain >= 0)
            table = table with { Columns = [table.Columns[plain]] };
        else if (names.Length > 1)
            throw new InputException($"{path} has several losses, {string.Join(", ", names)}: say which, --loss-column '{names[0]}'.");
        double[] values = table.Columns[0].Values;
        int[] finite = [.. Range(0, values.Length).Where(i => double.IsFinite(values[i]))];
        Require(
            finite.Length >= FewestPoints,
            $"{path} has {finite.Length} numbers in '{table.Columns[0].Name}'; a curve needs {FewestPoints} or more.");

        int left = values.Length - finite.Length;
        return new(
            table.Columns[0].Name, table.StepColumn, [.. finite.Select(i => table.Steps[i])], [.. finite.Select(i => values[i])])
        {
            Notes =
            [
                .. table.Notes,
                .. left > 0 ? [$"{left} rows of {path} have no finite '{table.Columns[0].Name}' and are left out"] : (string[])[],
            ],
        };
    }
}
