namespace Staircase.Lab;

/// <summary>Values of settings beside each other: numbers in as few digits as tell them apart, long lists by their ends.</summary>
internal static partial class ReadableNumbers
{
    private const int FewDigits = 3, MostDigits = 15, LongestList = 4;

    /// <summary>The same values for a reader; values that differ still do.</summary>
    public static string[] Of(IReadOnlyList<string> values)
    {
        int different = values.Distinct().Count();
        for (int digits = FewDigits; digits <= MostDigits; digits++)
        {
            foreach (bool shorten in (bool[])[true, false])
            {
                string[] read = [.. values.Select(value => Rounded(value, digits, shorten))];
                if (read.Distinct().Count() == different)
                    return read;
            }
        }

        return [.. values];
    }

    private static string Rounded(string value, int digits, bool shorten)
    {
        string[] items = [.. value.Split(',').Select(item => Fraction().Replace(item, match =>
            ReadNumber(match.Value) is { } number
                ? NumberText.Number(number, digits) : match.Value))];
        return shorten && items.Length > LongestList ? $"{items[0]},{items[1]} … {items[^1]} ({items.Length})" : string.Join(',', items);
    }

    /// <summary>A number with a fraction or an exponent: whole ones, such as seeds, stay as they are.</summary>
    [GeneratedRegex(@"(?<![\w.])-?\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+)(?![\w.])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fraction();
}
