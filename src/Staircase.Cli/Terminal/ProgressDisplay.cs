using System.Diagnostics;
using Spectre.Console;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Shows how far a training is: a bar with time left and loss on a terminal, a plain line now and then elsewhere.</summary>
public static class ProgressDisplay
{
    /// <summary>Leaves room for the rest in 80 columns.</summary>
    private const int BarWidth = 12;

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
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context.AddTask("preparing", maxValue: 1))));
    }

    /// <summary>The step, and what one waits for; before training nothing.</summary>
    private static string State(TrainingProgress value) => double.IsNaN(value.Loss) && value.Awaited is null ? ""
        : $"step {value.Step:N0}, {(value.Awaited is { } awaited ? $"{awaited}, " : "")}loss {value.Loss:G4}";

    private sealed class Bar(ProgressTask task) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            string state = State(value);
            task.Description = Markup.Escape(state.Length == 0 ? value.Stage : $"{value.Stage}: {state}");
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
            string state = State(value);
            Console.Error.WriteLine($"{value.Stage}: {value.Fraction:P0}{(state.Length > 0 ? ", " : "")}{state}{left}");
        }
    }
}
