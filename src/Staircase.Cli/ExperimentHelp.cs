using System.CommandLine.Invocation;

namespace Staircase.Cli;

/// <summary>Help of a command that takes an experiment: the keys of one kind, grouped, with what holds where nothing is said.</summary>
/// <param name="kind">The kind of the experiment that a command line describes.</param>
internal sealed class ExperimentHelp(Func<ParseResult, ExperimentKind> kind) : SynchronousCommandLineAction
{
    /// <summary>The widest line where the terminal is not narrower, and where texts begin; longer heads push their text along.</summary>
    private const int MostWidth = 100, TextColumn = 30;

    /// <summary>Help is shown even where the rest of the line is wrong.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;
        ExperimentKind of = kind(parseResult);
        Write("", command.Description!, indent: 0);
        Output.Line($"staircase {command.Name} [{command.Arguments[0].Name}] [options]");
        foreach (Option option in command.Options.Where(option => option.Description is not null)) // keys have their descriptions below
            Write(Head(option.Name, option.HelpName), option.Description!);
        Output.Line($"Keys of kind {of.Name}, as options and in files [and what holds where nothing is said]:");
        foreach (IGrouping<string, ExperimentKey> group in of.Keys.GroupBy(key => key.Group))
        {
            Output.Line($" {group.Key}");
            foreach (ExperimentKey key in group)
                Write(Head("--" + key.Name, key.Placeholder), Text(key));
        }

        return ExitCode.Success;
    }

    private static string Head(string name, string? value) => $"  {name}{(value is null ? "" : $" {value}")}  ".PadRight(TextColumn);

    private static string Text(ExperimentKey key) =>
        key is { Placeholder: not null, Default: { } value } ? $"{key.Help} [{value}]" : key.Help;

    /// <summary>Writes a text behind a head, and goes on below it where the line is full.</summary>
    private static void Write(string head, string text, int indent = TextColumn)
    {
        string line = head;
        foreach (string word in text.Split(' '))
        {
            if (line.Length + word.Length > Min(MostWidth, Output.Width))
            {
                Output.Line(line.TrimEnd());
                line = new string(' ', indent);
            }

            line += word + " ";
        }

        Output.Line(line.TrimEnd());
    }
}
