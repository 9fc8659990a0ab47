namespace Staircase.Kernels;

/// <summary>The update of AdamW (Loshchilov, Hutter 2019): Adam with bias correction, and weight decay apart from the gradient.</summary>
public static unsafe class AdamW
{
    /// <summary>
    /// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − η (m̂ / (√v̂ + ε) + λ w) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ), t = step + 1.
    /// </summary>
    /// <param name="weights">w, updated.</param>
    /// <param name="gradient">g.</param>
    /// <param name="first">m, updated; zero before step 0.</param>
    /// <param name="second">v, updated; zero before step 0.</param>
    /// <param name="step">Updates made before this one.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="firstDecay">β₁.</param>
    /// <param name="secondDecay">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="weightDecay">λ.</param>
    /// <remarks>The convention of PyTorch: the decay uses the weights before the step.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Update<T>(
        Span<T> weights, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, long step,
        double learningRate, double firstDecay = 0.9, double secondDecay = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireSameLength(weights.Length, gradient.Length);
        RequireSameLength(weights.Length, first.Length);
        RequireSameLength(weights.Length, second.Length);
        double firstBias = 1 - Pow(firstDecay, step + 1), secondBias = 1 - Pow(secondDecay, step + 1);
        var constants = new Constants<T>(
            T.CreateTruncating(firstDecay), T.CreateTruncating(1 - firstDecay),
            T.CreateTruncating(secondDecay), T.CreateTruncating(1 - secondDecay),
            T.CreateTruncating(-learningRate / firstBias), T.CreateTruncating(1 / Sqrt(secondBias)),
            T.CreateTruncating(epsilon), T.CreateTruncating(1 - learningRate * weightDecay));
        fixed (T* w = weights, g = gradient, m = first, v = second)
            LaneOperation.Run<T, Operation<T>>(new(w, g, m, v, weights.Length, constants));
    }

    private readonly record struct Constants<T>(
        T FirstDecay, T FirstRest, T SecondDecay, T SecondRest, T Rate, T InverseDeviation, T Epsilon, T Decay);

    private readonly struct Operation<T>(T* w, T* g, T* m, T* v, int length, Constants<T> c) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            TVector β1 = TLanes.Broadcast(c.FirstDecay), rest1 = TLanes.Broadcast(c.FirstRest);
            TVector β2 = TLanes.Broadcast(c.SecondDecay), rest2 = TLanes.Broadcast(c.SecondRest);
            TVector rate = TLanes.Broadcast(c.Rate), inverse = TLanes.Broadcast(c.InverseDeviation);
            TVector ε = TLanes.Broadcast(c.Epsilon), decay = TLanes.Broadcast(c.Decay);
            T* pw = w, pg = g, pm = m, pv = v;
            int n = length;
            for (int i = 0; i < n; i += TLanes.Count)
            {
                int count = Min(TLanes.Count, n - i);
                TVector gradient = TLanes.LoadFirst(pg + i, count);
                TVector first = TLanes.MultiplyAdd(rest1, gradient, TLanes.Multiply(β1, TLanes.LoadFirst(pm + i, count)));
                TVector second = TLanes.Multiply(β2, TLanes.LoadFirst(pv + i, count));
                second = TLanes.MultiplyAdd(TLanes.Multiply(rest2, gradient), gradient, second);
                TVector deviation = TLanes.MultiplyAdd(TLanes.SquareRoot(second), inverse, ε);
                TVector weight = TLanes.Multiply(decay, TLanes.LoadFirst(pw + i, count));
                weight = TLanes.MultiplyAdd(rate, TLanes.Divide(first, deviation), weight);
                TLanes.StoreFirst(first, pm + i, count);
                TLanes.StoreFirst(second, pv + i, count);
                TLanes.StoreFirst(weight, pw + i, count);
            }
        }
    }
}
