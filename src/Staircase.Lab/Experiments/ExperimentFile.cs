using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Staircase.Lab;

/// <summary>Experiments in YAML: one mapping of keys to values, of which <c>kind</c> may be one; and those that runs keep.</summary>
public static class ExperimentFile
{
    /// <summary>Reads an experiment.</summary>
    /// <param name="path">A YAML file, or a <c>run.json</c>.</param>
    /// <param name="kind">Its kind; null takes what the file says.</param>
    /// <exception cref="InputException">It cannot be read, or a key or value in it cannot be used; the message names file, line and what
    /// was expected.</exception>
    public static Experiment Read(string path, ExperimentKind? kind = null) => ReadWords(path, kind).Experiment();

    /// <summary>Reads what a file says of an experiment.</summary>
    /// <param name="path">A YAML file, or a <c>run.json</c>.</param>
    /// <param name="kind">Its kind; null takes what the file says.</param>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static ExperimentWords ReadWords(string path, ExperimentKind? kind = null) => WordsOf(path, Load(path), kind);

    /// <summary>The experiment that a mapping in a file describes.</summary>
    internal static Experiment Of(string path, YamlMappingNode mapping, ExperimentKind? kind = null) =>
        WordsOf(path, mapping, kind).Experiment();

    /// <summary>The mapping of keys to values that a file is.</summary>
    internal static YamlMappingNode Load(string path) => Parse(path, Reading($"The experiment {path}", () => File.ReadAllText(path)));

    /// <summary>The mapping of keys to values that a text is.</summary>
    /// <param name="path">What it is called.</param>
    internal static YamlMappingNode Parse(string path, string text)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
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

    private static ExperimentWords WordsOf(string path, YamlMappingNode mapping, ExperimentKind? kind)
    {
        // A run.json has the keys of its experiment under a name of their own; JSON is YAML, too.
        var named = new YamlScalarNode(ExperimentKinds.Key);
        YamlNode? name = mapping.Children.TryGetValue(named, out YamlNode? said) ? said : null;
        if (name is not null && mapping.Children.TryGetValue(new YamlScalarNode("experiment"), out YamlNode? keys)
            && keys is YamlMappingNode experiment)
        {
            if (!mapping.Children.TryGetValue(new YamlScalarNode("format"), out YamlNode? format)
                || format.ToString() != $"{RunRecord.CurrentFormat}")
            {
                throw new InputException(
                    $"{path} has format {format?.ToString() ?? "none"}; this program reads {RunRecord.CurrentFormat}.");
            }

            mapping = experiment;
        }

        kind ??= name is null
            ? ExperimentKinds.Default
            : ExperimentKinds.Named(WordOf(path, named, name).Value, $"{path}, line {name.Start.Line}");
        IEnumerable<KeyValuePair<YamlNode, YamlNode>> others = mapping.Children.Where(pair => !pair.Key.Equals(named));
        return new(kind, IsWhole: true, [.. others.Select(pair => WordOf(path, pair.Key, pair.Value))]);
    }

    private static ExperimentWord WordOf(string path, YamlNode keyNode, YamlNode valueNode)
    {
        string where = $"{path}, line {keyNode.Start.Line}";
        if (keyNode is not YamlScalarNode { Value: { } name })
            throw new InputException($"{where}: a key must be a word.");
        string value = valueNode switch
        {
            YamlScalarNode { Value: { } text } => text,
            YamlSequenceNode list when list.Children.All(child => child is YamlScalarNode) =>
                string.Join(',', list.Children.Select(child => ((YamlScalarNode)child).Value)),
            _ => throw new InputException($"{where}: '{name}' needs a single value."),
        };
        return new(name, value, where);
    }
}
