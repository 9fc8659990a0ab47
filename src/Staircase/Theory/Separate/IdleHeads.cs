namespace Staircase;

/// <summary>
/// Heads that do not see each other: each grows under the drive that the rest of the model leaves, v̇ = Σ k_r·G q_r, k̇_r = v G q_r, q̇_r = v
/// Gᵀ k_r (and the other blocks likewise).
/// </summary>
/// <param name="model">The idle heads alone.</param>
/// <param name="drive">−½ ∂L/∂t, fixed.</param>
/// <param name="size">The weights that move.</param>
internal sealed class IdleHeads(SeparateAttention model, double[] drive, int size) : IVectorField
{
    /// <inheritdoc/>
    public int Size => size;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
    {
        model.PullBack(y, drive, derivative);
        return 0;
    }
}
