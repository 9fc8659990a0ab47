using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Staircase.Lab;

/// <summary>Experiments in YAML: one flat mapping of the keys of <see cref="ExperimentKey"/>, and <c>kind: regression</c>.</summary>
public static class ExperimentFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read, is not such a mapping, or has an unknown key or a wrong value; the message names file and line.</exception>
    public static Experiment Read(string path)
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
        var experiment = new Experiment();
        foreach ((YamlNode keyNode, YamlNode valueNode) in mapping.Children)
        {
            string where = $"{path}, line {keyNode.Start.Line}";
            if (keyNode is not YamlScalarNode { Value: { } name })
                throw new InputException($"{where}: a key must be a word.");
            string value = valueNode switch
            {
                YamlScalarNode { Value: { } text } => text,
                YamlSequenceNode list when list.Children.All(child => child is YamlScalarNode) => string.Join(',', list.Children.Select(child => ((YamlScalarNode)child).Value)),
                _ => throw new InputException($"{where}: '{name}' needs a single value."),
            };
            if (name == "kind")
            {
                if (value != "regression")
                    throw new InputException($"{where}: unknown kind '{value}'; known is regression.");
                continue;
            }

            ExperimentKey key = ExperimentKey.Named(name, where);
            try
            {
                experiment = key.Set(experiment, value);
            }
            catch (InputException exception)
            {
                throw new InputException($"{where}: {exception.Message.Replace("--" + name, name, StringComparison.Ordinal)}", exception);
            }
        }

        return experiment;
    }
}
