using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>Layer normalization (Ba, Kiros, Hinton 2016): y = gain ∘ (x − mean) / √(variance + ε) + bias, row by row.</summary>
public static unsafe class LayerNorm
{
    /// <summary>Normalizes rows.</summary>
    /// <param name="columns">Columns.</param>
    /// <param name="x">rows × columns.</param>
    /// <param name="gain">One for each column.</param>
    /// <param name="bias">One for each column.</param>
    /// <param name="epsilon">ε, added to the variance.</param>
    /// <param name="y">Receives rows × columns; may be <paramref name="x"/> where no backward pass follows.</param>
    /// <param name="mean">Receives the mean of each row.</param>
    /// <param name="inverseDeviation">Receives 1/√(variance + ε) of each row; the variance divides by the number of columns.</param>
    /// <exception cref="ArgumentException">There are no columns, or a span has the wrong length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Forward<T>(int columns, ReadOnlySpan<T> x, ReadOnlySpan<T> gain, ReadOnlySpan<T> bias, T epsilon, Span<T> y, Span<T> mean, Span<T> inverseDeviation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = KernelArguments.RequireRows(nameof(x), x.Length, columns);
        KernelArguments.RequireSameLength(x.Length, y.Length);
        KernelArguments.RequireLength(nameof(gain), gain.Length, columns);
        KernelArguments.RequireLength(nameof(bias), bias.Length, columns);
        KernelArguments.RequireLength(nameof(mean), mean.Length, rows);
        KernelArguments.RequireLength(nameof(inverseDeviation), inverseDeviation.Length, rows);
        fixed (T* px = x, pg = gain, pb = bias, py = y, pm = mean, pd = inverseDeviation)
            LaneOperation.Run<T, ForwardRows<T>>(new(px, pg, pb, epsilon, py, pm, pd, rows, columns));
    }

    /// <summary>dx = (g − mean(g) − x̂ mean(g ∘ x̂)) · inverseDeviation with g = gain ∘ dy and x̂ the normalized row; dGain += Σ_rows dy ∘ x̂, dBias += Σ_rows dy.</summary>
    /// <param name="columns">Columns.</param>
    /// <param name="dy">∂L/∂y, rows × columns.</param>
    /// <param name="x">What <see cref="Forward"/> saw.</param>
    /// <param name="gain">One for each column.</param>
    /// <param name="mean">What <see cref="Forward"/> left.</param>
    /// <param name="inverseDeviation">What <see cref="Forward"/> left.</param>
    /// <param name="dx">Receives ∂L/∂x; may be <paramref name="dy"/>.</param>
    /// <param name="dGain">∂L/∂gain is added, row after row.</param>
    /// <param name="dBias">∂L/∂bias is added, row after row.</param>
    /// <exception cref="ArgumentException">There are no columns, or a span has the wrong length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Backward<T>(
        int columns, ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<T> gain, ReadOnlySpan<T> mean, ReadOnlySpan<T> inverseDeviation, Span<T> dx, Span<T> dGain, Span<T> dBias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = KernelArguments.RequireRows(nameof(x), x.Length, columns);
        KernelArguments.RequireSameLength(x.Length, dy.Length);
        KernelArguments.RequireSameLength(x.Length, dx.Length);
        KernelArguments.RequireLength(nameof(gain), gain.Length, columns);
        KernelArguments.RequireLength(nameof(dGain), dGain.Length, columns);
        KernelArguments.RequireLength(nameof(dBias), dBias.Length, columns);
        KernelArguments.RequireLength(nameof(mean), mean.Length, rows);
        KernelArguments.RequireLength(nameof(inverseDeviation), inverseDeviation.Length, rows);
        fixed (T* pdy = dy, px = x, pg = gain, pm = mean, pd = inverseDeviation, pdx = dx, pdg = dGain, pdb = dBias)
            LaneOperation.Run<T, BackwardRows<T>>(new(pdy, px, pg, pm, pd, pdx, pdg, pdb, rows, columns));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<T, TLanes, TVector>(T* x, T* gain, T* bias, T epsilon, T* y, T* mean, T* inverseDeviation, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        TVector sums = TLanes.Broadcast(T.Zero);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            sums = TLanes.Add(sums, TLanes.Load(x + j));
        if (j < n)
            sums = TLanes.Add(sums, TLanes.LoadFirst(x + j, n - j));
        T m = TLanes.Sum(sums) / T.CreateTruncating(n);

        TVector means = TLanes.Broadcast(m);
        sums = TLanes.Broadcast(T.Zero);
        for (j = 0; j <= n - TLanes.Count; j += TLanes.Count)
        {
            TVector d = TLanes.Subtract(TLanes.Load(x + j), means);
            sums = TLanes.MultiplyAdd(d, d, sums);
        }

        T variance = TLanes.Sum(sums);
        for (; j < n; j++)
            variance += (x[j] - m) * (x[j] - m);
        T inverse = T.One / T.Sqrt(variance / T.CreateTruncating(n) + epsilon);
        *mean = m;
        *inverseDeviation = inverse;

        TVector scale = TLanes.Broadcast(inverse);
        for (j = 0; j <= n - TLanes.Count; j += TLanes.Count)
        {
            TVector normal = TLanes.Multiply(scale, TLanes.Subtract(TLanes.Load(x + j), means));
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(gain + j), normal, TLanes.Load(bias + j)), y + j);
        }

        if (j < n)
        {
            TVector normal = TLanes.Multiply(scale, TLanes.Subtract(TLanes.LoadFirst(x + j, n - j), means));
            TLanes.StoreFirst(TLanes.MultiplyAdd(TLanes.LoadFirst(gain + j, n - j), normal, TLanes.LoadFirst(bias + j, n - j)), y + j, n - j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BackwardRow<T, TLanes, TVector>(T* dy, T* x, T* gain, T mean, T inverseDeviation, T* dx, T* dGain, T* dBias, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        TVector means = TLanes.Broadcast(mean), scale = TLanes.Broadcast(inverseDeviation);
        TVector sum = TLanes.Broadcast(T.Zero), product = sum;
        int j = 0;
        for (; j < n; j += TLanes.Count)
        {
            int count = Math.Min(TLanes.Count, n - j);
            TVector dyj = TLanes.LoadFirst(dy + j, count);
            TVector normal = TLanes.Multiply(scale, TLanes.Subtract(TLanes.LoadFirst(x + j, count), means));
            TVector g = TLanes.Multiply(TLanes.LoadFirst(gain + j, count), dyj);
            sum = TLanes.Add(sum, g);
            product = TLanes.MultiplyAdd(g, normal, product);
            TLanes.StoreFirst(TLanes.MultiplyAdd(dyj, normal, TLanes.LoadFirst(dGain + j, count)), dGain + j, count);
            TLanes.StoreFirst(TLanes.Add(dyj, TLanes.LoadFirst(dBias + j, count)), dBias + j, count);
        }

        T size = T.CreateTruncating(n);
        TVector meanG = TLanes.Broadcast(TLanes.Sum(sum) / size), meanProduct = TLanes.Broadcast(TLanes.Sum(product) / size);
        for (j = 0; j < n; j += TLanes.Count)
        {
            int count = Math.Min(TLanes.Count, n - j);
            TVector normal = TLanes.Multiply(scale, TLanes.Subtract(TLanes.LoadFirst(x + j, count), means));
            TVector g = TLanes.Multiply(TLanes.LoadFirst(gain + j, count), TLanes.LoadFirst(dy + j, count));
            TVector centred = TLanes.Subtract(TLanes.Subtract(g, meanG), TLanes.Multiply(normal, meanProduct));
            TLanes.StoreFirst(TLanes.Multiply(scale, centred), dx + j, count);
        }
    }

    private readonly struct ForwardRows<T>(T* x, T* gain, T* bias, T epsilon, T* y, T* mean, T* inverseDeviation, int rows, int columns) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            for (int i = 0; i < rows; i++)
                Row<T, TLanes, TVector>(x + ((nint)i * columns), gain, bias, epsilon, y + ((nint)i * columns), mean + i, inverseDeviation + i, columns);
        }
    }

    private readonly struct BackwardRows<T>(T* dy, T* x, T* gain, T* mean, T* inverseDeviation, T* dx, T* dGain, T* dBias, int rows, int columns) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            for (int i = 0; i < rows; i++)
                BackwardRow<T, TLanes, TVector>(dy + ((nint)i * columns), x + ((nint)i * columns), gain, mean[i], inverseDeviation[i], dx + ((nint)i * columns), dGain, dBias, columns);
        }
    }
}
