using System.CommandLine;
using System.CommandLine.Help;
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

    private readonly Option<string?> _kind = new("--kind")
    {
        Description = $"see 'staircase kinds' (default: what the file says, or {ExperimentKinds.Default.Name})",
        HelpName = "KIND",
    };

    private readonly List<(string Key, Option<string?> Option)> _options = [];

    /// <summary>Adds the keys of every kind to a command, and a help that shows those of one.</summary>
    public ExperimentOptions(Command command)
    {
        command.Arguments.Add(_file);
        command.Options.Add(_kind);
        command.Options.Add(new HelpOption
        {
            Description = "show the keys of the kind",
            Action = new ExperimentHelp(parsed => Described(parsed).Kind),
        });
        foreach (ExperimentKey key in ExperimentKinds.All.SelectMany(kind => kind.Keys).DistinctBy(key => key.Name, StringComparer.Ordinal))
        {
            ArgumentArity values = key.Placeholder is null ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne;
            var option = new Option<string?>("--" + key.Name) { Arity = values };
            _options.Add((key.Name, option));
            command.Options.Add(option);
        }
    }

    /// <summary>The study of the experiment that a command line describes.</summary>
    /// <exception cref="InputException">A key or value cannot be used, or the file cannot be read.</exception>
    public Study Prepare(ParseResult parsed, CancellationToken cancellation)
    {
        Experiment experiment = Apply(parsed, Described(parsed));
        return ProgressDisplay.Run(progress => experiment.Prepare(CommonOptions.Reading(progress), cancellation));
    }

    /// <summary>An experiment with the options that were given.</summary>
    /// <exception cref="InputException">A key or value cannot be used.</exception>
    public Experiment Apply(ParseResult parsed, Experiment experiment) =>
        Values(parsed).Aggregate(experiment, (e, option) => e.Kind.Set(e, option.Key, option.Value, null));

    /// <summary>Whether nothing but these keys was given.</summary>
    public bool GivesOnly(ParseResult parsed, IReadOnlyList<string> keys) =>
        parsed.GetValue(_file) is null && parsed.GetValue(_kind) is null
        && Values(parsed).All(option => keys.Contains(option.Key, StringComparer.Ordinal));

    private Experiment Described(ParseResult parsed)
    {
        ExperimentKind? kind = parsed.GetValue(_kind) is { } name ? ExperimentKinds.Named(name, null) : null;
        return parsed.GetValue(_file) is { } path ? ExperimentFile.Read(path, kind) : (kind ?? ExperimentKinds.Default).Default;
    }

    private IEnumerable<(string Key, string Value)> Values(ParseResult parsed)
    {
        foreach ((string key, Option<string?> option) in _options)
        {
            if (parsed.GetResult(option) is { Implicit: false } result)
                yield return (key, result.Tokens.Count == 0 ? "true" : result.Tokens[^1].Value);
        }
    }
}
