namespace Staircase;

/// <summary>
/// The two-layer linear network w₂ᵀ W₁ z on the cubic features z = vec(β x_qᵀ), the same function as <see cref="MergedAttention"/>
/// with zero blocks (Zhang et al. 2025, Eq. 6–7).
/// </summary>
/// <remarks>Parameters: <c>output</c> w₂ [H] and <c>hidden</c> W₁ [H, D, D].</remarks>
public sealed class CubicFeatureNetwork : MergedModel
{
    /// <param name="inputDimension">D.</param>
    /// <param name="hidden">H, the number of hidden units.</param>
    public CubicFeatureNetwork(int inputDimension, int hidden)
        : base(inputDimension, hidden)
    {
        int D = inputDimension;
        Layout = ParameterLayout.Of(
            ("output", true, hidden, [(ParameterAxis.Head, hidden)]),
            ("hidden", true, hidden * D * D, [(ParameterAxis.Head, hidden), (ParameterAxis.Input, D), (ParameterAxis.Input, D)]));
    }

    /// <inheritdoc/>
    public override ParameterLayout Layout { get; }
}
