namespace Staircase.Kernels;

/// <summary>The passes of <see cref="QueryAttention"/> for one width of vectors; names as there.</summary>
internal static unsafe class QueryLanes<T, TLanes, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLanes : struct, ILanes<T, TVector>
    where TVector : struct
{
    /// <summary>From one number of a sequence to the next.</summary>
    private static int L
    {
        [MethodImpl(AggressiveInlining)]
        get => QueryAttention.BlockLength<T>();
    }

    [MethodImpl(AggressiveOptimization)]
    public static void Forward(int H, int D, int tokenCount, int attended, T* V, T* KQ, T inverseTemperature, T* x, T* y, T* work)
    {
        int W = D + 1;
        for (int lane = 0; lane < L; lane += TLanes.Count)
        {
            T* block = x + lane;
            T* query = block + (tokenCount - 1) * W * L;
            T* means = work + lane;
            T* slopes = means + H * W * L;
            T* u = slopes + H * W * L;
            T* scores = u + W * L;
            T* values = scores + tokenCount * L;
            TVector sum = TLanes.Broadcast(T.Zero);
            for (int h = 0; h < H; h++)
            {
                T* kq = KQ + h * W * D;
                TVector scale = TLanes.Broadcast(inverseTemperature);
                for (int b = 0; b < W; b++, kq += D)
                {
                    TVector question = TLanes.Broadcast(T.Zero);
                    for (int c = 0; c < D; c++)
                        question = TLanes.MultiplyAdd(TLanes.Broadcast(kq[c]), TLanes.Load(query + c * L), question);
                    TLanes.Store(TLanes.Multiply(scale, question), u + b * L);
                }

                TVector maximum = Scores(W, attended, V + h * W, u, block, scores, values);
                TVector normalizer = Exponentials(attended, maximum, scores, values);
                nint at = h * W * L;
                sum = TLanes.Add(sum, Means(
                    W, attended, V + h * W, inverseTemperature, normalizer, block, scores, values, means + at, slopes + at));
            }

            TLanes.Store(sum, y + lane);
        }
    }

    /// <summary>scores[t] = Σ_b u_b x_tb and values[t] = Σ_b V_b x_tb; returns the largest score.</summary>
    [MethodImpl(AggressiveInlining)]
    private static TVector Scores(int W, int tokenCount, T* V, T* u, T* x, T* scores, T* values)
    {
        int step = W * L;
        TVector zero = TLanes.Broadcast(T.Zero), maximum = TLanes.Broadcast(T.NegativeInfinity);
        int t = 0;
        for (; t <= tokenCount - 4; t += 4, x += 4 * step)
        {
            TVector s0 = zero, s1 = zero, s2 = zero, s3 = zero, v0 = zero, v1 = zero, v2 = zero, v3 = zero;
            T* column = x;
            for (int b = 0; b < W; b++, column += L)
            {
                TVector question = TLanes.Load(u + b * L), value = TLanes.Broadcast(V[b]);
                TVector x0 = TLanes.Load(column), x1 = TLanes.Load(column + step);
                s0 = TLanes.MultiplyAdd(question, x0, s0);
                v0 = TLanes.MultiplyAdd(value, x0, v0);
                s1 = TLanes.MultiplyAdd(question, x1, s1);
                v1 = TLanes.MultiplyAdd(value, x1, v1);
                x0 = TLanes.Load(column + 2 * step);
                x1 = TLanes.Load(column + 3 * step);
                s2 = TLanes.MultiplyAdd(question, x0, s2);
                v2 = TLanes.MultiplyAdd(value, x0, v2);
                s3 = TLanes.MultiplyAdd(question, x1, s3);
                v3 = TLanes.MultiplyAdd(value, x1, v3);
            }

            TLanes.Store(s0, scores + t * L);
            TLanes.Store(s1, scores + (t + 1) * L);
            TLanes.Store(s2, scores + (t + 2) * L);
            TLanes.Store(s3, scores + (t + 3) * L);
            TLanes.Store(v0, values + t * L);
            TLanes.Store(v1, values + (t + 1) * L);
            TLanes.Store(v2, values + (t + 2) * L);
            TLanes.Store(v3, values + (t + 3) * L);
            maximum = TLanes.Max(maximum, TLanes.Max(TLanes.Max(s0, s1), TLanes.Max(s2, s3)));
        }

        for (; t < tokenCount; t++, x += step)
        {
            TVector s = zero, v = zero;
            for (int b = 0; b < W; b++)
            {
                TVector coordinate = TLanes.Load(x + b * L);
                s = TLanes.MultiplyAdd(TLanes.Load(u + b * L), coordinate, s);
                v = TLanes.MultiplyAdd(TLanes.Broadcast(V[b]), coordinate, v);
            }

            TLanes.Store(s, scores + t * L);
            TLanes.Store(v, values + t * L);
            maximum = TLanes.Max(maximum, s);
        }

        return maximum;
    }

    /// <summary>scores[t] becomes e_t = exp(scores[t] − maximum), values[t] becomes e_t · values[t]; returns Σ e_t.</summary>
    [MethodImpl(AggressiveInlining)]
    private static TVector Exponentials(int tokenCount, TVector maximum, T* scores, T* values)
    {
        TVector sum = TLanes.Broadcast(T.Zero);
        for (int t = 0; t < tokenCount; t++)
        {
            TVector e = LaneMath<T, TLanes, TVector>.Exp(TLanes.Subtract(TLanes.Load(scores + t * L), maximum));
            TLanes.Store(e, scores + t * L);
            TLanes.Store(TLanes.Multiply(e, TLanes.Load(values + t * L)), values + t * L);
            sum = TLanes.Add(sum, e);
        }

        return sum;
    }

    /// <summary>means[b] = Σ_t p_t x_tb, slopes[b] = ∂ŷ_h/∂(unscaled u_b); returns ŷ_h = Σ_b V_b means[b].</summary>
    [MethodImpl(AggressiveInlining)]
    private static TVector Means(
        int W, int tokenCount, T* V, T inverseTemperature, TVector normalizer, T* x, T* weights, T* weightedValues, T* means, T* slopes)
    {
        TVector zero = TLanes.Broadcast(T.Zero), inverse = TLanes.Divide(TLanes.Broadcast(T.One), normalizer);
        TVector prediction = zero;
        int b = 0;

        // Coordinates four at a time: eight independent sums cover the latency of a multiply-add.
        for (; b <= W - 4; b += 4)
        {
            TVector m0 = zero, m1 = zero, m2 = zero, m3 = zero, s0 = zero, s1 = zero, s2 = zero, s3 = zero;
            T* column = x + b * L;
            for (int t = 0; t < tokenCount; t++, column += W * L)
            {
                TVector p = TLanes.Load(weights + t * L), q = TLanes.Load(weightedValues + t * L);
                TVector c = TLanes.Load(column);
                m0 = TLanes.MultiplyAdd(p, c, m0);
                s0 = TLanes.MultiplyAdd(q, c, s0);
                c = TLanes.Load(column + L);
                m1 = TLanes.MultiplyAdd(p, c, m1);
                s1 = TLanes.MultiplyAdd(q, c, s1);
                c = TLanes.Load(column + 2 * L);
                m2 = TLanes.MultiplyAdd(p, c, m2);
                s2 = TLanes.MultiplyAdd(q, c, s2);
                c = TLanes.Load(column + 3 * L);
                m3 = TLanes.MultiplyAdd(p, c, m3);
                s3 = TLanes.MultiplyAdd(q, c, s3);
            }

            TLanes.Store(m0, means + b * L);
            TLanes.Store(m1, means + (b + 1) * L);
            TLanes.Store(m2, means + (b + 2) * L);
            TLanes.Store(m3, means + (b + 3) * L);
            TLanes.Store(s0, slopes + b * L);
            TLanes.Store(s1, slopes + (b + 1) * L);
            TLanes.Store(s2, slopes + (b + 2) * L);
            TLanes.Store(s3, slopes + (b + 3) * L);
        }

        for (; b < W; b++)
        {
            TVector m = zero, s = zero;
            T* column = x + b * L;
            for (int t = 0; t < tokenCount; t++, column += W * L)
            {
                TVector c = TLanes.Load(column);
                m = TLanes.MultiplyAdd(TLanes.Load(weights + t * L), c, m);
                s = TLanes.MultiplyAdd(TLanes.Load(weightedValues + t * L), c, s);
            }

            TLanes.Store(m, means + b * L);
            TLanes.Store(s, slopes + b * L);
        }

        for (b = 0; b < W; b++)
        {
            TVector mean = TLanes.Multiply(inverse, TLanes.Load(means + b * L));
            TLanes.Store(mean, means + b * L);
            prediction = TLanes.MultiplyAdd(TLanes.Broadcast(V[b]), mean, prediction);
        }

        TVector scale = TLanes.Broadcast(inverseTemperature);
        for (b = 0; b < W; b++)
        {
            TVector slope = TLanes.Multiply(inverse, TLanes.Load(slopes + b * L));
            slope = TLanes.Subtract(slope, TLanes.Multiply(prediction, TLanes.Load(means + b * L)));
            TLanes.Store(TLanes.Multiply(scale, slope), slopes + b * L);
        }

        return prediction;
    }

    [MethodImpl(AggressiveOptimization)]
    public static void Backward(int H, int D, T* query, T* dy, T* work, T* dV, T* dKQ)
    {
        int W = D + 1;
        for (int lane = 0; lane < L; lane += TLanes.Count)
        {
            TVector error = TLanes.Load(dy + lane);
            T* means = work + lane;
            T* slopes = means + H * W * L;
            T* x = query + lane;
            T* value = dV + lane;
            T* keyQuery = dKQ + lane;
            for (int i = 0; i < H * W; i++)
            {
                TLanes.Store(TLanes.MultiplyAdd(error, TLanes.Load(means + i * L), TLanes.Load(value + i * L)), value + i * L);
                TVector slope = TLanes.Multiply(error, TLanes.Load(slopes + i * L));
                for (int c = 0; c < D; c++, keyQuery += L)
                    TLanes.Store(TLanes.MultiplyAdd(slope, TLanes.Load(x + c * L), TLanes.Load(keyQuery)), keyQuery);
            }
        }
    }
}
