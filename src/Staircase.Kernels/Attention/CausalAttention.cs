namespace Staircase.Kernels;

/// <summary>
/// Softmax attention under a causal mask, on Q, K and V as one product of the tokens with all heads' weights leaves them, with learned
/// relative positions in the keys on request: O = P V, P_ij = softmax_{j ≤ i}(scale · q_i·(k_j + r_{i−j})) (Shaw, Uszkoreit, Vaswani 2018,
/// Eq. 4, with the keys' embeddings alone and no clipping).
/// </summary>
/// <remarks>
/// One thread does it all: sequences are shared among threads by the caller.
/// Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.
/// </remarks>
public static unsafe class CausalAttention
{
    /// <summary>
    /// Rows in a block: whole tiles, and few enough to leave much of the upper triangle out and to stay in the first-level cache.
    /// </summary>
    internal const int BlockRows = 16;

    private const int Widest = 16; // numbers in the widest vector: every width is rounded up to a multiple of them

    /// <summary>Numbers in a row of the probabilities: as many as there are tokens, rounded up to whole vectors.</summary>
    /// <param name="tokens">Tokens of a sequence.</param>
    public static int RowLength(int tokens) => Whole(tokens);

    /// <summary>Numbers that both passes need to work.</summary>
    /// <param name="tokens">Tokens of a sequence.</param>
    /// <param name="width">Numbers of a token in each head's Q, K and V.</param>
    public static int WorkspaceLength(int tokens, int width)
    {
        // That of the backward pass, which needs more.
        int row = Whole(tokens), wide = Whole(width), rows = BlockRows;
        return checked((2 * rows * row) + (2 * width * row) + (3 * wide * row) + (2 * tokens * wide) + (rows * wide) + (2 * Widest));
    }

    /// <summary>The outputs.</summary>
    /// <param name="tokens">Tokens of a sequence.</param>
    /// <param name="width">Numbers of a token in each head's Q, K and V.</param>
    /// <param name="scale">Usually 1/√width.</param>
    /// <param name="qkv">[sequences, tokens, 3, heads, width]: Q, K and V of each token.</param>
    /// <param name="relative">r, [heads, offsets, width] from the largest offset to 0, with as many offsets as tokens or more; empty for
    /// none.</param>
    /// <param name="probabilities">Receives P, [sequences, heads, tokens, <see cref="RowLength"/>], which <see cref="Backward"/> needs; of
    /// row i the first i + 1 numbers say something.</param>
    /// <param name="workspace">Of <see cref="WorkspaceLength"/>.</param>
    /// <param name="output">Receives O, [sequences, tokens, heads, width].</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public static void Forward<T>(
        int sequences, int heads, int tokens, int width, T scale, ReadOnlySpan<T> qkv, ReadOnlySpan<T> relative,
        Span<T> probabilities, Span<T> workspace, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* QKV = qkv, R = relative, P = probabilities, work = workspace, O = output)
        {
            CausalPass<T> pass = new() { Scale = scale, QKV = QKV, Relative = R, Probabilities = P, Output = O, Workspace = work };
            Fit(
                ref pass, sequences, heads, tokens, width,
                qkv.Length, relative.Length, probabilities.Length, workspace.Length, output.Length);
            LaneOperation.Run<T, CausalPass<T>>(pass);
        }
    }

    /// <summary>
    /// The gradients: dV = Pᵀ dO, dS = scale · P ∘ (dO Vᵀ − rowsum(P ∘ dO Vᵀ)), dq_i = Σ_j dS_ij (k_j + r_{i−j}), dk_j = Σ_i dS_ij q_i,
    /// dr_d = Σ_i dS_{i,i−d} q_i.
    /// </summary>
    /// <param name="tokens">Tokens of a sequence.</param>
    /// <param name="width">Numbers of a token in each head's Q, K and V.</param>
    /// <param name="scale">As in the forward pass.</param>
    /// <param name="qkv">Q, K and V.</param>
    /// <param name="relative">r.</param>
    /// <param name="probabilities">P of <see cref="Forward"/>.</param>
    /// <param name="dOutput">∂L/∂O, [sequences, tokens, heads, width].</param>
    /// <param name="workspace">Of <see cref="WorkspaceLength"/>.</param>
    /// <param name="dqkv">Receives ∂L/∂(Q, K, V), as <paramref name="qkv"/> lies.</param>
    /// <param name="dRelative">∂L/∂r, summed over the sequences, is added, as <paramref name="relative"/> lies.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public static void Backward<T>(
        int sequences, int heads, int tokens, int width, T scale, ReadOnlySpan<T> qkv, ReadOnlySpan<T> relative,
        ReadOnlySpan<T> probabilities, ReadOnlySpan<T> dOutput, Span<T> workspace, Span<T> dqkv, Span<T> dRelative)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireLength(dqkv, qkv.Length);
        RequireLength(dRelative, relative.Length);
        fixed (T* QKV = qkv, R = relative, P = probabilities, dO = dOutput, work = workspace, dQKV = dqkv, dR = dRelative)
        {
            CausalPass<T> pass = new() { Scale = scale, QKV = QKV, Relative = R, Probabilities = P, Output = dO, Workspace = work };
            pass.IsBackward = true;
            pass.DQKV = dQKV;
            pass.DRelative = dR;
            Fit(
                ref pass, sequences, heads, tokens, width,
                qkv.Length, relative.Length, probabilities.Length, workspace.Length, dOutput.Length);
            LaneOperation.Run<T, CausalPass<T>>(pass);
        }
    }

    /// <summary>A length rounded up to whole vectors.</summary>
    internal static int Whole(int length) => (length + (Widest - 1)) & ~(Widest - 1);

    private static void Fit<T>(
        ref CausalPass<T> pass, int sequences, int heads, int tokens, int width,
        int qkv, int relative, int probabilities, int workspace, int output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePrecision<T>();
        int numbers = checked(sequences * tokens * heads * width), offsets = heads * width == 0 ? 0 : relative / (heads * width);
        RequireLength(qkv, 3 * numbers);
        RequireLength(output, numbers);
        RequireLength(probabilities, checked(sequences * heads * tokens * RowLength(tokens)));
        RequireLength(workspace, WorkspaceLength(tokens, width));
        if (relative != 0)
            RequireLength(relative, Max(offsets, tokens) * heads * width);
        (pass.Sequences, pass.Heads, pass.Tokens, pass.Width, pass.Offsets) = (sequences, heads, tokens, width, offsets);
    }
}
