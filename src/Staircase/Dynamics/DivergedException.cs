namespace Staircase;

/// <summary>Training has left the finite numbers, or the loss has grown beyond return.</summary>
/// <param name="step">The step at which it was noticed.</param>
/// <param name="loss">The loss there.</param>
/// <param name="message">What happened; null says that training diverged, where, and at which loss.</param>
public sealed class DivergedException(long step, double loss, string? message = null)
    : Exception(message ?? $"Training diverged: at step {step} the loss is {Text(loss)}.")
{
    private const double LargestGrowth = 1e6;

    /// <summary>A number that may be none, in words.</summary>
    internal static string Text(double number) => double.IsFinite(number) ? $"{number:G4}" : "no finite number";

    /// <summary>The step at which it was noticed.</summary>
    public long Step { get; } = step;

    /// <summary>The loss there.</summary>
    public double Loss { get; } = loss;

    /// <summary>Checks a loss against that of the first step of the training, however often it was resumed since.</summary>
    /// <exception cref="DivergedException">The loss is not finite, or 10⁶ times that of the first step (of 1, if that was
    /// smaller).</exception>
    public static void ThrowIf(long step, double loss, double firstLoss)
    {
        if (!double.IsFinite(loss) || loss > LargestGrowth * Max(firstLoss, 1))
            throw new DivergedException(step, loss);
    }
}
