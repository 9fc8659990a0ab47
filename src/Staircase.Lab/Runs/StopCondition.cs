namespace Staircase.Lab;

/// <summary>What ends a training before its end: a recorded measure on one side of a number, as in <c>test_accuracy > 0.99</c>.</summary>
/// <remarks>
/// It is looked at whenever a row is recorded, and at nothing but rows: so a run that was interrupted ends at the same step as one that was
/// not.
/// </remarks>
/// <param name="Column">The name of a column.</param>
/// <param name="Comparison">One of &lt;, &lt;=, &gt;, &gt;=.</param>
/// <param name="Level">The number.</param>
public sealed record StopCondition(string Column, string Comparison, double Level)
{
    /// <summary>The key of an experiment that sets one.</summary>
    public const string Key = "stop-when";

    private static readonly string[] Comparisons = ["<=", ">=", "<", ">"];

    /// <summary>Reads a condition; <c>none</c> is null.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static StopCondition? Parse(string text)
    {
        if (text == "none")
            return null;
        if (Comparisons.FirstOrDefault(sign => text.Contains(sign)) is { } comparison
            && text.Split(comparison) is [var column, var level] && column.Trim() is { Length: > 0 } name
            && ReadNumber(level) is { } number && double.IsFinite(number))
        {
            return new(name, comparison, number);
        }

        throw new InputException($"‹{Key}› must be a column, one of < <= > >=, and a number, as in 'loss < 0.01'; found '{text}'.");
    }

    /// <summary>Whether the last row of a table meets it; a number that is none meets nothing.</summary>
    public bool IsMetBy(Trajectory rows) => Holds(rows[Column][^1], Comparison, Level);

    /// <summary>Whether two numbers compare as a sign says, one of &lt;, &lt;=, &gt;, &gt;=, !=, =.</summary>
    internal static bool Holds(double left, string comparison, double right) => comparison switch
    {
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        ">=" => left >= right,
        "!=" => left != right,
        _ => left == right,
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(InvariantCulture, $"{Column} {Comparison} {Level:R}");

    /// <summary>Complains of a column that a training does not record.</summary>
    internal void Check(IReadOnlyList<Column> columns)
    {
        string[] names = [.. columns.Select(column => column.Name)];
        Require(
            names.Contains(Column),
            $"‹{Key}›: this training records no '{Column}': {NearestName.Hint(Column, names)}");
    }
}
