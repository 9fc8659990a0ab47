namespace Staircase;

/// <summary>Where a training stands.</summary>
public readonly ref struct StepReport
{
    /// <summary>Optimizer steps taken, or accepted steps of the flow.</summary>
    public required long Step { get; init; }

    /// <summary>Time of the gradient flow (τ = 1) that corresponds; NaN for optimizers that follow no flow.</summary>
    public required double Time { get; init; }

    /// <summary>The loss at these weights.</summary>
    public required double Loss { get; init; }

    /// <summary>The weights: a whole vector, or its in-context prefix.</summary>
    public required ReadOnlySpan<double> Weights { get; init; }

    /// <summary>The in-context matrix M of ŷ = βᵀ M x_q, D×D.</summary>
    public required ReadOnlySpan<double> InContextMatrix { get; init; }
}
