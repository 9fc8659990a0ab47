namespace Staircase.Kernels;

/// <summary>The softmax of one row, for the kernels that need it on the way.</summary>
internal static unsafe class SoftmaxRow<T, TLanes, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLanes : struct, ILanes<T, TVector>
    where TVector : struct
{
    /// <summary>The softmax of one row.</summary>
    /// <param name="x">The row.</param>
    /// <param name="e">Receives the exponentials; may be <paramref name="x"/> or <paramref name="y"/>.</param>
    /// <param name="y">Receives the softmax.</param>
    /// <param name="n">How many numbers.</param>
    [MethodImpl(AggressiveInlining)]
    public static void Forward(T* x, T* e, T* y, int n)
    {
        T sum = Exponentials(x, e, n, Largest(x, n));
        TVector inverse = TLanes.Broadcast(T.One / sum);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            TLanes.Store(TLanes.Multiply(inverse, TLanes.Load(e + j)), y + j);
        if (j < n)
            TLanes.StoreFirst(TLanes.Multiply(inverse, TLanes.LoadFirst(e + j, n - j)), y + j, n - j);
    }

    /// <summary>dx = y ∘ (dy − ⟨y, dy⟩) · scale for one row.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Backward(T* y, T* dy, T* dx, int n, T scale)
    {
        TVector sums = TLanes.Broadcast(T.Zero), factor = TLanes.Broadcast(scale);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            sums = TLanes.MultiplyAdd(TLanes.Load(y + j), TLanes.Load(dy + j), sums);
        if (j < n)
            sums = TLanes.MultiplyAdd(TLanes.LoadFirst(y + j, n - j), TLanes.LoadFirst(dy + j, n - j), sums);
        TVector mean = TLanes.Broadcast(TLanes.Sum(sums));
        for (j = 0; j <= n - TLanes.Count; j += TLanes.Count)
            TLanes.Store(TLanes.Multiply(TLanes.Multiply(factor, TLanes.Load(y + j)), TLanes.Subtract(TLanes.Load(dy + j), mean)), dx + j);
        n -= j;
        if (n > 0)
        {
            TVector last = TLanes.Subtract(TLanes.LoadFirst(dy + j, n), mean);
            TLanes.StoreFirst(TLanes.Multiply(TLanes.Multiply(factor, TLanes.LoadFirst(y + j, n)), last), dx + j, n);
        }
    }

    [MethodImpl(AggressiveInlining)]
    public static T Largest(T* x, int n)
    {
        T largest = T.NegativeInfinity;
        if (n >= TLanes.Count)
        {
            TVector maximum = TLanes.Load(x + n - TLanes.Count); // overlaps the one before it, which no maximum minds
            for (int j = 0; j < n - TLanes.Count; j += TLanes.Count)
                maximum = TLanes.Max(maximum, TLanes.Load(x + j));
            return TLanes.Largest(maximum);
        }

        // T.Max minds NaN, which the sum of the exponentials does too, and takes ten times as long.
        for (int j = 0; j < n; j++)
            largest = x[j] > largest ? x[j] : largest;
        return largest;
    }

    /// <summary>y = exp(x − shift) of one row, or nothing is stored where y is null; returns the sum.</summary>
    [MethodImpl(AggressiveInlining)]
    public static T Exponentials(T* x, T* y, int n, T shift)
    {
        TVector sums = TLanes.Broadcast(T.Zero), shifts = TLanes.Broadcast(shift);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
        {
            TVector e = LaneMath<T, TLanes, TVector>.Exp(TLanes.Subtract(TLanes.Load(x + j), shifts));
            if (y != null)
                TLanes.Store(e, y + j);
            sums = TLanes.Add(sums, e);
        }

        if (j < n)
        {
            TVector e = TLanes.KeepFirst(LaneMath<T, TLanes, TVector>.Exp(TLanes.Subtract(TLanes.LoadFirst(x + j, n - j), shifts)), n - j);
            if (y != null)
                TLanes.StoreFirst(e, y + j, n - j);
            sums = TLanes.Add(sums, e);
        }

        return TLanes.Sum(sums);
    }
}
