using System.Numerics;

namespace Staircase;

/// <summary>
/// Plain gradient descent, W ← W − η ∂L/∂W. One step is 2η of flow time, because the flow has a factor ½ (theory: Zhang et al. 2025, Eq.
/// 5).
/// </summary>
/// <param name="LearningRate">η.</param>
/// <param name="WeightDecay">λ: before each update the weights shrink by ηλ of themselves.</param>
public sealed record GradientDescent(double LearningRate, double WeightDecay = 0) : IOptimizer
{
    /// <inheritdoc/>
    public int MemoryPerWeight => 0;

    /// <inheritdoc/>
    public double? TimePerStep => 2 * LearningRate;

    /// <inheritdoc/>
    public void Update<T>(ParameterLayout layout, Span<T> weights, ReadOnlySpan<T> gradient, Span<T> memory, long step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> moving = weights[..gradient.Length];
        if (WeightDecay != 0)
            Scale(T.CreateTruncating(1 - LearningRate * WeightDecay), moving, moving);
        AddScaled(T.CreateTruncating(-LearningRate), gradient, moving);
    }
}
