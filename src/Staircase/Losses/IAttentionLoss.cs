namespace Staircase;

/// <summary>A loss as a function of the function a linear attention computes (see <see cref="AttentionMap"/>).</summary>
public interface IAttentionLoss
{
    /// <summary>D, the dimension of the inputs without the label.</summary>
    int InputDimension { get; }

    /// <summary>The loss and its gradient.</summary>
    /// <param name="map">t: the whole map, or its in-context part of length D².</param>
    /// <param name="gradient">Receives ∂L/∂t, of the length of <paramref name="map"/>.</param>
    /// <returns>L, the mean squared error without a factor ½.</returns>
    double Evaluate(ReadOnlySpan<double> map, Span<double> gradient);

    /// <summary>
    /// Whether the gradient of every other block vanishes where those blocks are zero, so that a model that starts there
    /// may be followed in the in-context part alone.
    /// </summary>
    bool KeepsZeroBlocks { get; }
}
