namespace Staircase.Cli;

/// <summary>
/// Options in a line each: the name, the value as help shows it (null for a switch), what it is, what holds where nothing is said.
/// </summary>
internal static class Options
{
    /// <summary>An option.</summary>
    public static Option<T> Option<T>(string name, string? value, string describes) =>
        new(name) { Description = describes, HelpName = value };

    /// <summary>An option that has a value in any case.</summary>
    public static Option<T> Option<T>(string name, string? value, string describes, T otherwise) =>
        new(name) { Description = describes, HelpName = value, DefaultValueFactory = _ => otherwise };

    /// <summary>Gives a command an option.</summary>
    public static Option<T> Option<T>(this Command command, string name, string? value, string describes) =>
        command.With(Option<T>(name, value, describes));

    /// <summary>Gives a command an option that has a value in any case.</summary>
    public static Option<T> Option<T>(this Command command, string name, string? value, string describes, T otherwise) =>
        command.With(Option(name, value, describes, otherwise));

    /// <summary>Gives a command an argument.</summary>
    public static Argument<T> Argument<T>(this Command command, string name, string describes, ArgumentArity? arity = null)
    {
        var argument = new Argument<T>(name) { Description = describes };
        argument.Arity = arity ?? argument.Arity;
        command.Arguments.Add(argument);
        return argument;
    }

    private static Option<T> With<T>(this Command command, Option<T> option)
    {
        command.Options.Add(option);
        return option;
    }
}
