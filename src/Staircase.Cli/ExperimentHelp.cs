using System.CommandLine;
using System.CommandLine.Invocation;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Help of a command that takes an experiment: the keys of one kind, grouped, with what holds where nothing is said.</summary>
/// <param name="kind">The option that names the kind.</param>
/// <param name="file">The argument that names a file, whose kind it may be.</param>
internal sealed class ExperimentHelp(Option<string?> kind, Argument<string?> file) : SynchronousCommandLineAction
{
    private const int MostWidth = 100;

    /// <summary>Help is shown even where the rest of the line is wrong.</summary>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;
        ExperimentKind of = parseResult.GetValue(kind) is { } name ? ExperimentKinds.Named(name, null)
            : parseResult.GetValue(file) is { } path ? ExperimentFile.Read(path).Kind
            : ExperimentKinds.Default;
        Output.Line(command.Description!);
        Output.Line($"staircase {command.Name} [{file.Name}] [options]");
        Output.Line($"Keys of kind {of.Name} (other kinds: staircase kinds; --kind KIND --help), as options and in files:");
        foreach (IGrouping<string, ExperimentKey> group in of.Keys.GroupBy(key => key.Group, StringComparer.Ordinal))
        {
            Output.Line($" {group.Key}");
            foreach (ExperimentKey key in group)
                Output.Line(Line(key));
        }

        Output.Line(" besides");
        foreach (Option option in command.Options.Where(option => option.Description is not null && option != kind && of.Keys.All(key => "--" + key.Name != option.Name)))
            Output.Line(Cut($"  {option.Name}{(option.HelpName is { } value ? $" {value}" : ""),-8} {option.Description}"));
        return ExitCode.Success;
    }

    private static string Line(ExperimentKey key)
    {
        string head = $"  --{key.Name}{(key.Placeholder is null ? "" : $" {key.Placeholder}")}";
        string otherwise = key.Placeholder is null || key.Default is null ? "" : $" [{key.Default}]";
        return Cut($"{head,-28} {key.Help}{otherwise}");
    }

    private static string Cut(string line) => line.Length <= MostWidth ? line : line[..(MostWidth - 1)] + "…";
}
