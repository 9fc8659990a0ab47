using System.Diagnostics;
using Spectre.Console;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Shows how far a training is: a bar with time left and loss on a terminal, a plain line now and then elsewhere.</summary>
public static class ProgressDisplay
{
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(10), LongestForecast = TimeSpan.FromDays(1);

    /// <summary>Runs some work while showing its progress on standard error.</summary>
    public static T Run<T>(Func<IProgress<TrainingProgress>, T> work)
    {
        IAnsiConsole console = Output.Progress();
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
            return work(new PlainLines());
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context.AddTask("preparing", maxValue: 1))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            task.Description = double.IsNaN(value.Loss) ? value.Stage : $"{value.Stage}  step {value.Step:N0}  loss {value.Loss:G5}";
            task.Value = value.Fraction;
        }
    }

    private sealed class PlainLines : IProgress<TrainingProgress>
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private TimeSpan _last;

        public void Report(TrainingProgress value)
        {
            TimeSpan now = _watch.Elapsed;
            if (now - _last < PlainEvery)
                return;
            _last = now;
            double seconds = now.TotalSeconds * (1 - value.Fraction) / value.Fraction;
            string left = seconds < LongestForecast.TotalSeconds ? $", {TimeSpan.FromSeconds(seconds):h\\:mm\\:ss} left" : "";
            string state = double.IsNaN(value.Loss) ? "" : $", step {value.Step:N0}, loss {value.Loss:G5}";
            Console.Error.WriteLine($"{value.Stage}: {value.Fraction:P0}{state}{left}");
        }
    }
}
