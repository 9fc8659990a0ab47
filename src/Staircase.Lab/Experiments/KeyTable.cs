using System.Globalization;

namespace Staircase.Lab;

/// <summary>Rows of a table of keys, and the values that they take.</summary>
internal static class KeyTable
{
    /// <summary>One of the words of an enumeration, lower case.</summary>
    public static ExperimentKey<TExperiment> Choice<TExperiment, T>(string name, string help, Func<TExperiment, T, TExperiment> set, Func<TExperiment, T?> get)
        where T : struct, Enum =>
        new(name, string.Join('|', Words<T>()), help, (e, v) => set(e, Parse<T>(name, v)), e => get(e) is { } value ? Word(value) : null);

    /// <summary>A whole number.</summary>
    public static ExperimentKey<TExperiment> Integer<TExperiment>(string name, string placeholder, string help, Func<TExperiment, int, TExperiment> set, Func<TExperiment, int?> get) =>
        new(name, placeholder, help, (e, v) => set(e, checked((int)Math.Clamp(WholeNumber(name, v), int.MinValue, int.MaxValue))), e => get(e)?.ToString());

    /// <summary>A finite number.</summary>
    public static ExperimentKey<TExperiment> Real<TExperiment>(string name, string placeholder, string help, Func<TExperiment, double, TExperiment> set, Func<TExperiment, double?> get) =>
        new(name, placeholder, help, (e, v) => set(e, Number(name, v)), e => get(e)?.ToString("R"));

    /// <summary>True or false, without a value on the command line.</summary>
    public static ExperimentKey<TExperiment> Switch<TExperiment>(string name, string help, Func<TExperiment, bool, TExperiment> set, Func<TExperiment, bool> get) =>
        new(name, null, help,
            (e, v) => v is "true" or "false" ? set(e, v == "true") : throw new InputException($"--{name} must be true or false; found '{v}'."),
            e => get(e) ? "true" : "false");

    /// <summary>Where random numbers come from.</summary>
    public static ExperimentKey<TExperiment> Seed<TExperiment>(string name, string help, Func<TExperiment, ulong, TExperiment> set, Func<TExperiment, ulong?> get) =>
        new(name, "S", help,
            (e, v) => ulong.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
                ? set(e, seed)
                : throw new InputException($"--{name} must be a whole number ≥ 0; found '{v}'."),
            e => get(e)?.ToString());

    /// <summary>Keys and values as they would be written in a file; keys that are not set are left out.</summary>
    public static IReadOnlyDictionary<string, string> Write<TExperiment>(this IEnumerable<ExperimentKey<TExperiment>> keys, TExperiment experiment) =>
        keys.Select(key => (key.Name, Value: key.Get(experiment))).Where(pair => pair.Value is not null)
            .ToDictionary(pair => pair.Name, pair => pair.Value!, StringComparer.Ordinal);

    /// <summary>A finite number.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static double Number(string name, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw new InputException($"--{name} must be a number; found '{text}'.");

    /// <summary>A whole number.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static long WholeNumber(string name, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new InputException($"--{name} must be a whole number; found '{text}'.");

    private static T Parse<T>(string name, string text)
        where T : struct, Enum
    {
        foreach (T value in Enum.GetValues<T>())
        {
            if (Word(value) == text)
                return value;
        }

        throw new InputException($"--{name} must be {string.Join(", ", Words<T>())}; found '{text}'.");
    }

    private static IEnumerable<string> Words<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(Word);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
