using System.Text;

namespace Staircase.Checkpoints;

/// <summary>Text from strangers' files, made safe and short enough for a message.</summary>
internal static class DisplayText
{
    private const int LongestName = 100;
    private const int MostNamesCompared = 10_000;
    private const int NamesShown = 5;

    /// <summary>Quotes a name; control characters become escapes, so that a file cannot write to the terminal.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (char c in text.AsSpan(0, Min(text.Length, LongestName)))
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E'))
                quoted.Append($"\\u{(int)c:x4}");
            else
                quoted.Append(c);
        }

        return quoted.Append(text.Length > LongestName ? "…'" : "'").ToString();
    }

    /// <summary>The first names of several, quoted.</summary>
    public static string Some(IReadOnlyCollection<string> names, int most = 3) =>
        string.Join(", ", names.Take(most).Select(Quote)) + (names.Count > most ? ", …" : "");

    /// <summary>The exception for a name that a file does not hold; lists the names nearest to it.</summary>
    public static KeyNotFoundException Missing(string filePath, string kind, string name, IReadOnlyCollection<string> available)
    {
        if (available.Count == 0)
            return new KeyNotFoundException($"{filePath} holds no {kind} {Quote(name)}; it holds none at all.");
        string nearest = string.Join(", ", available
            .Take(MostNamesCompared)
            .OrderBy(candidate => Distance(name, candidate))
            .ThenBy(candidate => candidate, StringComparer.Ordinal)
            .Take(NamesShown)
            .Select(Quote));
        string label = available.Count > NamesShown ? $"the nearest of its {available.Count} names are" : "it holds";
        return new KeyNotFoundException($"{filePath} holds no {kind} {Quote(name)}; {label} {nearest}.");
    }

    /// <summary>Levenshtein distance without regard to case, over the first <see cref="LongestName"/> characters.</summary>
    private static int Distance(string a, string b)
    {
        ReadOnlySpan<char> left = a.AsSpan(0, Min(a.Length, LongestName));
        ReadOnlySpan<char> right = b.AsSpan(0, Min(b.Length, LongestName));
        Span<int> row = stackalloc int[LongestName + 1];
        for (int j = 0; j <= right.Length; j++)
            row[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int substitute = diagonal + (char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Min(substitute, Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
