namespace Staircase.Cli;

/// <summary><c>staircase audit</c>: look a series of checkpoints through, for the checks of those who publish one.</summary>
internal sealed class AuditCommand : ICommand
{
    public Command Create()
    {
        var command = new Command(
            "audit",
            "Look a series of checkpoints through: repeated, stale and changed ones, jumps, values that are not finite. Exit code 1 where "
            + "something is found.");
        var series = new SeriesOptions(command);
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        command.SetAction(parsed =>
        {
            AnalysisOptions options = series.Read(parsed);
            SeriesAudit audit = ProgressDisplay.Run(progress => SeriesAudit.Run(options, Fractions.Of(progress), StopSignal.Token));
            if (parsed.GetValue(json))
            {
                Output.Json(Of(audit));
            }
            else
            {
                Output.Line($"{audit.Steps.Count} checkpoints, steps {audit.Steps[0]} to {audit.Steps[^1]}.");
                SeriesOptions.Print(audit.StepsFrom, audit.Skipped, audit.Findings, int.MaxValue);
            }

            return audit.Findings.Count == 0 ? ExitCode.Success : ExitCode.CheckFailed;
        });
        return command;
    }

    private static JsonObject Of(SeriesAudit audit) => Json.Of(
        ("steps", new JsonArray([.. audit.Steps.Select(step => (JsonNode)step)])), ("stepsFrom", audit.StepsFrom),
        ("notRead", audit.Skipped),
        ("findings", Json.List(audit.Findings, finding => Json.Of(
            ("kind", $"{char.ToLowerInvariant($"{finding.Kind}"[0])}{$"{finding.Kind}"[1..]}"), ("step", finding.Step),
            ("text", finding.Text)))));
}
