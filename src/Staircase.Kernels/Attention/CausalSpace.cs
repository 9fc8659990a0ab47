namespace Staircase.Kernels;

/// <summary>Where the passes of <see cref="CausalAttention"/> work, and what they do with it: matrices whose rows are whole vectors, so that tiles of products need neither packing nor masks.</summary>
/// <remarks>
/// Rows of scores are taken in blocks, and of each block no column after its last row is computed. Heads are narrow and contexts long, so products run along the tokens: K and V are turned
/// once for a head, and ∂L/∂K, ∂L/∂V and ∂L/∂r are summed turned. The r of a block's rows are one product Q Rᵀ whose rows are shifted against each other by one: with R stored from the
/// largest offset to the smallest each row is added in one piece.
/// </remarks>
internal static class CausalSpace
{
    /// <summary>Rows in a block: whole tiles, and few enough to leave much of the upper triangle out and to stay in the first-level cache.</summary>
    public const int BlockRows = 16;

    /// <summary>Numbers in the widest vector: every width is rounded up to a multiple of them.</summary>
    private const int Widest = 16;

    /// <summary>A length rounded up to whole vectors.</summary>
    public static int Whole(int length) => (length + (Widest - 1)) & ~(Widest - 1);

    /// <summary>Numbers of the workspace: of the backward pass, which needs more.</summary>
    public static int Length(int tokens, int width)
    {
        int row = Whole(tokens), wide = Whole(width);
        return checked((2 * BlockRows * row) + (2 * width * row) + (3 * wide * row) + (2 * tokens * wide) + (BlockRows * wide) + (2 * Widest));
    }
}
