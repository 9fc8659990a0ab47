using Spectre.Console;

namespace Staircase.Cli;

/// <summary>Shows how far a training is: a bar with time left and loss on a terminal, a plain line now and then elsewhere.</summary>
public static class ProgressDisplay
{
    /// <summary>A bar, the least width of a terminal that has one, and what per cent and time left take beside it.</summary>
    private const int BarWidth = 12, WidthForBar = 72, NumbersWidth = 16;

    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(10), LongestForecast = TimeSpan.FromDays(1);

    /// <summary>Runs some work while showing its progress on standard error.</summary>
    public static T Run<T>(Func<IProgress<TrainingProgress>, T> work)
    {
        IAnsiConsole console = Output.Progress();
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
            return work(new PlainLines());
        bool hasBar = console.Profile.Width >= WidthForBar;
        ProgressColumn[] bar = hasBar ? [new ProgressBarColumn { Width = BarWidth }] : [];
        int room = console.Profile.Width - NumbersWidth - (hasBar ? BarWidth + 1 : 0);
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns([new TaskDescriptionColumn(), .. bar, new PercentageColumn(), new RemainingTimeColumn()])
            .Start(context => work(Bar(context.AddTask("preparing", maxValue: 1), room)));
    }

    /// <summary>The step and what one waits for, in as many words as there is room for, what one waits for to the last.</summary>
    private static string State(TrainingProgress value, int room = int.MaxValue)
    {
        if (double.IsNaN(value.Loss) && value.Awaited is null)
            return value.Stage;
        string step = $"step {value.Step:N0}", loss = $"loss {value.Loss:G4}", awaited = value.Awaited ?? loss;
        string all = value.Awaited is null ? $"{step}, {loss}" : $"{step}, {awaited}, {loss}";
        string[] shorter = [$"{value.Stage}: {all}", all, $"{step}, {awaited}", awaited];
        return shorter.FirstOrDefault(text => text.Length <= room) ?? awaited[..Max(1, Min(room, awaited.Length))];
    }

    private static Relay<TrainingProgress> Bar(ProgressTask task, int room) => new(value =>
    {
        task.Description = Markup.Escape(State(value, room));
        task.Value = value.Fraction;
    });

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
            Console.Error.WriteLine($"{State(value)}, {value.Fraction:P0}{left}");
        }
    }
}
