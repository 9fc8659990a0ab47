using Staircase.Kernels;

namespace Staircase;

/// <summary>Plain gradient descent, W ← W − η ∂L/∂W. One step is 2η of flow time, because the flow has a factor ½ (theory: Zhang et al. 2025, Eq. 5).</summary>
/// <param name="LearningRate">η.</param>
public sealed record GradientDescent(double LearningRate) : IOptimizer
{
    /// <inheritdoc/>
    public int MemoryPerWeight => 0;

    /// <inheritdoc/>
    public double? TimePerStep => 2 * LearningRate;

    /// <inheritdoc/>
    public void Update(ParameterLayout layout, Span<double> weights, ReadOnlySpan<double> gradient, Span<double> memory, long step) =>
        VectorKernels.AddScaled(-LearningRate, gradient, weights);
}
