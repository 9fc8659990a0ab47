namespace Staircase.Lab;

/// <summary>The kinds of experiments.</summary>
public static class ExperimentKinds
{
    /// <summary>The key that names a kind.</summary>
    public const string Key = "kind";

    /// <summary>All of them; an experiment that names no kind is of the first.</summary>
    public static IReadOnlyList<ExperimentKind> All { get; } =
    [
        RegressionExperiment.Type,
        VectorExperiment.Type,
        ModularExperiment.Type,
        TokenExperiment.Type,
    ];

    /// <summary>The kind of experiments that name none.</summary>
    public static ExperimentKind Default => All[0];

    /// <summary>A kind by its name.</summary>
    /// <param name="where">Where it stands; null for the command line.</param>
    /// <exception cref="InputException">There is none; the message names the nearest.</exception>
    public static ExperimentKind Named(string name, string? where) => All.FirstOrDefault(kind => kind.Name == name)
        ?? throw new InputException(
            $"‹{Key}›: unknown kind '{name}': {NearestName.Hint(name, [.. All.Select(kind => kind.Name)])}", where: where);

    /// <summary>The complaint about a key that a kind does not have: it names the kinds that do, or the nearest key.</summary>
    internal static InputException Unknown(ExperimentKind kind, string key, string? where)
    {
        string[] owners = [.. All.Where(other => other.Keys.Any(known => known.Name == key)).Select(other => other.Name)];
        return new(
            owners.Length > 0
                ? $"‹{key}› is a key of kind {string.Join(" and ", owners)}, and this experiment is of kind {kind.Name}."
                : $"unknown key '{key}': {Hint(kind, key)}",
            where: where);
    }

    private static string Hint(ExperimentKind kind, string key)
    {
        string[] own = [.. kind.Keys.Select(known => known.Name), Key];
        return KeyHint.For(
            key, own, [.. All.SelectMany(other => other.Keys.Select(known => known.Name))], name => $"'{name}'",
            $"'staircase train --kind {kind.Name} --help' lists the keys.");
    }
}
