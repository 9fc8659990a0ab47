namespace Staircase;

/// <summary>
/// A model whose heads are a number v and a whole D×D matrix U: <see cref="MergedAttention"/> and <see cref="CubicFeatureNetwork"/>.
/// </summary>
/// <remarks>Blocks of the layout: v [H], U [H, D, D], then, if there are other blocks, V [H, D] and u [H, D].</remarks>
public abstract class MergedModel : AttentionModel
{
    private protected MergedModel(int inputDimension, int heads)
        : base(inputDimension, heads)
    {
    }

    /// <summary>One head where it lies in a weight vector or its in-context prefix.</summary>
    /// <exception cref="ArgumentException">The vector is of another length, or there is no such head.</exception>
    public MergedHead Head(Span<double> weights, int head) => new(this, weights, head);

    /// <inheritdoc/>
    public override void Map(ReadOnlySpan<double> weights, Span<double> map)
    {
        int D = InputDimension;
        ReadOnlySpan<double> v = Block(weights, 0), U = Block(weights, 1);
        HeadSum.InContextMap(v, U, map[..(D * D)]);
        if (weights.Length > Layout.InContextCount)
            HeadSum.AddOtherBlocks(D, v, U, Block(weights, 2), Block(weights, 3), map);
    }

    /// <inheritdoc/>
    public override void PullBack(ReadOnlySpan<double> weights, ReadOnlySpan<double> mapGradient, Span<double> gradient)
    {
        int D = InputDimension;
        ReadOnlySpan<double> v = Block(weights, 0), U = Block(weights, 1);
        Span<double> dv = Block(gradient, 0), dU = Block(gradient, 1);
        HeadSum.InContextPullBack(v, U, mapGradient[..(D * D)], dv, dU);
        if (weights.Length > Layout.InContextCount)
        {
            HeadSum.AddOtherPullBack(
                D, v, U, Block(weights, 2), Block(weights, 3), mapGradient, dv, dU, Block(gradient, 2), Block(gradient, 3));
        }
    }

    private ReadOnlySpan<double> Block(ReadOnlySpan<double> weights, int index) =>
        weights.Slice(Layout.Blocks[index].Offset, Layout.Blocks[index].Length);

    private Span<double> Block(Span<double> weights, int index) => weights.Slice(Layout.Blocks[index].Offset, Layout.Blocks[index].Length);
}
