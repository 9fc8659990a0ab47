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

    /// <summary>An option that counts something.</summary>
    public static Option<int?> Count(string name, string describes) => new(name)
    {
        Description = describes,
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out int count) && count > 0)
                return count;
            result.AddError($"{name} must be a whole number of at least 1, not '{result.Tokens[0].Value}'.");
            return null;
        },
    };

    /// <summary>Gives a command an option.</summary>
    public static Option<T> Option<T>(this Command command, string name, string? value, string describes) =>
        command.With(Option<T>(name, value, describes));

    /// <summary>Gives a command an option that has a value in any case.</summary>
    public static Option<T> Option<T>(this Command command, string name, string? value, string describes, T otherwise) =>
        command.With(Option(name, value, describes, otherwise));

    /// <summary>Gives a command an option that counts something.</summary>
    public static Option<int?> Count(this Command command, string name, string describes) => command.With(Count(name, describes));

    /// <summary>Gives a command a key of experiments as an option.</summary>
    public static Option<string?> Option(this Command command, ExperimentKey key) => command.With(
        new Option<string?>("--" + key.Name) { Arity = key.Placeholder is null ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne });

    /// <summary>Gives a command an argument.</summary>
    public static Argument<T> Argument<T>(this Command command, string name, string describes, ArgumentArity? arity = null)
    {
        var argument = new Argument<T>(name) { Description = describes };
        if (arity is { } count)
            argument.Arity = count; // else it depends on whether there is a default
        command.Arguments.Add(argument);
        return argument;
    }

    private static Option<T> With<T>(this Command command, Option<T> option)
    {
        command.Options.Add(option);
        return option;
    }
}
