namespace Staircase.Kernels;

/// <summary>Layer normalization (Ba, Kiros, Hinton 2016): y = gain ∘ (x − mean) / √(variance + ε) + bias, row by row.</summary>
/// <remarks>Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.</remarks>
public static unsafe class LayerNorm
{
    /// <summary>Normalizes rows.</summary>
    /// <param name="x">rows × columns.</param>
    /// <param name="gain">One for each column.</param>
    /// <param name="bias">One for each column.</param>
    /// <param name="epsilon">ε, added to the variance.</param>
    /// <param name="y">Receives rows × columns; may be <paramref name="x"/> where no backward pass follows.</param>
    /// <param name="mean">Receives the mean of each row.</param>
    /// <param name="inverseDeviation">Receives 1/√(variance + ε) of each row; the variance divides by the number of columns.</param>
    /// <exception cref="ArgumentException">There are no columns, or a span has the wrong length.</exception>
    public static void Forward<T>(
        int columns, ReadOnlySpan<T> x, ReadOnlySpan<T> gain, ReadOnlySpan<T> bias, T epsilon,
        Span<T> y, Span<T> mean, Span<T> inverseDeviation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = RequireRows(x, columns);
        RequireSameLength(x.Length, y.Length);
        RequireLength(gain, columns);
        RequireLength(bias, columns);
        RequireLength(mean, rows);
        RequireLength(inverseDeviation, rows);
        fixed (T* px = x, pg = gain, pb = bias, py = y, pm = mean, pd = inverseDeviation)
            LaneOperation.Run<T, ForwardRows<T>>(new(px, pg, pb, epsilon, py, pm, pd, rows, columns));
    }

    /// <summary>
    /// dx = (g − mean(g) − x̂ mean(g ∘ x̂)) · inverseDeviation with g = gain ∘ dy and x̂ the normalized row; dGain += Σ_rows dy ∘ x̂, dBias
    /// += Σ_rows dy.
    /// </summary>
    /// <param name="dy">∂L/∂y, rows × columns.</param>
    /// <param name="x">What <see cref="Forward"/> saw.</param>
    /// <param name="gain">One for each column.</param>
    /// <param name="mean">What <see cref="Forward"/> left.</param>
    /// <param name="inverseDeviation">What <see cref="Forward"/> left.</param>
    /// <param name="dx">Receives ∂L/∂x; may be <paramref name="dy"/>.</param>
    /// <param name="dGain">∂L/∂gain is added, row after row.</param>
    /// <param name="dBias">∂L/∂bias is added, row after row.</param>
    /// <exception cref="ArgumentException">There are no columns, or a span has the wrong length.</exception>
    public static void Backward<T>(
        int columns, ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> gain, ReadOnlySpan<T> mean, ReadOnlySpan<T> inverseDeviation,
        Span<T> dx, Span<T> dGain, Span<T> dBias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = RequireRows(x, columns);
        RequireSameLength(x.Length, dy.Length);
        RequireSameLength(x.Length, dx.Length);
        RequireLength(gain, columns);
        RequireLength(dGain, columns);
        RequireLength(dBias, columns);
        RequireLength(mean, rows);
        RequireLength(inverseDeviation, rows);
        fixed (T* pdy = dy, px = x, pg = gain, pm = mean, pd = inverseDeviation, pdx = dx, pdg = dGain, pdb = dBias)
            LaneOperation.Run<T, BackwardRows<T>>(new(pdy, px, pg, pm, pd, pdx, pdg, pdb, rows, columns));
    }

