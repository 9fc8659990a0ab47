namespace Staircase.Lab;

/// <summary>Commands as a reader can type them into a shell again.</summary>
public static class CommandText
{
    /// <summary>A command from its words, each quoted where a shell would read something else.</summary>
    public static string Of(params IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    /// <summary>The command that trains an experiment again, every key in full.</summary>
    /// <param name="settings">Its keys, resolved.</param>
    public static string Training(ExperimentKind kind, IReadOnlyDictionary<string, string> settings) => With(
        "train", kind, kind.Keys.Select(key => key.Name).Where(settings.ContainsKey).Select(key => (key, settings[key])));

    /// <summary>A command with keys and their values.</summary>
    internal static string With(string command, ExperimentKind kind, IEnumerable<(string Key, string Value)> settings) => Of(
    [
        "staircase", command, "--kind", kind.Name,
        .. settings.SelectMany(said => kind.Keys.FirstOrDefault(key => key.Name == said.Key) is not { Placeholder: null }
            ? [$"--{said.Key}", said.Value]
            : said.Value == "true" ? [$"--{said.Key}"] : (string[])[]),
    ]);

    private static string Quoted(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:,=+@%".Contains(c))
        ? word
        : $"'{word.Replace("'", "'\\''")}'";
}
