using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Staircase.Kernels;

/// <summary>Softmax attention of the last token of many short sequences, one sequence a lane: ŷ = Σ_h Σ_b V_hb Σ_t p_ht x_tb with p_h = softmax_t(Σ_bc x_tb KQ_hbc x_qc / ρ).</summary>
/// <remarks>
/// Tokens have W = D + 1 coordinates, of which the first D of the last token, x_q, ask. Sequences lie in blocks of <see cref="BlockLength{T}"/>: number (t, b) of sequence i of a
/// block is <c>tokens[(t * W + b) * BlockLength + i]</c>, so that no operation crosses lanes and every width does the same work in the same order.
/// The derivative of ŷ with respect to the question u_hb = Σ_c KQ_hbc x_qc / ρ, Σ_t p_t (V·x_t − ŷ_h) x_tb, needs no more than the forward pass has at hand; it is computed there,
/// and the backward pass only multiplies.
/// </remarks>
public static unsafe class QueryAttention
{
    /// <summary>Sequences in a block: 64 bytes of numbers, whatever the hardware.</summary>
    public static int BlockLength<T>()
        where T : unmanaged => 64 / sizeof(T);

    /// <summary>Numbers that <see cref="Forward{T}"/> needs to work and leaves for <see cref="Backward{T}"/>.</summary>
    public static int WorkspaceLength<T>(int heads, int inputDimension, int tokenCount)
        where T : unmanaged => checked(((2 * heads + 1) * (inputDimension + 1) + (2 * tokenCount)) * BlockLength<T>());

