using System.CommandLine;
using System.CommandLine.Invocation;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Help of a command that takes an experiment: the keys of one kind, grouped, with what holds where nothing is said.</summary>
/// <param name="kind">The option that names the kind.</param>
/// <param name="file">The argument that names a file, whose kind it may be.</param>
internal sealed class ExperimentHelp(Option<string?> kind, Argument<string?> file) : SynchronousCommandLineAction
{
    private const int MostWidth = 100, Indent = 28;

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
        Output.Line($"Keys of kind {of.Name}, as options and in files (other kinds: --kind KIND --help):");
        foreach (IGrouping<string, ExperimentKey> group in of.Keys.GroupBy(key => key.Group, StringComparer.Ordinal))
        {
            Output.Line($" {group.Key}");
            foreach (ExperimentKey key in group)
                Line("--" + key.Name, key.Placeholder, key.Placeholder is null || key.Default is null ? key.Help : $"{key.Help} [{key.Default}]");
        }

        Output.Line(" besides");
        foreach (Option option in command.Options.Where(option => option.Description is not null && option != kind))
            Line(option.Name, option.HelpName, option.Description!);
        return ExitCode.Success;
    }

    private static void Line(string name, string? value, string help)
    {
        string head = value is null ? $"  {name}" : $"  {name} {value}";
        if (Math.Max(head.Length, Indent) + 1 + help.Length <= MostWidth)
        {
            Output.Line($"{head,-Indent} {help}");
            return;
        }

        Output.Line(head);
        while (help.Length > 0)
        {
            int end = help.Length <= MostWidth - Indent - 1 ? help.Length : help.LastIndexOf(' ', MostWidth - Indent - 1);
            Output.Line($"{"",-Indent} {help[..end]}");
            help = help[end..].TrimStart();
        }
    }
}
