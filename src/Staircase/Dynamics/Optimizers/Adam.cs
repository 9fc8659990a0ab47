using System.Numerics;

namespace Staircase;

/// <summary>Adam (Kingma, Ba 2015), with bias correction; with weight decay it is AdamW (Loshchilov, Hutter 2019).</summary>
/// <param name="LearningRate">η.</param>
/// <param name="FirstDecay">β₁.</param>
/// <param name="SecondDecay">β₂.</param>
/// <param name="Epsilon">ε, added to the root of the second moment.</param>
/// <param name="WeightDecay">λ: before each update the weights shrink by ηλ of themselves, apart from the gradient.</param>
public sealed record Adam(double LearningRate, double FirstDecay = 0.9, double SecondDecay = 0.999, double Epsilon = 1e-8,
    double WeightDecay = 0) : IOptimizer
{
    /// <inheritdoc/>
    public int MemoryPerWeight => 2;

    /// <inheritdoc/>
    public double? TimePerStep => null;

    /// <inheritdoc/>
    public void Update<T>(ParameterLayout layout, Span<T> weights, ReadOnlySpan<T> gradient, Span<T> memory, long step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = gradient.Length;
        AdamW.Update(
            weights[..n], gradient, memory[..n], memory.Slice(n, n), step, LearningRate, FirstDecay, SecondDecay, Epsilon, WeightDecay);
    }
}
