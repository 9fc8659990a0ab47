namespace Staircase.Cli;

/// <summary><c>staircase explain</c>: a word of the tables, or a run in sentences.</summary>
public sealed class ExplainCommand : ICommand
{
    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command(
            "explain", "Explain a word of the tables with its formula, or a run in sentences; without either, list the words.");
        var what = command.Argument<string?>("WORD|RUN", "a word, or a run folder", ArgumentArity.ZeroOrOne);
        command.Options.Add(CommonOptions.Threads);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            (string? said, bool asJson) = (parsed.GetValue(what), parsed.GetValue(json));
            if (said is null)
                List(asJson);
            else if (Directory.Exists(said))
                Explain(said, asJson);
            else
                Print([Glossary.Named(said)], asJson);
            return ExitCode.Success;
        });
        return command;
    }

    private static void List(bool json)
    {
        if (json)
        {
            Print(Glossary.All, json: true);
            return;
        }

        Output.Line($"Words: {string.Join(", ", Glossary.All.Select(entry => entry.Word))}.");
        Output.Line("staircase explain WORD says what one means, staircase explain RUN what happened in a run.");
    }

    private static void Print(IReadOnlyList<GlossaryEntry> entries, bool json)
    {
        if (json)
        {
            Output.Json(Json.List(entries, entry => new JsonObject
            {
                ["word"] = entry.Word,
                ["meaning"] = entry.Meaning,
                ["formula"] = entry.Formula,
                ["also"] = Json.Texts(entry.Also),
            }));
            return;
        }

        foreach (GlossaryEntry entry in entries)
        {
            Output.Line(entry.Also.Count == 0 ? entry.Word : $"{entry.Word} (also: {string.Join(", ", entry.Also)})");
            Output.Line($"  {entry.Meaning}");
            if (entry.Formula.Length > 0)
                Output.Line($"  {entry.Formula}");
        }
    }

    private static void Explain(string path, bool json)
    {
        using var stop = new StopSignal();
        IReadOnlyList<Run> runs = CommonOptions.OpenRuns(path, stop.Token);
        bool isEnsemble = EnsembleFolder.Exists(path);
        IReadOnlyList<string> explanation = isEnsemble ? EnsembleFindings.Explain(runs) : runs[0].Explanation;
        if (json)
        {
            Output.Json(new JsonObject { [isEnsemble ? "ensemble" : "run"] = path, ["explanation"] = Json.Texts(explanation) });
            return;
        }

        Output.Line($"{(isEnsemble ? $"{runs.Count} seeds; the first: " : "")}{runs[0].Study.Description}");
        foreach (string paragraph in explanation)
        {
            Output.Line();
            Output.Line(paragraph);
        }
    }
}
