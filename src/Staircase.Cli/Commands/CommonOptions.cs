using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Options and helpers that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "print JSON to standard output" };

    /// <summary>Whether pictures are wanted, and which.</summary>
    public static Option<PictureFormat?> Export()
    {
        var option = new Option<PictureFormat?>("--export")
        {
            Description = "write every figure as a picture, too, through an installed Chromium",
            HelpName = "svg|png",
            CustomParser = result =>
            {
                string word = result.Tokens[0].Value;
                if (word is not ("svg" or "png"))
                    result.AddError($"--export must be svg or png, not '{word}'.");
                return word == "png" ? PictureFormat.Png : PictureFormat.Svg;
            },
        };
        return option;
    }

    /// <summary>Turns the fraction of data that has been read into progress.</summary>
    public static IProgress<double> Reading(IProgress<TrainingProgress> progress) => new Relay(progress);

    private sealed class Relay(IProgress<TrainingProgress> progress) : IProgress<double>
    {
        public void Report(double value) => progress.Report(new("reading data", value, 0, double.NaN));
    }
}
