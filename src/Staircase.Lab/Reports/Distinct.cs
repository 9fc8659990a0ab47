namespace Staircase.Lab;

/// <summary>Names for rows and columns of which no two may be called the same.</summary>
internal static class Distinct
{
    /// <summary>The names of items, in their order; those that repeat have something behind them that tells them apart.</summary>
    /// <param name="name">What one is called.</param>
    /// <param name="otherwise">
    /// What is told of one where its name is another's, too; a number where that is empty or repeats as well.
    /// </param>
    public static IReadOnlyList<string> Names<T>(IReadOnlyList<T> items, Func<T, string> name, Func<T, string> otherwise)
    {
        string[] names = [.. items.Select(name)];
        foreach (IGrouping<string, int> same in Repeated(names))
        {
            foreach (int i in same.Where(i => otherwise(items[i]).Length > 0))
                names[i] = $"{names[i]} ({otherwise(items[i])})";
        }

        for (IGrouping<string, int>[] left = Repeated(names); left.Length > 0; left = Repeated(names))
        {
            foreach ((int i, int number) in left.SelectMany(same => same.Select((i, number) => (i, number))).Where(pair => pair.number > 0))
                names[i] = $"{names[i]} ({number + 1})";
        }

        return names;
    }

    private static IGrouping<string, int>[] Repeated(string[] names) =>
        [.. Range(0, names.Length).GroupBy(i => names[i]).Where(group => group.Count() > 1)];
}
