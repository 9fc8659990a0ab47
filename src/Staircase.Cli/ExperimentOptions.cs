using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace Staircase.Cli;

/// <summary>The command-line options of an experiment: every key of a YAML file is an option of the same name.</summary>
public sealed class ExperimentOptions
{
    private const string KindOption = "--kind";

    private readonly Argument<string?> _file;

    private readonly Option<string?> _kind = new(KindOption)
    {
        Description = $"see 'staircase kinds' (default: what the file says, or {ExperimentKinds.Default.Name})",
        HelpName = "KIND",
    };

    private readonly List<Option<string?>> _options = [];

    /// <summary>Adds the keys of every kind to a command, and a help that shows those of one.</summary>
    /// <param name="argument">What its argument is called, and what it is.</param>
    public ExperimentOptions(Command command, (string Name, string Description)? argument = null)
    {
        (string name, string description) = argument ?? ("EXPERIMENT.yaml", "an experiment file; options override its keys");
        _file = new(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(_file);
        command.Options.Add(_kind);
        command.Options.Add(new HelpOption
        {
            Description = null, // whoever reads it has found it
            Action = new ExperimentHelp(parsed => Words(parsed).Kind ?? ExperimentKinds.Default),
        });
        foreach (ExperimentKey key in ExperimentKinds.All.SelectMany(kind => kind.Keys).DistinctBy(key => key.Name))
            _options.Add(command.Option(key));
    }

    /// <summary>The keys of the kind that a command line names, or of the first; null for a command that takes no experiment.</summary>
    public static IReadOnlyCollection<string>? KeysOf(ParseResult parsed)
    {
        if (parsed.CommandResult.Command.Options.FirstOrDefault(option => option.Name == KindOption) is not { } option)
            return null;
        string? name = parsed.GetResult(option) is { Tokens: [.., var last] } ? last.Value : null;
        ExperimentKind kind = ExperimentKinds.All.FirstOrDefault(kind => kind.Name == name) ?? ExperimentKinds.Default;
        return [.. kind.Keys.Select(key => key.Name)];
    }

    /// <summary>The keys that were given as options.</summary>
    public IEnumerable<ExperimentWord> Keys(ParseResult parsed) => Values(parsed, _options);

    /// <summary>The argument as it was given.</summary>
    public string? Argument(ParseResult parsed) => parsed.GetValue(_file);

    /// <summary>The study of the experiment that a command line describes.</summary>
    /// <exception cref="InputException">A key or value cannot be used, or the file cannot be read.</exception>
    public Study Prepare(ParseResult parsed) => Prepare(Words(parsed).Experiment());

    /// <summary>The study of an experiment.</summary>
    /// <exception cref="InputException">Its values cannot be used, or do not go together.</exception>
    public static Study Prepare(Experiment experiment) =>
        ProgressDisplay.Run(progress => experiment.Prepare(Fractions.Of(progress), StopSignal.Token));

    /// <summary>What a command line says of an experiment: what its file says, then the options.</summary>
    /// <exception cref="InputException">The file cannot be read, or there is no such kind.</exception>
    public ExperimentWords Words(ParseResult parsed)
    {
        ExperimentKind? kind = parsed.GetValue(_kind) is { } name ? ExperimentKinds.Named(name, null) : null;
        ExperimentWords words = parsed.GetValue(_file) is { } path
            ? ExperimentFile.ReadWords(path, kind)
            : new(kind, IsWhole: kind is not null, []);
        return words with { Words = [.. words.Words, .. Keys(parsed)] };
    }

    /// <summary>The keys that were given, each by an option of its name.</summary>
    public static IEnumerable<ExperimentWord> Values(ParseResult parsed, IEnumerable<Option<string?>> options)
    {
        foreach (Option<string?> option in options)
        {
            if (parsed.GetResult(option) is { Implicit: false } result)
                yield return new(option.Name.TrimStart('-'), result.Tokens.Count == 0 ? "true" : result.Tokens[^1].Value, null);
        }
    }
}
