namespace Staircase;

/// <summary>Training has left the finite numbers.</summary>
public sealed class DivergedException : Exception
{
    /// <param name="step">The step at which it was noticed.</param>
    /// <param name="loss">The loss there.</param>
    public DivergedException(long step, double loss)
        : base($"Training diverged: at step {step} the loss is {loss:G4}.")
    {
        Step = step;
        Loss = loss;
    }

    /// <summary>The step at which it was noticed.</summary>
    public long Step { get; }

    /// <summary>The loss there.</summary>
    public double Loss { get; }
}
