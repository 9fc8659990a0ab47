using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Options and helpers that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "print JSON to standard output" };

    /// <summary>Turns the fraction of data that has been read into progress.</summary>
    public static IProgress<double> Reading(IProgress<TrainingProgress> progress) => new Relay(progress);

    private sealed class Relay(IProgress<TrainingProgress> progress) : IProgress<double>
    {
        public void Report(double value) => progress.Report(new("reading data", value, 0, double.NaN));
    }
}
