using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Staircase.Lab;

/// <summary>Experiments in YAML: one mapping of keys to values, of which <c>kind</c> may be one.</summary>
public static class ExperimentFile
{
    private sealed record Entry(string Where, string Name, string Value);

    /// <summary>Reads an experiment.</summary>
    /// <param name="path">A YAML file.</param>
    /// <param name="kind">Its kind; null takes what the file says.</param>
    /// <exception cref="InputException">It cannot be read, or a key or value in it cannot be used; the message names file, line and what
    /// was expected.</exception>
    public static Experiment Read(string path, ExperimentKind? kind = null) => Of(path, Load(path), kind);

    /// <summary>The experiment that a mapping in a file describes.</summary>
    internal static Experiment Of(string path, YamlMappingNode mapping, ExperimentKind? kind = null)
    {
        Entry[] entries = [.. mapping.Children.Select(pair => EntryOf(path, pair.Key, pair.Value))];
        Entry? named = entries.FirstOrDefault(entry => entry.Name == ExperimentKinds.Key);
        kind ??= named is null ? ExperimentKinds.Default : ExperimentKinds.Named(named.Value, named.Where);
        return entries.Where(entry => entry != named)
            .Aggregate(kind.Default, (experiment, entry) => kind.Set(experiment, entry.Name, entry.Value, entry.Where));
    }

    /// <summary>The mapping of keys to values that a file is.</summary>
    internal static YamlMappingNode Load(string path)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(Reading($"The experiment {path}", () => File.ReadAllText(path))));
        }
        catch (YamlException exception)
        {
            throw new InputException(
                $"{path}, line {exception.Start.Line}: not YAML: {exception.InnerException?.Message ?? exception.Message}", exception);
        }

        if (yaml.Documents.Count != 1 || yaml.Documents[0].RootNode is not YamlMappingNode mapping)
            throw new InputException($"{path}: expected one mapping of keys to values, such as 'attention: separate'.");
        return mapping;
    }

    private static Entry EntryOf(string path, YamlNode keyNode, YamlNode valueNode)
    {
        string where = $"{path}, line {keyNode.Start.Line}";
        if (keyNode is not YamlScalarNode { Value: { } name })
            throw new InputException($"{where}: a key must be a word.");
        return new(where, name, valueNode switch
        {
            YamlScalarNode { Value: { } text } => text,
            YamlSequenceNode list when list.Children.All(child => child is YamlScalarNode) =>
                string.Join(',', list.Children.Select(child => ((YamlScalarNode)child).Value)),
            _ => throw new InputException($"{where}: '{name}' needs a single value."),
        });
    }
}