    private readonly struct ForwardRows<T>(T* x, T* gain, T* bias, T epsilon, T* y, T* mean, T* inverseDeviation, int rows, int columns)
        : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            T* from = x, to = y, gains = gain, biases = bias;
            int n = columns;
            for (int i = 0; i < rows; i++, from += n, to += n)
            {
                TVector sums = TLanes.Broadcast(T.Zero);
                int j = 0;
                for (; j <= n - TLanes.Count; j += TLanes.Count)
                    sums = TLanes.Add(sums, TLanes.Load(from + j));
                if (j < n)
                    sums = TLanes.Add(sums, TLanes.LoadFirst(from + j, n - j));
                T m = TLanes.Sum(sums) / T.CreateTruncating(n);

                TVector means = TLanes.Broadcast(m);
                sums = TLanes.Broadcast(T.Zero);
                for (j = 0; j <= n - TLanes.Count; j += TLanes.Count)
                {
                    TVector d = TLanes.Subtract(TLanes.Load(from + j), means);
                    sums = TLanes.MultiplyAdd(d, d, sums);
                }

                T variance = TLanes.Sum(sums);
                for (; j < n; j++)
                    variance += (from[j] - m) * (from[j] - m);
                T inverse = T.One / T.Sqrt(variance / T.CreateTruncating(n) + epsilon);
                mean[i] = m;
                inverseDeviation[i] = inverse;

                TVector scale = TLanes.Broadcast(inverse);
                for (j = 0; j <= n - TLanes.Count; j += TLanes.Count)
                {
                    TVector normal = TLanes.Multiply(scale, TLanes.Subtract(TLanes.Load(from + j), means));
                    TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(gains + j), normal, TLanes.Load(biases + j)), to + j);
                }

                int rest = n - j;
                if (rest > 0)
                {
                    TVector normal = TLanes.Multiply(scale, TLanes.Subtract(TLanes.LoadFirst(from + j, rest), means));
                    normal = TLanes.MultiplyAdd(TLanes.LoadFirst(gains + j, rest), normal, TLanes.LoadFirst(biases + j, rest));
                    TLanes.StoreFirst(normal, to + j, rest);
                }
            }
        }
    }

    private readonly struct BackwardRows<T>(
        T* dy, T* x, T* gain, T* mean, T* inverseDeviation, T* dx, T* dGain, T* dBias, int rows, int columns) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            T* pdy = dy, px = x, pdx = dx, pg = gain, pdg = dGain, pdb = dBias;
            int n = columns;
            for (int i = 0; i < rows; i++, pdy += n, px += n, pdx += n)
            {
                TVector means = TLanes.Broadcast(mean[i]), scale = TLanes.Broadcast(inverseDeviation[i]);
                TVector sum = TLanes.Broadcast(T.Zero), product = sum;
                int j = 0;
                for (; j < n; j += TLanes.Count)
                {
                    int count = Min(TLanes.Count, n - j);
                    TVector dyj = TLanes.LoadFirst(pdy + j, count);
                    TVector normal = TLanes.Multiply(scale, TLanes.Subtract(TLanes.LoadFirst(px + j, count), means));
                    TVector g = TLanes.Multiply(TLanes.LoadFirst(pg + j, count), dyj);
                    sum = TLanes.Add(sum, g);
                    product = TLanes.MultiplyAdd(g, normal, product);
                    TLanes.StoreFirst(TLanes.MultiplyAdd(dyj, normal, TLanes.LoadFirst(pdg + j, count)), pdg + j, count);
                    TLanes.StoreFirst(TLanes.Add(dyj, TLanes.LoadFirst(pdb + j, count)), pdb + j, count);
                }

                T size = T.CreateTruncating(n);
                TVector meanG = TLanes.Broadcast(TLanes.Sum(sum) / size), meanProduct = TLanes.Broadcast(TLanes.Sum(product) / size);
                for (j = 0; j < n; j += TLanes.Count)
                {
                    int count = Min(TLanes.Count, n - j);
                    TVector normal = TLanes.Multiply(scale, TLanes.Subtract(TLanes.LoadFirst(px + j, count), means));
                    TVector g = TLanes.Multiply(TLanes.LoadFirst(pg + j, count), TLanes.LoadFirst(pdy + j, count));
                    TVector centred = TLanes.Subtract(TLanes.Subtract(g, meanG), TLanes.Multiply(normal, meanProduct));
                    TLanes.StoreFirst(TLanes.Multiply(scale, centred), pdx + j, count);
                }
            }
        }
    }
}