    /// <summary>The predictions for one block of sequences.</summary>
    /// <param name="inputDimension">D.</param>
    /// <param name="tokenCount">Tokens of a sequence, the asking one included; at least 1.</param>
    /// <param name="value">V, [H, W].</param>
    /// <param name="keyQuery">KQ, [H, W, D].</param>
    /// <param name="inverseTemperature">1/ρ.</param>
    /// <param name="tokens">A block, [tokenCount, W, <see cref="BlockLength{T}"/>].</param>
    /// <param name="prediction">Receives ŷ of each sequence of the block.</param>
    /// <param name="workspace">Of <see cref="WorkspaceLength{T}"/>.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(
        int inputDimension, int tokenCount, ReadOnlySpan<T> value, ReadOnlySpan<T> keyQuery, T inverseTemperature, ReadOnlySpan<T> tokens, Span<T> prediction, Span<T> workspace)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KernelArguments.RequirePrecision<T>();
        int D = inputDimension, W = D + 1, L = BlockLength<T>(), H = value.Length / W;
        KernelArguments.RequireLength(nameof(value), value.Length, H * W);
        KernelArguments.RequireLength(nameof(keyQuery), keyQuery.Length, H * W * D);
        KernelArguments.RequireLength(nameof(tokens), tokens.Length, tokenCount * W * L);
        KernelArguments.RequireLength(nameof(prediction), prediction.Length, L);
        KernelArguments.RequireLength(nameof(workspace), workspace.Length, WorkspaceLength<T>(H, D, tokenCount));
        fixed (T* V = value, KQ = keyQuery, x = tokens, y = prediction, work = workspace)
        {
            if (Vector512.IsHardwareAccelerated)
                Forward<T, Lanes512<T>, Vector512<T>>(H, D, tokenCount, V, KQ, inverseTemperature, x, y, work);
            else if (Vector256.IsHardwareAccelerated)
                Forward<T, Lanes256<T>, Vector256<T>>(H, D, tokenCount, V, KQ, inverseTemperature, x, y, work);
            else if (Vector128.IsHardwareAccelerated)
                Forward<T, Lanes128<T>, Vector128<T>>(H, D, tokenCount, V, KQ, inverseTemperature, x, y, work);
            else
                Forward<T, ScalarLanes<T>, T>(H, D, tokenCount, V, KQ, inverseTemperature, x, y, work);
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
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(
        int heads, int inputDimension, int tokenCount, ReadOnlySpan<T> tokens, ReadOnlySpan<T> dPrediction, ReadOnlySpan<T> workspace, Span<T> dValue, Span<T> dKeyQuery)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KernelArguments.RequirePrecision<T>();
        int D = inputDimension, W = D + 1, L = BlockLength<T>(), H = heads;
        KernelArguments.RequireLength(nameof(tokens), tokens.Length, tokenCount * W * L);
        KernelArguments.RequireLength(nameof(dPrediction), dPrediction.Length, L);
        KernelArguments.RequireLength(nameof(workspace), workspace.Length, WorkspaceLength<T>(H, D, tokenCount));
        KernelArguments.RequireLength(nameof(dValue), dValue.Length, H * W * L);
        KernelArguments.RequireLength(nameof(dKeyQuery), dKeyQuery.Length, H * W * D * L);
        fixed (T* x = tokens, dy = dPrediction, work = workspace, dV = dValue, dKQ = dKeyQuery)
        {
            T* query = x + ((tokenCount - 1) * W * L);
            if (Vector512.IsHardwareAccelerated)
                Backward<T, Lanes512<T>, Vector512<T>>(H, D, query, dy, work, dV, dKQ);
            else if (Vector256.IsHardwareAccelerated)
                Backward<T, Lanes256<T>, Vector256<T>>(H, D, query, dy, work, dV, dKQ);
            else if (Vector128.IsHardwareAccelerated)
                Backward<T, Lanes128<T>, Vector128<T>>(H, D, query, dy, work, dV, dKQ);
            else
                Backward<T, ScalarLanes<T>, T>(H, D, query, dy, work, dV, dKQ);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T, TLanes, TVector>(int H, int D, int tokenCount, T* V, T* KQ, T inverseTemperature, T* x, T* y, T* work)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int W = D + 1, L = BlockLength<T>();
        for (int lane = 0; lane < L; lane += TLanes.Count)
        {
            T* block = x + lane;
            T* query = block + ((tokenCount - 1) * W * L);
            T* means = work + lane;
            T* slopes = means + (H * W * L);
            T* u = slopes + (H * W * L);
            T* scores = u + (W * L);
            T* values = scores + (tokenCount * L);
            TVector sum = TLanes.Broadcast(T.Zero);
            for (int h = 0; h < H; h++)
            {
                T* kq = KQ + (h * W * D);
                TVector scale = TLanes.Broadcast(inverseTemperature);
                for (int b = 0; b < W; b++, kq += D)
                {
                    TVector question = TLanes.Broadcast(T.Zero);
                    for (int c = 0; c < D; c++)
                        question = TLanes.MultiplyAdd(TLanes.Broadcast(kq[c]), TLanes.Load(query + (c * L)), question);
                    TLanes.Store(TLanes.Multiply(scale, question), u + (b * L));
                }

                TVector maximum = Scores<T, TLanes, TVector>(W, tokenCount, V + (h * W), u, block, scores, values);
                TVector normalizer = Exponentials<T, TLanes, TVector>(tokenCount, maximum, scores, values);
                sum = TLanes.Add(sum, Means<T, TLanes, TVector>(
                    W, tokenCount, V + (h * W), inverseTemperature, normalizer, block, scores, values, means + (h * W * L), slopes + (h * W * L)));
            }

            TLanes.Store(sum, y + lane);
        }
    }

    /// <summary>scores[t] = Σ_b u_b x_tb and values[t] = Σ_b V_b x_tb; returns the largest score.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Scores<T, TLanes, TVector>(int W, int tokenCount, T* V, T* u, T* x, T* scores, T* values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int L = BlockLength<T>(), step = W * L;
        TVector zero = TLanes.Broadcast(T.Zero), maximum = TLanes.Broadcast(T.NegativeInfinity);
        int t = 0;
        for (; t <= tokenCount - 4; t += 4, x += 4 * step)
        {
            TVector s0 = zero, s1 = zero, s2 = zero, s3 = zero, v0 = zero, v1 = zero, v2 = zero, v3 = zero;
            T* column = x;
            for (int b = 0; b < W; b++, column += L)
            {
                TVector question = TLanes.Load(u + (b * L)), value = TLanes.Broadcast(V[b]);
                TVector x0 = TLanes.Load(column), x1 = TLanes.Load(column + step);
                s0 = TLanes.MultiplyAdd(question, x0, s0);
                v0 = TLanes.MultiplyAdd(value, x0, v0);
                s1 = TLanes.MultiplyAdd(question, x1, s1);
                v1 = TLanes.MultiplyAdd(value, x1, v1);
                x0 = TLanes.Load(column + (2 * step));
                x1 = TLanes.Load(column + (3 * step));
                s2 = TLanes.MultiplyAdd(question, x0, s2);
                v2 = TLanes.MultiplyAdd(value, x0, v2);
                s3 = TLanes.MultiplyAdd(question, x1, s3);
                v3 = TLanes.MultiplyAdd(value, x1, v3);
            }

            TLanes.Store(s0, scores + (t * L));
            TLanes.Store(s1, scores + ((t + 1) * L));
            TLanes.Store(s2, scores + ((t + 2) * L));
            TLanes.Store(s3, scores + ((t + 3) * L));
            TLanes.Store(v0, values + (t * L));
            TLanes.Store(v1, values + ((t + 1) * L));
            TLanes.Store(v2, values + ((t + 2) * L));
            TLanes.Store(v3, values + ((t + 3) * L));
            maximum = TLanes.Max(maximum, TLanes.Max(TLanes.Max(s0, s1), TLanes.Max(s2, s3)));
        }

        for (; t < tokenCount; t++, x += step)
        {
            TVector s = zero, v = zero;
            for (int b = 0; b < W; b++)
            {
                TVector coordinate = TLanes.Load(x + (b * L));
                s = TLanes.MultiplyAdd(TLanes.Load(u + (b * L)), coordinate, s);
                v = TLanes.MultiplyAdd(TLanes.Broadcast(V[b]), coordinate, v);
            }

            TLanes.Store(s, scores + (t * L));
            TLanes.Store(v, values + (t * L));
            maximum = TLanes.Max(maximum, s);
        }

        return maximum;
    }

    /// <summary>scores[t] becomes e_t = exp(scores[t] − maximum), values[t] becomes e_t · values[t]; returns Σ e_t.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Exponentials<T, TLanes, TVector>(int tokenCount, TVector maximum, T* scores, T* values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int L = BlockLength<T>();
        TVector sum = TLanes.Broadcast(T.Zero);
        for (int t = 0; t < tokenCount; t++)
        {
            TVector e = LaneMath.Exp<T, TLanes, TVector>(TLanes.Subtract(TLanes.Load(scores + (t * L)), maximum));
            TLanes.Store(e, scores + (t * L));
            TLanes.Store(TLanes.Multiply(e, TLanes.Load(values + (t * L))), values + (t * L));
            sum = TLanes.Add(sum, e);
        }

        return sum;
    }

    /// <summary>means[b] = Σ_t p_t x_tb, slopes[b] = ∂ŷ_h/∂(unscaled u_b); returns ŷ_h = Σ_b V_b means[b].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Means<T, TLanes, TVector>(
        int W, int tokenCount, T* V, T inverseTemperature, TVector normalizer, T* x, T* weights, T* weightedValues, T* means, T* slopes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int L = BlockLength<T>();
        TVector zero = TLanes.Broadcast(T.Zero), inverse = TLanes.Divide(TLanes.Broadcast(T.One), normalizer);
        TVector prediction = zero;
        int b = 0;

        // Coordinates four at a time: eight independent sums cover the latency of a multiply-add.
        for (; b <= W - 4; b += 4)
        {
            TVector m0 = zero, m1 = zero, m2 = zero, m3 = zero, s0 = zero, s1 = zero, s2 = zero, s3 = zero;
            T* column = x + (b * L);
            for (int t = 0; t < tokenCount; t++, column += W * L)
            {
                TVector p = TLanes.Load(weights + (t * L)), q = TLanes.Load(weightedValues + (t * L));
                TVector c = TLanes.Load(column);
                m0 = TLanes.MultiplyAdd(p, c, m0);
                s0 = TLanes.MultiplyAdd(q, c, s0);
                c = TLanes.Load(column + L);
                m1 = TLanes.MultiplyAdd(p, c, m1);
                s1 = TLanes.MultiplyAdd(q, c, s1);
                c = TLanes.Load(column + (2 * L));
                m2 = TLanes.MultiplyAdd(p, c, m2);
                s2 = TLanes.MultiplyAdd(q, c, s2);
                c = TLanes.Load(column + (3 * L));
                m3 = TLanes.MultiplyAdd(p, c, m3);
                s3 = TLanes.MultiplyAdd(q, c, s3);
            }

            TLanes.Store(m0, means + (b * L));
            TLanes.Store(m1, means + ((b + 1) * L));
            TLanes.Store(m2, means + ((b + 2) * L));
            TLanes.Store(m3, means + ((b + 3) * L));
            TLanes.Store(s0, slopes + (b * L));
            TLanes.Store(s1, slopes + ((b + 1) * L));
            TLanes.Store(s2, slopes + ((b + 2) * L));
            TLanes.Store(s3, slopes + ((b + 3) * L));
        }

        for (; b < W; b++)
        {
            TVector m = zero, s = zero;
            T* column = x + (b * L);
            for (int t = 0; t < tokenCount; t++, column += W * L)
            {
                TVector c = TLanes.Load(column);
                m = TLanes.MultiplyAdd(TLanes.Load(weights + (t * L)), c, m);
                s = TLanes.MultiplyAdd(TLanes.Load(weightedValues + (t * L)), c, s);
            }

            TLanes.Store(m, means + (b * L));
            TLanes.Store(s, slopes + (b * L));
        }

        for (b = 0; b < W; b++)
        {
            TVector mean = TLanes.Multiply(inverse, TLanes.Load(means + (b * L)));
            TLanes.Store(mean, means + (b * L));
            prediction = TLanes.MultiplyAdd(TLanes.Broadcast(V[b]), mean, prediction);
        }

        TVector scale = TLanes.Broadcast(inverseTemperature);
        for (b = 0; b < W; b++)
        {
            TVector slope = TLanes.Subtract(TLanes.Multiply(inverse, TLanes.Load(slopes + (b * L))), TLanes.Multiply(prediction, TLanes.Load(means + (b * L))));
            TLanes.Store(TLanes.Multiply(scale, slope), slopes + (b * L));
        }

        return prediction;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T, TLanes, TVector>(int H, int D, T* query, T* dy, T* work, T* dV, T* dKQ)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int W = D + 1, L = BlockLength<T>();
        for (int lane = 0; lane < L; lane += TLanes.Count)
        {
            TVector error = TLanes.Load(dy + lane);
            T* means = work + lane;
            T* slopes = means + (H * W * L);
            T* x = query + lane;
            T* value = dV + lane;
            T* keyQuery = dKQ + lane;
            for (int i = 0; i < H * W; i++)
            {
                TLanes.Store(TLanes.MultiplyAdd(error, TLanes.Load(means + (i * L)), TLanes.Load(value + (i * L))), value + (i * L));
                TVector slope = TLanes.Multiply(error, TLanes.Load(slopes + (i * L)));
                for (int c = 0; c < D; c++, keyQuery += L)
                    TLanes.Store(TLanes.MultiplyAdd(slope, TLanes.Load(x + (c * L)), TLanes.Load(keyQuery)), keyQuery);
            }
        }
    }
}
