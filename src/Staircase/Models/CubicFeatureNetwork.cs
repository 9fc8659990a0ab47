namespace Staircase;

/// <summary>
/// The two-layer linear network w₂ᵀ W₁ z on the cubic features z = vec(β x_qᵀ), the same function as <see cref="MergedAttention"/>
/// with zero blocks (Zhang et al. 2025, Eq. 6–7).
/// </summary>
/// <remarks>Parameters: <c>output</c> w₂ [H] and <c>hidden</c> W₁ [H, D, D].</remarks>
public sealed class CubicFeatureNetwork : AttentionModel
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

    /// <inheritdoc/>
    public override void Map(ReadOnlySpan<double> weights, Span<double> map) =>
        HeadSum.InContextMap(Layout.Slice(weights, "output"), Layout.Slice(weights, "hidden"), map);

    /// <inheritdoc/>
    public override void PullBack(ReadOnlySpan<double> weights, ReadOnlySpan<double> mapGradient, Span<double> gradient) =>
        HeadSum.InContextPullBack(Layout.Slice(weights, "output"), Layout.Slice(weights, "hidden"), mapGradient,
            Layout.Slice(gradient, "output"), Layout.Slice(gradient, "hidden"));
}
