namespace Staircase;

/// <summary>One recorded point of a training.</summary>
/// <param name="Step">Optimizer steps taken, or accepted steps of the flow.</param>
/// <param name="Time">Time of the gradient flow (τ = 1); NaN for optimizers that follow no flow.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Strengths">m_d = e_dᵀ M e_d for every eigenvector e_d of the inputs, in the order of the spectrum.</param>
public sealed record TrajectoryPoint(long Step, double Time, double Loss, double[] Strengths);
