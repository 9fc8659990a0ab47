using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase compare</c>: theory over a run, the error as a number.</summary>
public sealed class CompareCommand : ICommand
{
    /// <inheritdoc/>
    public int Order => 3;

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("compare", "Lay theory over a run: per plateau the measured and predicted height, end and algorithm.");
        var path = new Argument<string>("RUN") { Description = "a run folder" };
        Option<bool> json = CommonOptions.Json();
        command.Arguments.Add(path);
        command.Options.Add(json);
        command.SetAction(parsed => Run(parsed.GetValue(path)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(string path, bool json)
    {
        RunFolder folder = RunFolder.Open(path);
        RunRecord record = folder.ReadRecord();
        if (folder.KindOf(record) is { } kind)
            return KindCommands.Compare(path, folder, folder.ExperimentOf(record, kind), record, json);
        Study study = ProgressDisplay.Run(progress => Study.Prepare(folder.ExperimentOf(record), CommonOptions.Reading(progress)));
        TrainedStudy training = TrainedStudy.Read(folder, study);
        if (training.Points.Count < 2)
            throw new InputException($"{folder.MetricsPath} has {training.Points.Count} recorded points; a comparison needs at least two.");
        Comparison comparison = training.Compare();
        if (json)
        {
            Output.Json(new { Run = path, record.Status, Comparison = ComparisonView.Json(comparison) });
            return ExitCode.Success;
        }

        Output.Line(StudyDescription.Of(study));
        if (study.Experiment.Softmax)
            Output.Line(StudyDescription.SoftmaxTheory);
        ComparisonView.Print(comparison);
        return ExitCode.Success;
    }
}
