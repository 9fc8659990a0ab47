using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>The softmax of rows and its logarithm. The largest entry is subtracted first, so that no exponential overflows.</summary>
/// <remarks>Matrices are contiguous, row after row. An entry of −∞ gets the probability 0; a row of nothing else, or one with NaN, becomes NaN.</remarks>
public static unsafe class Softmax
{
    /// <summary>y_ij = exp(x_ij) / Σ_k exp(x_ik). The destination may be <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentException">There are no columns, or a span is not whole rows of the right number.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Forward<T>(int columns, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = KernelArguments.RequireRows(nameof(x), x.Length, columns);
        KernelArguments.RequireSameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
            LaneOperation.Run<T, ForwardRows<T>>(new(px, py, rows, columns));
    }

    /// <summary>y_ij = x_ij − ln Σ_k exp(x_ik). The destination may be <paramref name="x"/>.</summary>
    /// <exception cref="ArgumentException">There are no columns, or a span is not whole rows of the right number.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void LogForward<T>(int columns, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = KernelArguments.RequireRows(nameof(x), x.Length, columns);
        KernelArguments.RequireSameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
            LaneOperation.Run<T, LogForwardRows<T>>(new(px, py, rows, columns));
    }

    /// <summary>dx_ij = y_ij (dy_ij − Σ_k y_ik dy_ik), y the result of <see cref="Forward"/>. The destination may be <paramref name="dy"/>.</summary>
    /// <exception cref="ArgumentException">There are no columns, or a span is not whole rows of the right number.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Backward<T>(int columns, ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = KernelArguments.RequireRows(nameof(y), y.Length, columns);
        KernelArguments.RequireSameLength(y.Length, dy.Length);
        KernelArguments.RequireSameLength(y.Length, dx.Length);
        fixed (T* py = y, pdy = dy, pdx = dx)
            LaneOperation.Run<T, BackwardRows<T>>(new(py, pdy, pdx, rows, columns));
    }

    /// <summary>dx_ij = dy_ij − exp(y_ij) Σ_k dy_ik, y the result of <see cref="LogForward"/>. The destination may be <paramref name="dy"/>.</summary>
    /// <exception cref="ArgumentException">There are no columns, or a span is not whole rows of the right number.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void LogBackward<T>(int columns, ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = KernelArguments.RequireRows(nameof(y), y.Length, columns);
        KernelArguments.RequireSameLength(y.Length, dy.Length);
        KernelArguments.RequireSameLength(y.Length, dx.Length);
        fixed (T* py = y, pdy = dy, pdx = dx)
            LaneOperation.Run<T, LogBackwardRows<T>>(new(py, pdy, pdx, rows, columns));
    }

    /// <summary>The softmax of one row.</summary>
    /// <param name="x">The row.</param>
    /// <param name="e">Receives the exponentials; may be <paramref name="x"/> or <paramref name="y"/>.</param>
    /// <param name="y">Receives the softmax.</param>
    /// <param name="n">How many numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Row<T, TLanes, TVector>(T* x, T* e, T* y, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        T sum = Exponentials<T, TLanes, TVector>(x, e, n, Largest<T, TLanes, TVector>(x, n));
        TVector inverse = TLanes.Broadcast(T.One / sum);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            TLanes.Store(TLanes.Multiply(inverse, TLanes.Load(e + j)), y + j);
        if (j < n)
            TLanes.StoreFirst(TLanes.Multiply(inverse, TLanes.LoadFirst(e + j, n - j)), y + j, n - j);
    }

    /// <summary>dx = y ∘ (dy − ⟨y, dy⟩) · scale for one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void BackwardRow<T, TLanes, TVector>(T* y, T* dy, T* dx, int n, T scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
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
        if (j < n)
        {
            TVector last = TLanes.Multiply(TLanes.Multiply(factor, TLanes.LoadFirst(y + j, n - j)), TLanes.Subtract(TLanes.LoadFirst(dy + j, n - j), mean));
            TLanes.StoreFirst(last, dx + j, n - j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Largest<T, TLanes, TVector>(T* x, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        T largest = T.NegativeInfinity;
        if (n >= TLanes.Count)
        {
            TVector maximum = TLanes.Load(x + n - TLanes.Count); // overlaps the one before it, which no maximum minds
            for (int j = 0; j < n - TLanes.Count; j += TLanes.Count)
                maximum = TLanes.Max(maximum, TLanes.Load(x + j));
            return TLanes.Largest(maximum);
        }

        for (int j = 0; j < n; j++)
            largest = x[j] > largest ? x[j] : largest; // T.Max minds NaN, which the sum of the exponentials does too, and takes ten times as long
        return largest;
    }

    /// <summary>y = exp(x − shift) of one row, or nothing is stored where y is null; returns the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Exponentials<T, TLanes, TVector>(T* x, T* y, int n, T shift)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        TVector sums = TLanes.Broadcast(T.Zero), shifts = TLanes.Broadcast(shift);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
        {
            TVector e = LaneMath.Exp<T, TLanes, TVector>(TLanes.Subtract(TLanes.Load(x + j), shifts));
            if (y != null)
                TLanes.Store(e, y + j);
            sums = TLanes.Add(sums, e);
        }

        if (j < n)
        {
            TVector e = TLanes.KeepFirst(LaneMath.Exp<T, TLanes, TVector>(TLanes.Subtract(TLanes.LoadFirst(x + j, n - j), shifts)), n - j);
            if (y != null)
                TLanes.StoreFirst(e, y + j, n - j);
            sums = TLanes.Add(sums, e);
        }

        return TLanes.Sum(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LogRow<T, TLanes, TVector>(T* x, T* y, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        T largest = Largest<T, TLanes, TVector>(x, n);
        TVector shift = TLanes.Broadcast(largest + T.Log(Exponentials<T, TLanes, TVector>(x, null, n, largest)));
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            TLanes.Store(TLanes.Subtract(TLanes.Load(x + j), shift), y + j);
        if (j < n)
            TLanes.StoreFirst(TLanes.Subtract(TLanes.LoadFirst(x + j, n - j), shift), y + j, n - j);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LogBackwardRow<T, TLanes, TVector>(T* y, T* dy, T* dx, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        TVector sums = TLanes.Broadcast(T.Zero);
        int j = 0;
        for (; j <= n - TLanes.Count; j += TLanes.Count)
            sums = TLanes.Add(TLanes.Load(dy + j), sums);
        if (j < n)
            sums = TLanes.Add(TLanes.LoadFirst(dy + j, n - j), sums);
        TVector minus = TLanes.Broadcast(-TLanes.Sum(sums));
        for (j = 0; j <= n - TLanes.Count; j += TLanes.Count)
            TLanes.Store(TLanes.MultiplyAdd(minus, LaneMath.Exp<T, TLanes, TVector>(TLanes.Load(y + j)), TLanes.Load(dy + j)), dx + j);
        if (j < n)
            TLanes.StoreFirst(TLanes.MultiplyAdd(minus, LaneMath.Exp<T, TLanes, TVector>(TLanes.LoadFirst(y + j, n - j)), TLanes.LoadFirst(dy + j, n - j)), dx + j, n - j);
    }

    private readonly struct ForwardRows<T>(T* x, T* y, int rows, int columns) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            for (int i = 0; i < rows; i++)
            {
                T* to = y + ((nint)i * columns);
                Row<T, TLanes, TVector>(x + ((nint)i * columns), to, to, columns);
            }
        }
    }

    private readonly struct LogForwardRows<T>(T* x, T* y, int rows, int columns) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            for (int i = 0; i < rows; i++)
                LogRow<T, TLanes, TVector>(x + ((nint)i * columns), y + ((nint)i * columns), columns);
        }
    }

    private readonly struct BackwardRows<T>(T* y, T* dy, T* dx, int rows, int columns) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            for (int i = 0; i < rows; i++)
                BackwardRow<T, TLanes, TVector>(y + ((nint)i * columns), dy + ((nint)i * columns), dx + ((nint)i * columns), columns, T.One);
        }
    }

    private readonly struct LogBackwardRows<T>(T* y, T* dy, T* dx, int rows, int columns) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector>()
            where TLanes : struct, ILanes<T, TVector>
            where TVector : struct
        {
            for (int i = 0; i < rows; i++)
                LogBackwardRow<T, TLanes, TVector>(y + ((nint)i * columns), dy + ((nint)i * columns), dx + ((nint)i * columns), columns);
        }
    }
}
