namespace Staircase;

/// <summary>One named block of a flat weight vector, in C order.</summary>
/// <param name="Name">The name in checkpoints and reports.</param>
/// <param name="Offset">The index of its first number.</param>
/// <param name="Shape">Its sizes, axis by axis.</param>
/// <param name="Axes">What each axis runs over.</param>
/// <param name="InContext">Whether the block belongs to the in-context part, which alone computes ŷ = βᵀ M x_q.</param>
/// <param name="LayerSize">The size of the published layer the block is part of, to which the scheme <c>layers</c> scales.</param>
public sealed record ParameterBlock(string Name, int Offset, int[] Shape, ParameterAxis[] Axes, bool InContext, int LayerSize)
{
    /// <summary>How many numbers the block has.</summary>
    public int Length { get; } = Shape.Aggregate(1, (product, size) => checked(product * size));

    /// <summary>The part of a weight vector that belongs to the block.</summary>
    public Span<T> In<T>(Span<T> weights) => weights.Slice(Offset, Length);

    /// <inheritdoc cref="In{T}(Span{T})"/>
    public ReadOnlySpan<T> In<T>(ReadOnlySpan<T> weights) => weights.Slice(Offset, Length);
}
