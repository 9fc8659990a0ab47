namespace Staircase.Kernels;

/// <summary>
/// Softmax attention of the last token of many short sequences, one sequence a lane: ŷ = Σ_h Σ_b V_hb Σ_t p_ht x_tb with p_h =
/// softmax_t(Σ_bc x_tb KQ_hbc x_qc / ρ).
/// </summary>
/// <remarks>
/// Tokens have W = D + 1 coordinates, of which the first D of the last token, x_q, ask. Sequences lie in blocks of <see
/// cref="BlockLength{T}"/>: number (t, b) of sequence i of a block is <c>tokens[(t * W + b) * BlockLength + i]</c>, so that no operation
/// crosses lanes and every width does the same work in the same order. The derivative of ŷ with respect to the question u_hb = Σ_c KQ_hbc
/// x_qc / ρ, Σ_t p_t (V·x_t − ŷ_h) x_tb, needs no more than the forward pass has at hand; it is computed there, and the backward pass only
/// multiplies. Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.
/// </remarks>
public static unsafe class QueryAttention
{
    /// <summary>Sequences in a block: 64 bytes of numbers, whatever the hardware.</summary>
    public static int BlockLength<T>()
        where T : unmanaged => 64 / sizeof(T);

    /// <summary>Numbers that <see cref="Forward{T}"/> needs to work and leaves for <see cref="Backward{T}"/>.</summary>
    public static int WorkspaceLength<T>(int heads, int inputDimension, int tokenCount)
        where T : unmanaged => checked(((2 * heads + 1) * (inputDimension + 1) + 2 * tokenCount) * BlockLength<T>());

    /// <summary>The predictions for one block of sequences.</summary>
    /// <param name="inputDimension">D.</param>
    /// <param name="tokenCount">Tokens of a sequence, the asking one included; at least 1.</param>
    /// <param name="value">V, [H, W].</param>
    /// <param name="keyQuery">KQ, [H, W, D].</param>
    /// <param name="inverseTemperature">1/ρ.</param>
    /// <param name="tokens">A block, [tokenCount, W, <see cref="BlockLength{T}"/>].</param>
    /// <param name="prediction">Receives ŷ of each sequence of the block.</param>
    /// <param name="workspace">Of <see cref="WorkspaceLength{T}"/>.</param>
    /// <param name="seesItself">Whether the asking token is among those that t counts; else it takes two tokens at least.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    [MethodImpl(AggressiveOptimization)]
    public static void Forward<T>(
        int inputDimension, int tokenCount, ReadOnlySpan<T> value, ReadOnlySpan<T> keyQuery, T inverseTemperature,
        ReadOnlySpan<T> tokens, Span<T> prediction, Span<T> workspace, bool seesItself = true)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePrecision<T>();
        int D = inputDimension, W = D + 1, L = BlockLength<T>(), H = value.Length / W;
        RequireLength(value, H * W);
        RequireLength(keyQuery, H * W * D);
        RequireLength(tokens, tokenCount * W * L);
        RequireLength(prediction, L);
        RequireLength(workspace, WorkspaceLength<T>(H, D, tokenCount));
        fixed (T* V = value, KQ = keyQuery, x = tokens, y = prediction, work = workspace)
        {
            LaneOperation.Run<T, ForwardBlock<T>>(
                new(H, D, tokenCount, seesItself ? tokenCount : tokenCount - 1, V, KQ, inverseTemperature, x, y, work));
        }
    }

    /// <summary>Adds a block's part of the gradient, lane by lane: the caller sums the lanes once, at the end.</summary>
    /// <param name="heads">H.</param>
    /// <param name="inputDimension">D.</param>
    /// <param name="tokenCount">Tokens of a sequence.</param>
    /// <param name="tokens">The block that <see cref="Forward{T}"/> saw last with this workspace.</param>
    /// <param name="dPrediction">∂L/∂ŷ of each sequence of the block; 0 leaves a sequence out.</param>
    /// <param name="workspace">What the forward pass left.</param>
    /// <param name="dValue">∂L/∂V is added, [H, W, <see cref="BlockLength{T}"/>].</param>
    /// <param name="dKeyQuery">∂L/∂KQ is added, [H, W, D, <see cref="BlockLength{T}"/>].</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    [MethodImpl(AggressiveOptimization)]
    public static void Backward<T>(
        int heads, int inputDimension, int tokenCount, ReadOnlySpan<T> tokens, ReadOnlySpan<T> dPrediction,
        ReadOnlySpan<T> workspace, Span<T> dValue, Span<T> dKeyQuery)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePrecision<T>();
        int D = inputDimension, W = D + 1, L = BlockLength<T>(), H = heads;
        RequireLength(tokens, tokenCount * W * L);
        RequireLength(dPrediction, L);
        RequireLength(workspace, WorkspaceLength<T>(H, D, tokenCount));
        RequireLength(dValue, H * W * L);
        RequireLength(dKeyQuery, H * W * D * L);
        fixed (T* x = tokens, dy = dPrediction, work = workspace, dV = dValue, dKQ = dKeyQuery)
            LaneOperation.Run<T, BackwardBlock<T>>(new(H, D, x + (tokenCount - 1) * W * L, dy, work, dV, dKQ));
    }

    private readonly struct ForwardBlock<T>(
        int H, int D, int tokenCount, int attended, T* V, T* KQ, T inverseTemperature, T* x, T* y, T* work)
        : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveInlining)]
        void ILaneOperation<T>.Run<TLanes, TVector>() =>
            QueryLanes<T, TLanes, TVector>.Forward(H, D, tokenCount, attended, V, KQ, inverseTemperature, x, y, work);
    }

    private readonly struct BackwardBlock<T>(int H, int D, T* query, T* dy, T* work, T* dV, T* dKQ) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveInlining)]
        void ILaneOperation<T>.Run<TLanes, TVector>() => QueryLanes<T, TLanes, TVector>.Backward(H, D, query, dy, work, dV, dKQ);
    }
}
