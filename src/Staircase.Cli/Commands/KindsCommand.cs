namespace Staircase.Cli;

/// <summary><c>staircase kinds</c>: what can be trained.</summary>
internal sealed class KindsCommand : ICommand
{
    public Command Create()
    {
        var command = new Command("kinds", "List the kinds of experiments, with an example each.");
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            Print(parsed.GetValue(json));
        });
        return command;
    }

    private static void Print(bool json)
    {
        if (json)
        {
            Output.Json(Json.List(ExperimentKinds.All, kind => Json.Of(
                ("name", kind.Name), ("describes", kind.Describes), ("example", kind.Example),
                ("keys", kind.Keys.Select(key => key.Name)))));
            return;
        }

        foreach (ExperimentKind kind in ExperimentKinds.All)
        {
            Output.Line($"{kind.Name}: {kind.Describes}");
            Output.Line($"    {kind.Example}");
        }

        Output.Line("The keys of a kind: staircase train --kind KIND --help");
    }
}
