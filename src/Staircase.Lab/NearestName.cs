namespace Staircase.Lab;

/// <summary>Finds what somebody who mistyped a name may have meant.</summary>
public static class NearestName
{
    /// <summary>
    /// The candidate with the fewest edits (insertions, deletions, substitutions, swaps of neighbours); null if none is near.
    /// </summary>
    public static string? Of(string name, IEnumerable<string> candidates)
    {
        (string? Name, int Distance) best = (null, Max(2, name.Length / 2));
        foreach (string candidate in candidates)
        {
            int distance = candidate.StartsWith(name, StringComparison.Ordinal) && name.Length > 2 ? 1 : Distance(name, candidate);
            if (distance <= best.Distance && (best.Name is null || distance < best.Distance))
                best = (candidate, distance);
        }

        return best.Name;
    }

    /// <summary>A sentence that proposes the nearest name, or lists all of them.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> candidates) =>
        Of(name, candidates) is { } nearest ? $"did you mean '{nearest}'?" : $"known are {string.Join(", ", candidates)}.";

    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Min(Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
