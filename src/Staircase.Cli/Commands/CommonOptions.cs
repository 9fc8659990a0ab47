using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>Adds <c>--json</c>.</summary>
    public static Option<bool> Json(Command command)
    {
        var option = new Option<bool>("--json") { Description = "print JSON to standard output" };
        command.Options.Add(option);
        return option;
    }

    /// <summary>The command line as it can be typed again.</summary>
    public static string Typed(ParseResult parsed) => CommandText.Of(["staircase", .. parsed.Tokens.Select(token => token.Value)]);

    /// <summary>Progress of reading data as progress of a training.</summary>
    public static IProgress<double> Reading(IProgress<TrainingProgress> progress) => new Relay(progress);

    private sealed class Relay(IProgress<TrainingProgress> progress) : IProgress<double>
    {
        public void Report(double value) => progress.Report(new("reading data", value, 0, double.NaN));
    }
}
