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
    public static ExperimentWords ReadWords(string path, ExperimentKind? kind = null)
    {
        YamlMappingNode mapping = Load(path);
        return IsRecord(mapping, out YamlMappingNode experiment, out YamlNode named)
            ? Words([WordOf(path, new YamlScalarNode(ExperimentKinds.Key), named), .. WordsOf(path, experiment)], kind)
            : Words(WordsOf(path, mapping), kind);
    }

    /// <summary>The experiment that a mapping in a file describes.</summary>
    internal static Experiment Of(string path, YamlMappingNode mapping) => Words(WordsOf(path, mapping), null).Experiment();

    private static ExperimentWords Words(ExperimentWord[] words, ExperimentKind? kind)
    {
        ExperimentWord named = words.FirstOrDefault(word => word.Key == ExperimentKinds.Key);
        kind ??= named.Key is null ? ExperimentKinds.Default : ExperimentKinds.Named(named.Value, named.Where);
        return new(kind, IsWhole: true, [.. words.Where(word => word.Key != ExperimentKinds.Key)]);
    }

    /// <summary>The mapping of keys to values that a file is.</summary>
    internal static YamlMappingNode Load(string path)
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
            throw new InputException(
                $"{path}, line {exception.Start.Line}: not YAML: {exception.InnerException?.Message ?? exception.Message}", exception);
        }

        if (yaml.Documents.Count != 1 || yaml.Documents[0].RootNode is not YamlMappingNode mapping)
            throw new InputException($"{path}: expected one mapping of keys to values, such as 'attention: separate'.");
        return mapping;
    }

    /// <summary>A <c>run.json</c> has the keys of its experiment under a name; JSON is YAML, too.</summary>
    private static bool IsRecord(YamlMappingNode mapping, out YamlMappingNode experiment, out YamlNode kind)
    {
        experiment = new();
        return mapping.Children.TryGetValue(new YamlScalarNode(ExperimentKinds.Key), out kind!)
            && mapping.Children.TryGetValue(new YamlScalarNode("experiment"), out YamlNode? keys)
            && (experiment = (keys as YamlMappingNode)!) is not null;
    }

    private static ExperimentWord[] WordsOf(string path, YamlMappingNode mapping) =>
        [.. mapping.Children.Select(pair => WordOf(path, pair.Key, pair.Value))];

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
