namespace Staircase.Cli;

/// <summary><c>staircase explain</c>: a word of the tables, or a run in sentences.</summary>
internal sealed class ExplainCommand : ICommand
{
    public Command Create()
    {
        var command = new Command(
            "explain", "Explain a word of the tables with its formula, or a run in sentences; without either, list the words.");
        var what = command.Argument<string?>("WORD|RUN", "a word, or a run folder", ArgumentArity.ZeroOrOne);
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        command.SetAction(parsed =>
        {
            (string? said, bool asJson) = (parsed.GetValue(what), parsed.GetValue(json));
            if (said is null)
                List(asJson);
            else if (Directory.Exists(said))
                Explain(said, asJson);
            else
                Print([Glossary.Named(said)], asJson);
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
            Output.Json(Json.List(entries, entry => Json.Of(
                ("word", entry.Word), ("meaning", entry.Meaning), ("formula", entry.Formula), ("also", entry.Also))));
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
        IReadOnlyList<Run> runs = CommonOptions.OpenRuns(path);
        bool isEnsemble = EnsembleFolder.Exists(path);
        IReadOnlyList<string> explanation = isEnsemble ? EnsembleFindings.Explain(runs) : runs[0].View.Explanation;
        if (json)
        {
            Output.Json(Json.Of((isEnsemble ? "ensemble" : "run", path), ("explanation", explanation)));
            return;
        }

        Output.Line(CommonOptions.Heading(path, runs));
        foreach (string paragraph in explanation)
        {
            Output.Line();
            Output.Line(paragraph);
        }
    }
}
