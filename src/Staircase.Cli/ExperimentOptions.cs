using System.CommandLine;
using System.CommandLine.Parsing;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>The command-line options of an experiment: every key of a YAML file is an option of the same name.</summary>
public sealed class ExperimentOptions
{
    private readonly Argument<string?> _file = new("EXPERIMENT.yaml")
    {
        Description = "an experiment file; options override its keys",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _kind = new("--kind") { Description = "what kind of experiment (default: what the file says, or regression)", HelpName = string.Join('|', ExperimentKinds.Names) };

    private readonly List<(string Key, Option<string?> Option)> _options = [];

    /// <summary>Adds the options to a command: the keys of every kind.</summary>
    public ExperimentOptions(Command command)
    {
        command.Arguments.Add(_file);
        command.Options.Add(_kind);
        foreach (IGrouping<string, (string Kind, ExperimentKey Key)> group in ExperimentKinds.Names.SelectMany(kind => ExperimentKinds.KeysOf(kind).Select(key => (kind, key))).GroupBy(pair => pair.key.Name, StringComparer.Ordinal))
        {
            (string Kind, ExperimentKey Key)[] keys = [.. group];
            var option = new Option<string?>("--" + group.Key)
            {
                Description = string.Join("; ", keys.DistinctBy(pair => pair.Key.Help, StringComparer.Ordinal).Select(pair => pair.Kind == ExperimentKinds.Regression ? pair.Key.Help : $"{pair.Kind}: {pair.Key.Help}")),
                HelpName = keys[0].Key.Placeholder,
                Arity = keys[0].Key.Placeholder is null ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
            _options.Add((group.Key, option));
            command.Options.Add(option);
        }
    }

    /// <summary>The kind of experiment that a command line describes; null for regression.</summary>
    /// <exception cref="InputException">There is no such kind.</exception>
    public IExperimentKind? KindOf(ParseResult parsed) =>
        parsed.GetValue(_kind) is { } name ? ExperimentKinds.Named(name, "--kind")
        : parsed.GetValue(_file) is { } path ? ExperimentFile.KindOf(path)
        : null;

    /// <summary>The regression that a command line describes.</summary>
    /// <exception cref="InputException">It describes an experiment of another kind.</exception>
    public Experiment Read(ParseResult parsed) => KindOf(parsed) is { } kind
        ? throw new InputException($"'{parsed.CommandResult.Command.Name}' takes experiments of kind {ExperimentKinds.Regression}, not {kind.Name}.")
        : Apply(parsed, parsed.GetValue(_file) is { } path ? ExperimentFile.Read(path) : new Experiment());

    /// <summary>The experiment of another kind that a command line describes.</summary>
    public IExperiment Read(ParseResult parsed, IExperimentKind kind) =>
        Apply(parsed, parsed.GetValue(_file) is { } path ? ExperimentFile.Read(path, kind) : kind.Default);

    /// <summary>A regression with the options of a command line put over it.</summary>
    public Experiment Apply(ParseResult parsed, Experiment experiment) =>
        Values(parsed).Aggregate(experiment, (e, option) => ExperimentKey.Named(option.Key, "--" + option.Key).Set(e, option.Value));

    /// <summary>An experiment of another kind with the options of a command line put over it.</summary>
    public IExperiment Apply(ParseResult parsed, IExperiment experiment) =>
        Values(parsed).Aggregate(experiment, (e, option) => ExperimentKinds.Set(e, option.Key, option.Value, "--" + option.Key));

    /// <summary>The keys that a command line sets, and whether it names a file.</summary>
    public (IReadOnlyList<string> Keys, bool HasFile) Given(ParseResult parsed) =>
        ([.. Values(parsed).Select(option => option.Key), .. parsed.GetValue(_kind) is null ? Array.Empty<string>() : ["kind"]], parsed.GetValue(_file) is not null);

    private IEnumerable<(string Key, string Value)> Values(ParseResult parsed)
    {
        foreach ((string key, Option<string?> option) in _options)
        {
            if (parsed.GetResult(option) is { Implicit: false } result)
                yield return (key, result.Tokens.Count == 0 ? "true" : result.Tokens[^1].Value);
        }
    }
}
