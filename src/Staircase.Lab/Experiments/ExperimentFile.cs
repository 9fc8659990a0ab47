using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Staircase.Lab;

/// <summary>Experiments in YAML: one flat mapping of the keys of their kind, and <c>kind</c> itself, which is regression where it is not said.</summary>
public static class ExperimentFile
{
    private const string KindKey = "kind";

    private sealed record Entry(string Where, string Name, string Value);

    /// <summary>Reads a regression.</summary>
    /// <exception cref="InputException">The file cannot be read, is not such a mapping, or has an unknown key or a wrong value; the message names file and line.</exception>
    public static Experiment Read(string path)
    {
        Entry[] entries = Entries(path);
        if (KindOf(entries) is { } kind)
            throw new InputException($"{path}: this experiment is of kind {kind.Name}, not of kind {ExperimentKinds.Regression}.");
        var experiment = new Experiment();
        foreach (Entry entry in entries.Where(entry => entry.Name != KindKey))
            experiment = Located(entry, () => ExperimentKey.Named(entry.Name, entry.Where).Set(experiment, entry.Value));
        return experiment;
    }

    /// <summary>Reads an experiment of a kind beside regression.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">The kind, whatever the file says.</param>
    /// <exception cref="InputException">The file cannot be read, is not such a mapping, or has an unknown key or a wrong value; the message names file and line.</exception>
    public static IExperiment Read(string path, IExperimentKind kind)
    {
        IExperiment experiment = kind.Default;
        foreach (Entry entry in Entries(path).Where(entry => entry.Name != KindKey))
            experiment = Located(entry, () => ExperimentKinds.Set(experiment, entry.Name, entry.Value, entry.Where));
        return experiment;
    }

    /// <summary>The kind that a file says; null for regression.</summary>
    /// <exception cref="InputException">The file cannot be read, is not a mapping, or names no kind that there is.</exception>
    public static IExperimentKind? KindOf(string path) => KindOf(Entries(path));

    private static IExperimentKind? KindOf(Entry[] entries) =>
        entries.FirstOrDefault(entry => entry.Name == KindKey) is { } entry ? ExperimentKinds.Named(entry.Value, entry.Where) : null;

    private static T Located<T>(Entry entry, Func<T> set)
    {
        try
        {
            return set();
        }
        catch (InputException exception) when (!exception.Message.StartsWith(entry.Where, StringComparison.Ordinal))
        {
            throw new InputException($"{entry.Where}: {exception.Message.Replace("--" + entry.Name, entry.Name, StringComparison.Ordinal)}", exception);
        }
    }

    private static Entry[] Entries(string path)
    {
        var yaml = new YamlStream();
        try
        {
            using var reader = new StreamReader(path);
            yaml.Load(reader);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"The experiment {path} cannot be read: {exception.Message}", exception);
        }
        catch (YamlException exception)
        {
            throw new InputException($"{path}, line {exception.Start.Line}: not YAML: {exception.InnerException?.Message ?? exception.Message}", exception);
        }

        if (yaml.Documents.Count != 1 || yaml.Documents[0].RootNode is not YamlMappingNode mapping)
            throw new InputException($"{path}: an experiment is one mapping of keys to values, such as 'attention: separate'.");
        return [.. mapping.Children.Select(pair => EntryOf(path, pair.Key, pair.Value))];
    }

    private static Entry EntryOf(string path, YamlNode keyNode, YamlNode valueNode)
    {
        string where = $"{path}, line {keyNode.Start.Line}";
        if (keyNode is not YamlScalarNode { Value: { } name })
            throw new InputException($"{where}: a key must be a word.");
        return new(where, name, valueNode switch
        {
            YamlScalarNode { Value: { } text } => text,
            YamlSequenceNode list when list.Children.All(child => child is YamlScalarNode) => string.Join(',', list.Children.Select(child => ((YamlScalarNode)child).Value)),
            _ => throw new InputException($"{where}: '{name}' needs a single value."),
        });
    }
}
