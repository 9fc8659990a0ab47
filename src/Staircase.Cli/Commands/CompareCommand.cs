using System.CommandLine;
using System.Text.Json.Nodes;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase compare</c>: theory over a run that was trained before.</summary>
public sealed class CompareCommand : ICommand
{
    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("compare", "Lay theory over a run: what was measured, what was predicted, and the error.");
        var path = new Argument<string>("RUN") { Description = "a run folder" };
        command.Arguments.Add(path);
        Option<bool> json = CommonOptions.Json(command);
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal();
            RunFolder folder = RunFolder.Open(parsed.GetValue(path)!);
            Run run = ProgressDisplay.Run(progress => Run.Open(folder, CommonOptions.Reading(progress), stop.Token));
            Findings findings = run.Findings;
            if (parsed.GetValue(json))
                Output.Json(new JsonObject { ["run"] = run.Name, ["status"] = run.Record.StatusWord, ["comparison"] = findings.Data });
            else
                Output.Show(run.Study.Description, findings, json: false);
            return ExitCode.Success;
        });
        return command;
    }
}
