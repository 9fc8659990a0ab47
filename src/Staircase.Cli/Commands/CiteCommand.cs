namespace Staircase.Cli;

/// <summary><c>staircase cite</c>: what rests on whom.</summary>
internal sealed class CiteCommand : ICommand
{
    public Command Create()
    {
        var command = new Command(
            "cite", "List the results that are implemented, with their sources; with a name, one of them and its BibTeX.");
        var name = command.Argument<string?>("NAME", "a result", ArgumentArity.ZeroOrOne);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed => Run(parsed.GetValue(name), parsed.GetValue(json)));
        return command;
    }

    private static void Run(string? name, bool json)
    {
        IReadOnlyList<Result> results = name is null ? Result.All : [Named(name)];
        if (json)
        {
            Output.Json(Json.List(results, Json.InFull));
            return;
        }

        foreach (Result result in results)
        {
            Output.Line(result.Name);
            Output.Line($"  {result.Statement}");
            Output.Line($"  Source: {result.Paper.Citation} {result.Where}.");
            Output.Line($"  Holds when: {result.HoldsWhen}.");
            Output.Line($"  Not modelled: {result.NotModelled}.");
            Output.Line();
        }

        foreach (Paper paper in results.Select(result => result.Paper).Distinct())
        {
            Output.Line(paper.BibTeX);
            Output.Line();
        }
    }

    private static Result Named(string name) => Result.All.FirstOrDefault(result => result.Name == name)
        ?? throw new InputException($"unknown result '{name}': {NearestName.Hint(name, [.. Result.All.Select(result => result.Name)])}");
}
