namespace Staircase.Lab;

/// <summary>Numbers as reports, checks and findings show them, in every language the same.</summary>
internal static partial class NumberText
{
    /// <summary>Four digits, exponents as they are read: 1.98e-6; a dash for a number that is not there.</summary>
    public static string Number(double? value) => Number(value, digits: 4);

    /// <summary>So many digits that count.</summary>
    public static string Number(double? value, int digits)
    {
        if (value is not { } x || double.IsNaN(x))
            return "—";
        if (double.IsInfinity(x))
            return x > 0 ? "∞" : "−∞";
        string[] parts = x.ToString($"G{digits}", InvariantCulture).Split('E');
        return parts.Length == 1
            ? parts[0]
            : string.Create(InvariantCulture, $"{parts[0]}e{int.Parse(parts[1], InvariantCulture)}");
    }

    /// <summary>What was read as a number; null where the text is none.</summary>
    public static double? ReadNumber(ReadOnlySpan<char> text) =>
        double.TryParse(text, NumberStyles.Float, InvariantCulture, out double number) ? number : null;

    /// <summary>What was read as a whole number, of digits alone; null where the text is none.</summary>
    public static long? ReadWhole(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, InvariantCulture, out long number) ? number : null;

    /// <summary>A name out of an enumeration as a word.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>All digits: what reads back as the same number.</summary>
    public static string AllDigits(double value) => value.ToString("R", InvariantCulture);

    /// <summary>A part of one in percent; a dash for one that is not there.</summary>
    public static string Percent(double? value, int digits = 3) =>
        value is { } x && double.IsFinite(x) ? $"{Number(100 * x, digits)} %" : "—";

    /// <summary>A relative error in percent, with its sign; a dash for one that is not there.</summary>
    public static string Signed(double? error) => error is { } e && double.IsFinite(e)
        ? (100 * e).ToString(Abs(e) < 1e-4 ? "+0.0000;-0.0000;0" : "+0.00;-0.00;0", InvariantCulture) + " %"
        : "—";

    /// <summary>The name of a number in JSON as people write it: largestHeightError is largest height error.</summary>
    public static string Words(string name) =>
        string.Concat(name.Select(c => char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : c.ToString()));

    /// <summary>Words as a name for links and file names: lower-case, with hyphens.</summary>
    public static string IdOf(string words) => NotInId().Replace(words.ToLowerInvariant(), "-").Trim('-');

    /// <summary>A time or a step: five digits, or a whole number with its thousands apart.</summary>
    public static string Position(double? value) =>
        value is { } x && Abs(x) is >= 1e4 and < 1e7 ? x.ToString("N0", InvariantCulture) : Number(value, digits: 5);

    /// <summary>A whole number with its thousands apart; a dash for one that is not there.</summary>
    public static string Whole(double? value) => value?.ToString("N0", InvariantCulture) ?? "—";

    /// <summary>One digit and a power of ten, for sizes of weights and tolerances: 1e-2.</summary>
    public static string Power(double value) => value.ToString("0e-0", InvariantCulture);

    /// <summary>Components counted from 1 along the descending spectrum; runs are shortened.</summary>
    public static string Components(IReadOnlyList<int> modes) => modes.Count switch
    {
        0 => "none",
        > 6 when modes.Order().SequenceEqual(Range(modes.Min(), modes.Count)) => $"{modes.Min() + 1}–{modes.Max() + 1}",
        > 8 => $"{modes.Count} of them",
        _ => string.Join(' ', modes.Select(d => d + 1)),
    };

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInId();
}
