using Staircase.Kernels;

namespace Staircase;

/// <summary>Gradient descent with heavy-ball momentum: m ← μ m + ∂L/∂W, W ← W − η m (the convention of PyTorch).</summary>
/// <param name="LearningRate">η.</param>
/// <param name="Decay">μ.</param>
public sealed record Momentum(double LearningRate, double Decay = 0.9) : IOptimizer
{
    /// <inheritdoc/>
    public int MemoryPerWeight => 1;

    /// <inheritdoc/>
    /// <remarks>Holds once the average gradient has built up, after about 1/(1−μ) steps.</remarks>
    public double? TimePerStep => 2 * LearningRate / (1 - Decay);

    /// <inheritdoc/>
    public void Update(ParameterLayout layout, Span<double> weights, ReadOnlySpan<double> gradient, Span<double> memory, long step)
    {
        for (int i = 0; i < gradient.Length; i++)
            memory[i] = Decay * memory[i] + gradient[i];
        VectorKernels.AddScaled(-LearningRate, memory[..gradient.Length], weights);
    }
}
