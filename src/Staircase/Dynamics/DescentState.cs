using System.Numerics;

namespace Staircase;

/// <summary>All that a descent needs to go on to the same bits.</summary>
/// <typeparam name="T">The precision of the weights.</typeparam>
public sealed class DescentState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The whole weight vector.</summary>
    public required T[] Weights { get; init; }

    /// <summary>The optimizer's memory, laid out as the optimizer likes.</summary>
    public required T[] Memory { get; init; }

    /// <summary>Updates made.</summary>
    public long Step { get; set; }

    /// <summary>The loss at step 0, which divergence is measured by; null before it is known.</summary>
    public double? FirstLoss { get; set; }
}
