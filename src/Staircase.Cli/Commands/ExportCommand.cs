using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase export</c>: an experiment's data and initial weights for other programs.</summary>
public sealed class ExportCommand : ICommand
{
    /// <inheritdoc/>
    public int Order => 8;

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("export", "Write the sample and the initial weights of an experiment to an npz file that --data and --weights read back.");
        var options = new ExperimentOptions(command);
        var output = new Option<string>("--out") { Description = "the file", HelpName = "FILE.npz", Required = true };
        Option<bool> json = CommonOptions.Json();
        command.Options.Add(output);
        command.Options.Add(json);
        command.SetAction(parsed => Run(options.Read(parsed), parsed.GetValue(output)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(Experiment experiment, string path, bool json)
    {
        Study study = ProgressDisplay.Run(progress => Study.Prepare(experiment, CommonOptions.Reading(progress)));
        ISequenceSource sequences = study.Sequences ?? throw new InputException("Only a sample has sequences to export: give --data sample:P.");
        try
        {
            DataFile.Write(path, sequences, study.Model, study.InitialWeights);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException(exception.Message, exception);
        }

        if (json)
        {
            Output.Json(new { File = path, Sequences = sequences.Count, sequences.ContextLength, sequences.InputDimension, Experiment = ExperimentKey.Write(study.Experiment) });
            return ExitCode.Success;
        }

        Output.Line($"{path}: tokens [{sequences.Count}, {sequences.ContextLength + 1}, {sequences.InputDimension + 1}], targets [{sequences.Count}] and the initial weights.");
        return ExitCode.Success;
    }
}
