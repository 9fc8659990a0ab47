namespace Staircase.Cli;

/// <summary><c>staircase layouts</c>: how models store their attention.</summary>
internal sealed class LayoutsCommand : ICommand
{
    public Command Create()
    {
        var command = new Command(
            "layouts", "List the layouts of attention that analyze knows; with a name, the description of one, to copy and to change.");
        var name = command.Argument<string?>("NAME", "a layout", ArgumentArity.ZeroOrOne);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed => Run(parsed.GetValue(name), parsed.GetValue(json)));
        return command;
    }

    private static void Run(string? name, bool json)
    {
        IReadOnlyList<LayoutDescription> layouts = name is null ? LayoutDescription.BuiltIn : Named(name);
        if (json)
        {
            Output.Json(Json.List(layouts, layout => Json.Of(("name", layout.Name), ("about", layout.About), ("text", layout.ToString()))));
            return;
        }

        if (name is null)
        {
            Output.Table(["layout", "of"], layouts.Select(layout => (string[])[layout.Name, layout.About]));
            Output.Line("The text of one: staircase layouts NAME. One of your own: staircase analyze … --layout FILE or 'TEXT'.");
            return;
        }

        Output.Line(string.Join("\n\n", layouts.Select(layout => layout.ToString())));
    }

    private static LayoutDescription[] Named(string name) =>
        LayoutDescription.BuiltIn.Where(layout => layout.Name == name).ToArray() is { Length: > 0 } named ? named
            : throw new InputException($"unknown layout '{name}': {NearestName.Hint(name, [.. HeadLayout.Names])}");
}
