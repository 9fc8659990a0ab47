namespace Staircase.Lab;

/// <summary>Progress that a function is told.</summary>
public sealed class Relay<T>(Action<T> tell) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => tell(value);
}

/// <summary>Progress of something that knows no more than how much of it is done.</summary>
public static class Fractions
{
    /// <summary>Fractions as progress of a stage of a training; null where nobody is told.</summary>
    public static IProgress<double>? Of(IProgress<TrainingProgress>? progress, string stage = "reading data") =>
        progress is null ? null : new Relay<double>(value => progress.Report(new(stage, value, 0, double.NaN)));
}
