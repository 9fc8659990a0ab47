namespace Staircase;

/// <summary>Weights that were kept of a training.</summary>
/// <param name="Step">Updates made, or accepted steps of the flow.</param>
/// <param name="Time">Time of the gradient flow (τ = 1); null for optimizers that follow no flow.</param>
/// <param name="Loss">The loss that was recorded there.</param>
/// <param name="Weights">The whole weight vector.</param>
public sealed record Checkpoint(long Step, double? Time, double Loss, double[] Weights);
