namespace Staircase;

/// <summary>Trains in discrete steps, and records.</summary>
public static class Descent
{
    private const int StepsBetweenReports = 256;

    /// <summary>Trains an attention model.</summary>
    /// <inheritdoc cref="Run(IObjective{double}, ReadOnlySpan{double}, IOptimizer, long, Recording, IProgress{double},
    /// CancellationToken)"/>
    public static Trajectory Run(
        AttentionModel model, IAttentionLoss loss, ReadOnlySpan<double> weights, IOptimizer optimizer, long steps,
        Recording? recording = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Run(new Objective(model, loss), weights, optimizer, steps, recording, progress, cancellation);

    /// <summary>Trains from given initial weights.</summary>
    /// <param name="objective">What to minimize.</param>
    /// <param name="weights">The whole initial weight vector; it is not changed.</param>
    /// <param name="steps">The last step.</param>
    /// <param name="recording">What is kept; null keeps the loss of every step and the last weights.</param>
    /// <param name="progress">Told the share of the steps taken.</param>
    /// <param name="cancellation">Asks to stop, by an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DivergedException">The loss is not finite, or 10⁶ times larger than at the start.</exception>
    public static Trajectory Run(
        IObjective<double> objective, ReadOnlySpan<double> weights, IOptimizer optimizer, long steps,
        Recording? recording = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var descent = new Descent<double>(objective, optimizer, weights);
        var recorder = new Recorder(objective, recording, optimizer.TimePerStep is not null);
        while (true)
        {
            bool last = descent.Step >= steps;
            recorder.Record(descent.Step, descent.Time, descent.Evaluate(), last, () => [.. descent.State.Weights]);
            if (last)
                return recorder.Trajectory;
            cancellation.ThrowIfCancellationRequested();
            descent.Advance();
            if (descent.Step % StepsBetweenReports == 0 || descent.Step == steps)
                progress?.Report((double)descent.Step / steps);
        }
    }
}
