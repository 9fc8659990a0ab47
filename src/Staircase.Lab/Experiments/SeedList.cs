namespace Staircase.Lab;

/// <summary>The seeds of an ensemble, as they are written: <c>1..20</c>, or a list such as <c>1,3,7..9</c>.</summary>
public sealed record SeedList
{
    /// <summary>The key of an experiment that names them.</summary>
    public const string Key = "seeds";

    private const int Most = 1000;

    private SeedList(string text, ulong[] values) => (Text, Values) = (text, values);

    /// <summary>As they are written.</summary>
    public string Text { get; }

    /// <summary>Each once, in the order in which they were named.</summary>
    public IReadOnlyList<ulong> Values { get; }

    /// <summary>Reads them.</summary>
    /// <exception cref="InputException">It is no list of seeds, or one of more than 1,000.</exception>
    public static SeedList Parse(string text)
    {
        var seeds = new List<ulong>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split("..");
            if (ends.Length > 2 || Seed(ends[0]) is not { } from || Seed(ends[^1]) is not { } to || to < from || to - from >= Most)
                throw Wrong();
            for (ulong i = 0; i <= to - from; i++)
                seeds.Add(from + i);
        }

        ulong[] values = [.. seeds.Distinct()];
        return values.Length <= Most ? new(string.Join(',', text.Split(',', StringSplitOptions.TrimEntries)), values) : throw Wrong();

        static ulong? Seed(string word) =>
            ulong.TryParse(word, NumberStyles.None, InvariantCulture, out ulong seed) ? seed : null;

        InputException Wrong() => new($"‹{Key}› must be A..B, up to {Most:N0} of them, or a list such as 1,3,7; found '{text}'.");
    }

    /// <summary>Two lists of the same words are the same.</summary>
    public bool Equals(SeedList? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
