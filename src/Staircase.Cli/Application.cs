using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace Staircase.Cli;

/// <summary>The program: parses a command line, runs its command, turns what goes wrong into one line and an exit code.</summary>
public static class Application
{
    private const string TraceVariable = "STAIRCASE_TRACE";

    /// <summary>The commands, in the order of help.</summary>
    internal static IReadOnlyList<ICommand> Commands { get; } =
    [
        new PredictCommand(),
        new TrainCommand(),
        new CompareCommand(),
        new ReproduceCommand(),
        new ReportCommand(),
        new ExploreCommand(),
        new ServeCommand(),
        new AnalyzeCommand(),
        new AuditCommand(),
        new ConvertCommand(),
        new LayoutsCommand(),
        new DataCommand(),
        new ExportCommand(),
        new WeightsCommand(),
        new SweepCommand(),
        new RunsCommand(),
        new KindsCommand(),
        new ExplainCommand(),
        new CiteCommand(),
    ];

    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args) => Guarded(() => Parse(args));

    private static int Parse(string[] args)
    {
        // A RootCommand would call itself by the name of the assembly.
        var root = new Command("staircase", "Staircase: a laboratory for the learning dynamics of in-context learning.")
        {
            new HelpOption(),
            new VersionOption(),
        };
        foreach (ICommand command in Commands)
            root.Subcommands.Add(command.Create());

        ParseResult parsed = root.Parse(args);
        if (MistakenOption(parsed) is { } mistake)
            return Fail(mistake);
        if (parsed.Errors.Count > 0)
            return Fail(Explain(parsed));
        if (parsed.GetValue(CommonOptions.Threads) is { } threads)
            ThreadTeam.SharedThreads = ReadingThreads.Count = threads;
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return parsed.Invoke(invocation);
    }

    /// <summary>Runs a command; whatever it throws becomes one line and an exit code.</summary>
    public static int Guarded(Func<int> command)
    {
        try
        {
            return command();
        }
        catch (OperationCanceledException)
        {
            return Fail("interrupted.", ExitCode.Interrupted);
        }
        catch (Exception exception) when (InputException.Of(exception) is { } complaint)
        {
            return Fail(complaint.ForCommandLine);
        }
        catch (Exception exception)
        {
            if (Environment.GetEnvironmentVariable(TraceVariable) is "1")
                Console.Error.WriteLine(exception);
            return Fail(
                $"a mistake of the program, not of yours: {exception.GetType().Name}: {exception.Message} "
                + $"Please report it with this command line, and what {TraceVariable}=1 shows.",
                ExitCode.Internal);
        }
    }

    private static int Fail(string message, int code = ExitCode.BadInput)
    {
        Console.Error.WriteLine($"staircase: {message.ReplaceLineEndings(" ")}");
        return code;
    }

    /// <summary>
    /// What to say of a word that looks like an option where an argument stands: to the parser an unknown option is an argument as good
    /// as any.
    /// </summary>
    private static string? MistakenOption(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        bool atRoot = command == parsed.RootCommandResult.Command;
        string? before = null; // an option that waits for its value
        foreach (Token token in parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash))
        {
            if (token is { Type: TokenType.Argument, Value: ['-', var second, ..] } && (second == '-' || char.IsAsciiLetter(second)))
            {
                string name = token.Value.Split('=')[0];
                return before is not null
                    ? $"option '{before}' needs a value, but '{token.Value}' follows."
                    : command.Options.Any(option => option.Name == name)
                    ? $"option '{name}' belongs behind the command: staircase {command.Name} {name} …"
                    : $"unknown option '{name}' of '{command.Name}': {Hint(name, command, parsed)}";
            }

            if (atRoot && token.Type == TokenType.Argument)
                return null; // an unknown command comes first
            before = token.Type == TokenType.Option && command.Options.Any(option => option.Name == token.Value && NeedsValue(option))
                ? token.Value
                : null;
        }

        return null;
    }

    private static bool NeedsValue(Option option) => option.Arity.MinimumNumberOfValues > 0;

    private static string Hint(string name, Command command, ParseResult parsed)
    {
        string[] all = [.. command.Options.Select(option => option.Name.TrimStart('-'))];
        bool atRoot = command == parsed.RootCommandResult.Command;
        string help = $"see 'staircase {(atRoot ? "" : command.Name + " ")}--help'.";
        return KeyHint.For(name.TrimStart('-'), ExperimentOptions.KeysOf(parsed) ?? all, all, found => $"'--{found}'", help);
    }

    /// <summary>One line for the first thing wrong with a command line, with the nearest valid name for an unknown command.</summary>
    private static string Explain(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string? unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        if (unknown is null)
        {
            if (command == parsed.RootCommandResult.Command)
                return $"a command is missing: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}; see 'staircase --help'.";
            return command.Arguments.FirstOrDefault(IsMissing) is { } missing
                ? $"'{command.Name}' needs {missing.Name}: {missing.Description}; see 'staircase {command.Name} --help'."
                : parsed.Errors[0].Message;
        }

        string[] commands = [.. command.Subcommands.Select(sub => sub.Name)];
        return commands.Length > 0
            ? $"unknown command '{unknown}': {NearestName.Hint(unknown, commands)}"
            : $"'{command.Name}' does not take '{unknown}'; see 'staircase {command.Name} --help'.";

        bool IsMissing(Argument argument) =>
            argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is not { Tokens.Count: > 0 };
    }
}
