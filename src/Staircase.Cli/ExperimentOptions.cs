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

    private readonly List<(ExperimentKey Key, Option<string?> Option)> _options = [];

    /// <summary>Adds the options to a command.</summary>
    public ExperimentOptions(Command command)
    {
        command.Arguments.Add(_file);
        foreach (ExperimentKey key in ExperimentKey.All)
        {
            var option = new Option<string?>("--" + key.Name)
            {
                Description = key.Help,
                HelpName = key.Placeholder,
                Arity = key.Placeholder is null ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
            _options.Add((key, option));
            command.Options.Add(option);
        }
    }

    /// <summary>The experiment that a command line describes.</summary>
    public Experiment Read(ParseResult parsed) =>
        Apply(parsed, parsed.GetValue(_file) is { } path ? ExperimentFile.Read(path) : new Experiment());

    /// <summary>An experiment with the options of a command line put over it.</summary>
    public Experiment Apply(ParseResult parsed, Experiment experiment)
    {
        foreach ((ExperimentKey key, Option<string?> option) in _options)
        {
            if (parsed.GetResult(option) is { Implicit: false } result)
                experiment = key.Set(experiment, result.Tokens.Count == 0 ? "true" : result.Tokens[^1].Value);
        }

        return experiment;
    }

    /// <summary>The keys that a command line sets, and whether it names a file.</summary>
    public (IReadOnlyList<string> Keys, bool HasFile) Given(ParseResult parsed) =>
        ([.. _options.Where(pair => parsed.GetResult(pair.Option) is { Implicit: false }).Select(pair => pair.Key.Name)], parsed.GetValue(_file) is not null);
}
