using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>
/// Softmax attention under a causal mask, on Q, K and V as one product of the tokens with all heads' weights leaves them, with learned relative positions in the keys on request:
/// O = P V, P_ij = softmax_{j ≤ i}(scale · q_i·(k_j + r_{i−j})) (Shaw, Uszkoreit, Vaswani 2018, Eq. 4, with the keys' embeddings alone and no clipping).
/// </summary>
/// <remarks>
/// Rows are taken in blocks, and of each block no column after its last row is computed: at 100 tokens a third less than the whole square. The r of a block's rows are one product
/// Q Rᵀ whose rows are shifted against each other by one, so that with R stored from the largest offset to the smallest each row is added in one piece.
/// One thread does it all: sequences are shared among threads by the caller.
/// </remarks>
public static unsafe class CausalAttention
{
    /// <summary>Rows in a block: enough to fill tiles of a product, few enough to leave much of the upper triangle out.</summary>
    private const int BlockRows = 48;

    /// <summary>Numbers that both passes need to work.</summary>
    /// <param name="tokens">Tokens of a sequence.</param>
    public static int WorkspaceLength(int tokens) => checked((tokens + Math.Min(tokens, BlockRows)) * tokens);

    /// <summary>The outputs.</summary>
    /// <param name="sequences">Sequences.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="tokens">Tokens of a sequence.</param>
    /// <param name="width">Numbers of a token in each head's Q, K and V.</param>
    /// <param name="scale">Usually 1/√width.</param>
    /// <param name="qkv">[sequences, tokens, 3, heads, width]: Q, K and V of each token.</param>
    /// <param name="relative">r, [heads, offsets, width] from the largest offset to 0, with as many offsets as tokens or more; empty for none.</param>
    /// <param name="probabilities">Receives P, [sequences, heads, tokens, tokens], which <see cref="Backward"/> needs; zero where a token does not look.</param>
    /// <param name="workspace">Of <see cref="WorkspaceLength"/>.</param>
    /// <param name="output">Receives O, [sequences, tokens, heads, width].</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Forward<T>(
        int sequences, int heads, int tokens, int width, T scale, ReadOnlySpan<T> qkv, ReadOnlySpan<T> relative, Span<T> probabilities, Span<T> workspace, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int offsets = Require<T>(sequences, heads, tokens, width, qkv.Length, relative.Length, probabilities.Length, workspace.Length, output.Length);
        fixed (T* QKV = qkv, R = relative, P = probabilities, work = workspace, O = output)
        {
            for (int i = 0; i < sequences * heads; i++)
                ForwardHead(new Head<T>(i, heads, tokens, width, offsets, scale, QKV, R, P, work, O));
        }
    }

    /// <summary>The gradients: dV = Pᵀ dO, dS = scale · P ∘ (dO Vᵀ − rowsum(P ∘ dO Vᵀ)), dq_i = Σ_j dS_ij (k_j + r_{i−j}), dk_j = Σ_i dS_ij q_i, dr_d = Σ_i dS_{i,i−d} q_i.</summary>
    /// <param name="sequences">Sequences.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="tokens">Tokens of a sequence.</param>
    /// <param name="width">Numbers of a token in each head's Q, K and V.</param>
    /// <param name="scale">As in the forward pass.</param>
    /// <param name="qkv">Q, K and V.</param>
    /// <param name="relative">r.</param>
    /// <param name="probabilities">P of <see cref="Forward"/>.</param>
    /// <param name="dOutput">∂L/∂O, [sequences, tokens, heads, width].</param>
    /// <param name="workspace">Of <see cref="WorkspaceLength"/>.</param>
    /// <param name="dqkv">Receives ∂L/∂(Q, K, V), as <paramref name="qkv"/> lies.</param>
    /// <param name="dRelative">∂L/∂r is added, sequence after sequence, as <paramref name="relative"/> lies.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Backward<T>(
        int sequences, int heads, int tokens, int width, T scale, ReadOnlySpan<T> qkv, ReadOnlySpan<T> relative, ReadOnlySpan<T> probabilities, ReadOnlySpan<T> dOutput,
        Span<T> workspace, Span<T> dqkv, Span<T> dRelative)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int offsets = Require<T>(sequences, heads, tokens, width, qkv.Length, relative.Length, probabilities.Length, workspace.Length, dOutput.Length);
        KernelArguments.RequireLength(nameof(dqkv), dqkv.Length, qkv.Length);
        KernelArguments.RequireLength(nameof(dRelative), dRelative.Length, relative.Length);
        fixed (T* QKV = qkv, R = relative, P = probabilities, dO = dOutput, work = workspace, dQKV = dqkv, dR = dRelative)
        {
            for (int i = 0; i < sequences * heads; i++)
                BackwardHead(new Head<T>(i, heads, tokens, width, offsets, scale, QKV, R, P, work, dO), new Head<T>(i, heads, tokens, width, offsets, scale, dQKV, dR, P, work, dO));
        }
    }

    private static int Require<T>(int sequences, int heads, int tokens, int width, int qkv, int relative, int probabilities, int workspace, int output)
    {
        KernelArguments.RequirePrecision<T>();
        int numbers = checked(sequences * tokens * heads * width), offsets = heads * width == 0 ? 0 : relative / (heads * width);
        KernelArguments.RequireLength(nameof(qkv), qkv, 3 * numbers);
        KernelArguments.RequireLength(nameof(output), output, numbers);
        KernelArguments.RequireLength(nameof(probabilities), probabilities, checked(sequences * heads * tokens * tokens));
        KernelArguments.RequireLength(nameof(workspace), workspace, WorkspaceLength(tokens));
        if (relative != 0)
            KernelArguments.RequireLength(nameof(relative), relative, Math.Max(offsets, tokens) * heads * width);
        return offsets;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardHead<T>(in Head<T> h)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = h.Tokens, w = h.Width;
        nint s = h.Stride, o = h.OutputStride;
        for (int first = 0; first < n; first += BlockRows)
        {
            int rows = Math.Min(BlockRows, n - first), seen = first + rows;
            T* q = h.Q + (first * s);
            T* P = h.P + ((nint)first * n);
            MatrixProduct.Dispatch(rows, seen, w, h.Scale, q, s, false, h.K, s, true, T.Zero, P, n, null);
            if (h.R is not null)
                MatrixProduct.Dispatch(rows, seen, w, h.Scale, q, s, false, h.Last(seen), w, true, T.Zero, h.Shifted, seen, null);
            LaneOperation.Run<T, Probabilities<T>>(new(P, h.R is null ? null : h.Shifted, n, first, rows));
            MatrixProduct.Dispatch(rows, w, seen, T.One, P, n, false, h.V, s, false, T.Zero, h.O + (first * o), o, null);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardHead<T>(in Head<T> h, in Head<T> d)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = h.Tokens, w = h.Width;
        nint s = h.Stride, o = h.OutputStride;
        for (int first = 0; first < n; first += BlockRows)
        {
            int rows = Math.Min(BlockRows, n - first), seen = first + rows;
            T* S = h.Square + ((nint)first * n);
            T* dq = d.Q + (first * s);
            MatrixProduct.Dispatch(rows, seen, w, T.One, h.O + (first * o), o, false, h.V, s, true, T.Zero, S, n, null);
            LaneOperation.Run<T, Slopes<T>>(new(h.P + ((nint)first * n), S, h.R is null ? null : h.Shifted, n, first, rows, h.Scale));
            MatrixProduct.Dispatch(rows, w, seen, T.One, S, n, false, h.K, s, false, T.Zero, dq, s, null);
            if (h.R is not null)
            {
                MatrixProduct.Dispatch(rows, w, seen, T.One, h.Shifted, seen, false, h.Last(seen), w, false, T.One, dq, s, null);
                MatrixProduct.Dispatch(seen, w, rows, T.One, h.Shifted, seen, true, h.Q + (first * s), s, false, T.One, d.Last(seen), w, null);
            }
        }

        // A token is a key to itself and those after it: the same blocks, the other way round.
        for (int first = 0; first < n; first += BlockRows)
        {
            int columns = Math.Min(BlockRows, n - first);
            nint corner = ((nint)first * n) + first;
            MatrixProduct.Dispatch(columns, w, n - first, T.One, h.P + corner, n, true, h.O + (first * o), o, false, T.Zero, d.V + (first * s), s, null);
            MatrixProduct.Dispatch(columns, w, n - first, T.One, h.Square + corner, n, true, h.Q + (first * s), s, false, T.Zero, d.K + (first * s), s, null);
        }
    }

    /// <summary>Where the numbers of a head of a sequence lie.</summary>
    private readonly struct Head<T>
        where T : unmanaged
    {
        public readonly int Tokens, Width, Offsets;
        public readonly nint Stride, OutputStride;
        public readonly T Scale;
        public readonly T* Q, K, V, R, P, Square, Shifted, O;

        public Head(int index, int heads, int tokens, int width, int offsets, T scale, T* qkv, T* relative, T* probabilities, T* workspace, T* output)
        {
            int sequence = index / heads, head = index % heads;
            (Tokens, Width, Offsets, Scale) = (tokens, width, offsets, scale);
            OutputStride = (nint)heads * width;
            Stride = 3 * OutputStride;
            Q = qkv + (sequence * tokens * Stride) + (head * width);
            K = Q + OutputStride;
            V = K + OutputStride;
            R = offsets == 0 ? null : relative + ((nint)head * offsets * width);
            P = probabilities + ((nint)index * tokens * tokens);
            Square = workspace;
            Shifted = workspace + ((nint)tokens * tokens);
            O = output + (sequence * tokens * OutputStride) + (head * width);
        }

        /// <summary>The r of the smallest offsets.</summary>
        public T* Last(int count) => R + ((nint)(Offsets - count) * Width);
    }

    // Span.Clear and CopyTo are code from before the widest vectors, which waits for their upper halves: inside these loops it cost more than all the rest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear<T, TLanes, TVector>(T* x, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        TVector zero = TLanes.Broadcast(T.Zero);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            TLanes.Store(zero, x + j);
        if (j < n)
            TLanes.StoreFirst(zero, x + j, n - j);
    }

    private readonly struct Probabilities<T>(T* p, T* shifted, int n, int first, int rows) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            int last = first + rows;
            for (int r = 0; r < rows; r++)
            {
                T* row = p + ((nint)r * n);
                int seen = first + r + 1;
                if (shifted is not null)
                {
                    T* of = shifted + ((nint)r * last) + (last - seen);
                    int j = 0;
                    for (; j <= seen - TLanes.Count; j += TLanes.Count)
                        TLanes.Store(TLanes.Add(TLanes.Load(row + j), TLanes.Load(of + j)), row + j);
                    if (j < seen)
                        TLanes.StoreFirst(TLanes.Add(TLanes.LoadFirst(row + j, seen - j), TLanes.LoadFirst(of + j, seen - j)), row + j, seen - j);
                }

                Softmax.Row<T, TLanes, TVector>(row, row, seen);
                Clear<T, TLanes, TVector>(row + seen, n - seen);
            }
        }
    }

    private readonly struct Slopes<T>(T* p, T* s, T* shifted, int n, int first, int rows, T scale) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            int last = first + rows;
            for (int r = 0; r < rows; r++)
            {
                T* row = s + ((nint)r * n);
                int seen = first + r + 1;
                Softmax.BackwardRow<T, TLanes, TVector>(p + ((nint)r * n), row, row, seen, scale);
                Clear<T, TLanes, TVector>(row + seen, last - seen);
                if (shifted is null)
                    continue;
                T* of = shifted + ((nint)r * last);
                Clear<T, TLanes, TVector>(of, last - seen);
                of += last - seen;
                int j = 0;
                for (; j <= seen - TLanes.Count; j += TLanes.Count)
                    TLanes.Store(TLanes.Load(row + j), of + j);
                if (j < seen)
                    TLanes.StoreFirst(TLanes.LoadFirst(row + j, seen - j), of + j, seen - j);
            }
        }
    }
}
