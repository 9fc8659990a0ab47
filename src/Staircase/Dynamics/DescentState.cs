namespace Staircase;

/// <summary>All that a descent needs to go on to the same bits.</summary>
public sealed class DescentState
{
    /// <summary>The weights: whole vectors, or the in-context prefix that moves.</summary>
    public required double[] Weights { get; init; }

    /// <summary>The optimizer's memory, laid out as the optimizer likes.</summary>
    public required double[] Memory { get; init; }

    /// <summary>Updates made.</summary>
    public long Step { get; set; }

    /// <summary>A start at step 0.</summary>
    public static DescentState At(ReadOnlySpan<double> weights, ParameterLayout layout, IOptimizer optimizer) =>
        new() { Weights = weights.ToArray(), Memory = new double[optimizer.MemoryPerWeight * layout.Count] };
}
