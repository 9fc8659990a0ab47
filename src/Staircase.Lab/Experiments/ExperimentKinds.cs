namespace Staircase.Lab;

/// <summary>All kinds of experiments. Regression, the first, is older than <see cref="IExperimentKind"/>; the commands have their own views of it.</summary>
public static class ExperimentKinds
{
    /// <summary>The kind of an experiment that does not say.</summary>
    public const string Regression = "regression";

    /// <summary>Every kind beside regression, by name: whatever type of this assembly is one.</summary>
    public static IReadOnlyList<IExperimentKind> Others { get; } =
    [
        .. typeof(IExperimentKind).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && typeof(IExperimentKind).IsAssignableFrom(type))
            .Select(type => (IExperimentKind)Activator.CreateInstance(type)!)
            .OrderBy(kind => kind.Name, StringComparer.Ordinal),
    ];

    /// <summary>Every name, regression first.</summary>
    public static IReadOnlyList<string> Names { get; } = [Regression, .. Others.Select(kind => kind.Name)];

    /// <summary>The kind of that name; null for regression.</summary>
    /// <exception cref="InputException">There is none; the message names the nearest.</exception>
    public static IExperimentKind? Named(string name, string where) => name == Regression ? null
        : Others.FirstOrDefault(kind => kind.Name == name) ?? throw new InputException($"{where}: unknown kind '{name}': {NearestName.Hint(name, Names)}");

    /// <summary>The keys of a kind.</summary>
    public static IReadOnlyList<ExperimentKey> KeysOf(string kind) => kind == Regression ? ExperimentKey.All : Others.First(k => k.Name == kind).Keys;

    /// <summary>An experiment of some kind beside regression with a key set that may be unknown.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="key">What may be a key.</param>
    /// <param name="value">Its value as text.</param>
    /// <param name="where">Where it stands, for the message.</param>
    /// <exception cref="InputException">It is no key of the kind, or the value is not one.</exception>
    public static IExperiment Set(IExperiment experiment, string key, string value, string where) =>
        experiment.Kind.Keys.Any(known => known.Name == key) ? experiment.With(key, value) : throw Unknown(experiment.Kind.Name, key, where);

    /// <summary>What to say of a key that a kind does not have: whose it is, or which one may be meant.</summary>
    public static InputException Unknown(string kind, string key, string where)
    {
        string[] owners = [.. Names.Where(name => KeysOf(name).Any(known => known.Name == key))];
        return new(owners.Length > 0
            ? $"{where}: '{key}' is a key of kind {string.Join(" and ", owners)}, and this experiment is of kind {kind}."
            : $"{where}: unknown key '{key}': {NearestName.Hint(key, [.. KeysOf(kind).Select(known => known.Name), "kind"])}");
    }
}
