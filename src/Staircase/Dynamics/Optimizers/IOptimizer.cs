using System.Numerics;

namespace Staircase;

/// <summary>A rule that turns gradients into updates. Implementations are stateless; their memory is passed in.</summary>
public interface IOptimizer
{
    /// <summary>Numbers of memory per weight.</summary>
    int MemoryPerWeight { get; }

    /// <summary>Time of the gradient flow (τ = 1) that one step amounts to; null where the rule follows no flow.</summary>
    double? TimePerStep { get; }

    /// <summary>Updates the weights in place, in single or double precision.</summary>
    /// <param name="layout">Where each parameter lies.</param>
    /// <param name="gradient">∂L/∂W.</param>
    /// <param name="memory">What the rule remembers; zero before step 0.</param>
    /// <param name="step">Updates made before this one.</param>
    void Update<T>(ParameterLayout layout, Span<T> weights, ReadOnlySpan<T> gradient, Span<T> memory, long step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
