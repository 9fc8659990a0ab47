using System.CommandLine;
using System.CommandLine.Parsing;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>The program: finds its commands, parses, runs one, turns what goes wrong into one line and an exit code.</summary>
public static class Application
{
    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args)
    {
        var root = new RootCommand("Staircase: a laboratory for the learning dynamics of in-context learning.");
        foreach (ICommand command in Commands())
            root.Subcommands.Add(command.Create());

        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Fail(Explain(parsed));
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (InputException exception)
        {
            return Fail(exception.Message);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("staircase: interrupted.");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Every command of this assembly, by name: a new command is one new file.</summary>
    private static IEnumerable<ICommand> Commands() =>
        typeof(ICommand).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && typeof(ICommand).IsAssignableFrom(type))
            .Select(type => (ICommand)Activator.CreateInstance(type)!)
            .OrderBy(command => command.Order);

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"staircase: {message}");
        return ExitCode.BadInput;
    }

    /// <summary>One line for the first thing wrong with a command line, with the nearest valid name for an unknown one.</summary>
    private static string Explain(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string? unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        if (unknown is null)
            return parsed.Errors[0].Message;
        if (unknown.StartsWith('-'))
        {
            string[] options = [.. command.Options.Select(option => option.Name)];
            return $"unknown option '{unknown}' of '{command.Name}': {NearestName.Hint(unknown.Split('=')[0], options)}";
        }

        string[] commands = [.. command.Subcommands.Select(sub => sub.Name)];
        return commands.Length > 0
            ? $"unknown command '{unknown}': {NearestName.Hint(unknown, commands)}"
            : $"'{command.Name}' does not take '{unknown}'; see 'staircase {command.Name} --help'.";
    }
}
