namespace Staircase;

/// <summary>Adam (Kingma, Ba 2015), with bias correction.</summary>
/// <param name="LearningRate">η.</param>
/// <param name="FirstDecay">β₁.</param>
/// <param name="SecondDecay">β₂.</param>
/// <param name="Epsilon">ε, added to the root of the second moment.</param>
public sealed record Adam(double LearningRate, double FirstDecay = 0.9, double SecondDecay = 0.999, double Epsilon = 1e-8) : IOptimizer
{
    /// <inheritdoc/>
    public int MemoryPerWeight => 2;

    /// <inheritdoc/>
    public double? TimePerStep => null;

    /// <inheritdoc/>
    public void Update(ParameterLayout layout, Span<double> weights, ReadOnlySpan<double> gradient, Span<double> memory, long step)
    {
        int n = gradient.Length;
        Span<double> first = memory[..n], second = memory.Slice(n, n);
        double firstBias = 1 - Math.Pow(FirstDecay, step + 1), secondBias = 1 - Math.Pow(SecondDecay, step + 1);
        for (int i = 0; i < n; i++)
        {
            double g = gradient[i];
            first[i] = FirstDecay * first[i] + (1 - FirstDecay) * g;
            second[i] = SecondDecay * second[i] + (1 - SecondDecay) * g * g;
            weights[i] -= LearningRate * (first[i] / firstBias) / (Math.Sqrt(second[i] / secondBias) + Epsilon);
        }
    }
}
