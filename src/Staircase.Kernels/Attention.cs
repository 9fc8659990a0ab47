using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>Softmax attention of heads over sequences: O = P V, P = softmax(scale · Q Kᵀ) row by row, over all tokens or over those up to the row's own.</summary>
/// <remarks>Each head of each sequence has its own contiguous Q, K, V and O, token after token, head after head. Threads share the heads; the bits do not depend on them.</remarks>
public static unsafe class Attention
{
    /// <summary>The outputs.</summary>
    /// <param name="heads">Heads, those of all sequences together.</param>
    /// <param name="tokens">Tokens of a sequence.</param>
    /// <param name="width">Numbers of a token in each of Q, K, V and O.</param>
    /// <param name="causal">Whether a token sees only itself and those before it.</param>
    /// <param name="scale">Usually 1/√width.</param>
    /// <param name="q">Q, [heads, tokens, width].</param>
    /// <param name="k">K, likewise.</param>
    /// <param name="v">V, likewise.</param>
    /// <param name="probabilities">Receives P, [heads, tokens, tokens], which <see cref="Backward"/> needs; zero where a causal token does not look.</param>
    /// <param name="output">Receives O, [heads, tokens, width].</param>
    /// <param name="team">Threads; null works on the caller's alone.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Forward<T>(
        int heads, int tokens, int width, bool causal, T scale,
        ReadOnlySpan<T> q, ReadOnlySpan<T> k, ReadOnlySpan<T> v, Span<T> probabilities, Span<T> output, ThreadTeam? team = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KernelArguments.RequirePrecision<T>();
        KernelArguments.RequireLength(nameof(q), q.Length, heads * tokens * width);
        KernelArguments.RequireLength(nameof(k), k.Length, q.Length);
        KernelArguments.RequireLength(nameof(v), v.Length, q.Length);
        KernelArguments.RequireLength(nameof(output), output.Length, q.Length);
        KernelArguments.RequireLength(nameof(probabilities), probabilities.Length, heads * tokens * tokens);
        fixed (T* Q = q, K = k, V = v, P = probabilities, O = output)
        {
            Job<T> job = new() { Tokens = tokens, Width = width, Causal = causal, Scale = scale, Q = Q, K = K, V = V, P = P, O = O };
            Run(heads, &ForwardHead<T>, &job, team);
        }
    }

    /// <summary>The gradients: dV = Pᵀ dO, dS = P ∘ (dO Vᵀ − rowsum(P ∘ dO Vᵀ)), dQ = scale · dS K, dK = scale · dSᵀ Q.</summary>
    /// <param name="heads">Heads.</param>
    /// <param name="tokens">Tokens of a sequence.</param>
    /// <param name="width">Numbers of a token.</param>
    /// <param name="causal">As in the forward pass.</param>
    /// <param name="scale">As in the forward pass.</param>
    /// <param name="q">Q.</param>
    /// <param name="k">K.</param>
    /// <param name="v">V.</param>
    /// <param name="probabilities">P of <see cref="Forward"/>.</param>
    /// <param name="dOutput">∂L/∂O, [heads, tokens, width].</param>
    /// <param name="workspace">As large as <paramref name="probabilities"/>.</param>
    /// <param name="dq">Receives ∂L/∂Q.</param>
    /// <param name="dk">Receives ∂L/∂K.</param>
    /// <param name="dv">Receives ∂L/∂V.</param>
    /// <param name="team">Threads; null works on the caller's alone.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Backward<T>(
        int heads, int tokens, int width, bool causal, T scale,
        ReadOnlySpan<T> q, ReadOnlySpan<T> k, ReadOnlySpan<T> v, ReadOnlySpan<T> probabilities, ReadOnlySpan<T> dOutput, Span<T> workspace,
        Span<T> dq, Span<T> dk, Span<T> dv, ThreadTeam? team = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KernelArguments.RequirePrecision<T>();
        KernelArguments.RequireLength(nameof(q), q.Length, heads * tokens * width);
        KernelArguments.RequireLength(nameof(k), k.Length, q.Length);
        KernelArguments.RequireLength(nameof(v), v.Length, q.Length);
        KernelArguments.RequireLength(nameof(dOutput), dOutput.Length, q.Length);
        KernelArguments.RequireLength(nameof(dq), dq.Length, q.Length);
        KernelArguments.RequireLength(nameof(dk), dk.Length, q.Length);
        KernelArguments.RequireLength(nameof(dv), dv.Length, q.Length);
        KernelArguments.RequireLength(nameof(probabilities), probabilities.Length, heads * tokens * tokens);
        KernelArguments.RequireLength(nameof(workspace), workspace.Length, probabilities.Length);
        fixed (T* Q = q, K = k, V = v, P = probabilities, dO = dOutput, S = workspace, dQ = dq, dK = dk, dV = dv)
        {
            Job<T> job = new() { Tokens = tokens, Width = width, Causal = causal, Scale = scale, Q = Q, K = K, V = V, P = P, O = dO, S = S, DQ = dQ, DK = dK, DV = dV };
            Run(heads, &BackwardHead<T>, &job, team);
        }
    }

    private static void Run<T>(int heads, delegate*<void*, int, void> head, Job<T>* job, ThreadTeam? team)
        where T : unmanaged
    {
        if (team is not null)
        {
            team.Run(heads, head, job);
            return;
        }

        for (int h = 0; h < heads; h++)
            head(job, h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardHead<T>(void* arguments, int head)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Job<T> job = *(Job<T>*)arguments;
        int n = job.Tokens, w = job.Width;
        nint at = (nint)head * n * w;
        T* P = job.P + ((nint)head * n * n);
        MatrixProduct.Dispatch(n, n, w, job.Scale, job.Q + at, w, false, job.K + at, w, true, T.Zero, P, n, null);
        LaneOperation.Run<T, Probabilities<T>>(new(P, n, job.Causal));
        MatrixProduct.Dispatch(n, w, n, T.One, P, n, false, job.V + at, w, false, T.Zero, job.O + at, w, null);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardHead<T>(void* arguments, int head)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Job<T> job = *(Job<T>*)arguments;
        int n = job.Tokens, w = job.Width;
        nint at = (nint)head * n * w;
        T* P = job.P + ((nint)head * n * n);
        T* S = job.S + ((nint)head * n * n);
        MatrixProduct.Dispatch(n, w, n, T.One, P, n, true, job.O + at, w, false, T.Zero, job.DV + at, w, null);
        MatrixProduct.Dispatch(n, n, w, T.One, job.O + at, w, false, job.V + at, w, true, T.Zero, S, n, null);
        LaneOperation.Run<T, Slopes<T>>(new(P, S, n, job.Causal, job.Scale));
        MatrixProduct.Dispatch(n, w, n, T.One, S, n, false, job.K + at, w, false, T.Zero, job.DQ + at, w, null);
        MatrixProduct.Dispatch(n, w, n, T.One, S, n, true, job.Q + at, w, false, T.Zero, job.DK + at, w, null);
    }

    private struct Job<T>
        where T : unmanaged
    {
        public int Tokens, Width;
        public bool Causal;
        public T Scale;
        public T* Q, K, V, P, O, S, DQ, DK, DV;
    }

    private readonly struct Probabilities<T>(T* p, int n, bool causal) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            for (int i = 0; i < n; i++)
            {
                T* row = p + ((nint)i * n);
                int seen = causal ? i + 1 : n;
                Softmax.Row<T, TLanes, TVector>(row, row, row, seen);
                new Span<T>(row + seen, n - seen).Clear();
            }
        }
    }

    private readonly struct Slopes<T>(T* p, T* s, int n, bool causal, T scale) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            for (int i = 0; i < n; i++)
            {
                T* row = s + ((nint)i * n);
                int seen = causal ? i + 1 : n;
                Softmax.BackwardRow<T, TLanes, TVector>(p + ((nint)i * n), row, row, seen, scale);
                new Span<T>(row + seen, n - seen).Clear();
            }
        }
    }
}
