using System.Numerics;

namespace Staircase;

/// <summary>Gradient descent with heavy-ball momentum: m ← μ m + ∂L/∂W, W ← W − η m (the convention of PyTorch).</summary>
/// <param name="LearningRate">η.</param>
/// <param name="Decay">μ.</param>
/// <param name="WeightDecay">λ: before each update the weights shrink by ηλ of themselves.</param>
public sealed record Momentum(double LearningRate, double Decay = 0.9, double WeightDecay = 0) : IOptimizer
{
    /// <inheritdoc/>
    public int MemoryPerWeight => 1;

    /// <inheritdoc/>
    /// <remarks>Holds once the average gradient has built up, after about 1/(1−μ) steps.</remarks>
    public double? TimePerStep => 2 * LearningRate / (1 - Decay);

    /// <inheritdoc/>
    public void Update<T>(ParameterLayout layout, Span<T> weights, ReadOnlySpan<T> gradient, Span<T> memory, long step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> mean = memory[..gradient.Length];
        Scale(T.CreateTruncating(Decay), mean, mean);
        AddScaled(T.One, gradient, mean);
        if (WeightDecay != 0)
            Scale(T.CreateTruncating(1 - LearningRate * WeightDecay), weights[..gradient.Length], weights[..gradient.Length]);
        AddScaled(T.CreateTruncating(-LearningRate), mean, weights[..gradient.Length]);
    }
}
