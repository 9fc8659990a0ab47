namespace Staircase.Lab;

/// <summary>Commands as a reader can type them into a shell again.</summary>
public static class CommandText
{
    /// <summary>A command from its words, each quoted where a shell would read something else.</summary>
    public static string Of(params IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    /// <summary>The command that trains an experiment again, every key in full.</summary>
    /// <param name="settings">Its keys, resolved.</param>
    public static string Training(ExperimentKind kind, IReadOnlyDictionary<string, string> settings) => Of(
    [
        "staircase", "train", "--kind", kind.Name,
        .. kind.Keys.Where(key => settings.ContainsKey(key.Name)).SelectMany(key => Option(key, settings[key.Name])),
    ]);

    private static string[] Option(ExperimentKey key, string value) =>
        key.Placeholder is not null ? [$"--{key.Name}", value] : value == "true" ? [$"--{key.Name}"] : [];

    private static string Quoted(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:,=+@%".Contains(c))
        ? word
        : $"'{word.Replace("'", "'\\''")}'";
}
