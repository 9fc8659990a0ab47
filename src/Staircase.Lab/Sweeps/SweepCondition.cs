namespace Staircase.Lab;

/// <summary>What must hold of a task: <c>heads &gt;= dim</c>, <c>init &lt; 0.1</c>, <c>attention = merged</c>.</summary>
/// <param name="Left">A key.</param>
/// <param name="Comparison">One of <c>&lt; &lt;= = != &gt;= &gt;</c>.</param>
/// <param name="Right">A key, a number or a word.</param>
/// <param name="Where">Where it stands: file and line.</param>
public sealed record SweepCondition(string Left, string Comparison, string Right, string Where)
{
    private static readonly string[] Comparisons = ["<=", ">=", "!=", "<", ">", "="];

    /// <summary>Reads a condition.</summary>
    /// <exception cref="InputException">It compares nothing, or its left side is no key.</exception>
    public static SweepCondition Parse(string text, ExperimentKind kind, string where)
    {
        string comparison = Comparisons.FirstOrDefault(text.Contains)
            ?? throw new InputException($"'{text}' compares nothing: expected such as 'heads >= dim'.", where: where);
        string[] sides = text.Split(comparison, 2, StringSplitOptions.TrimEntries);
        if (kind.Keys.All(key => key.Name != sides[0]))
            throw ExperimentKinds.Unknown(kind, sides[0], where);
        return new(sides[0], comparison, sides[1], where);
    }

    /// <summary>Whether it holds.</summary>
    /// <exception cref="InputException">A key of it has no value, or words are ordered.</exception>
    public bool Holds(SweepTask task)
    {
        IReadOnlyDictionary<string, string> values = task.Experiment.Write();
        string left = values.GetValueOrDefault(Left)
            ?? throw new InputException($"‹{Left}› has no value to compare: set it in the experiment.", where: Where);
        string right = values.GetValueOrDefault(Right) ?? Right;
        if (ReadNumber(left) is { } a && ReadNumber(right) is { } b)
            return StopCondition.Holds(a, Comparison, b);
        return Comparison switch
        {
            "=" => left == right,
            "!=" => left != right,
            _ => throw new InputException($"'{left} {Comparison} {right}': words have no order.", where: Where),
        };
    }
}
