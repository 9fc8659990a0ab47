using System.Runtime.CompilerServices;
using Staircase.Kernels;

namespace Staircase.Benchmarks;

/// <summary>
/// What one core can do at most, in loops that do nothing else, with the vectors that the kernels use: multiply-adds in registers, and
/// reading memory.
/// </summary>
internal static unsafe class HardwareLimit
{
    /// <summary>Multiply-adds, two operations each, in twelve chains that do not wait for each other.</summary>
    /// <param name="rounds">How often each chain goes on by one.</param>
    /// <returns>Floating-point operations that were done.</returns>
    public static double MultiplyAdd<T>(int rounds)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        double operations;
        LaneOperation.Run<T, MultiplyAdds<T>>(new(rounds, &operations));
        return operations;
    }

    /// <summary>Adds up numbers in eight sums, in four streams at once: more than one keep more of the memory busy.</summary>
    public static double Sum(ReadOnlySpan<double> numbers)
    {
        double sum;
        fixed (double* from = numbers)
            LaneOperation.Run<double, Reading>(new(from, numbers.Length, &sum));
        return sum;
    }

    private readonly struct MultiplyAdds<T>(int rounds, double* operations) : ILaneOperation<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            TVector x = TLanes.Broadcast(T.CreateChecked(0.5)), y = TLanes.Broadcast(T.One);
            TVector a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
            for (int round = 0; round < rounds; round++)
            {
                a = TLanes.MultiplyAdd(a, x, y);
                b = TLanes.MultiplyAdd(b, x, y);
                c = TLanes.MultiplyAdd(c, x, y);
                d = TLanes.MultiplyAdd(d, x, y);
                e = TLanes.MultiplyAdd(e, x, y);
                f = TLanes.MultiplyAdd(f, x, y);
                g = TLanes.MultiplyAdd(g, x, y);
                h = TLanes.MultiplyAdd(h, x, y);
                i = TLanes.MultiplyAdd(i, x, y);
                j = TLanes.MultiplyAdd(j, x, y);
                k = TLanes.MultiplyAdd(k, x, y);
                l = TLanes.MultiplyAdd(l, x, y);
            }

            // Each chain tends to 2; to look at them keeps the compiler from leaving the loop out.
            TVector all = TLanes.Add(
                TLanes.Add(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(TLanes.Add(e, f), TLanes.Add(g, h))),
                TLanes.Add(TLanes.Add(i, j), TLanes.Add(k, l)));
            *operations = TLanes.Sum(all) > T.Zero ? 2.0 * 12 * TLanes.Count * rounds : double.NaN;
        }
    }

    private readonly struct Reading(double* from, int length, double* sum) : ILaneOperation<double>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void ILaneOperation<double>.Run<TLanes, TVector>()
        {
            TVector a = TLanes.Broadcast(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
            int width = TLanes.Count, stream = length / (8 * width) * 2 * width;
            double* second = from + stream, third = second + stream, fourth = third + stream;
            for (int i = 0; i < stream; i += 2 * width)
            {
                a = TLanes.Add(a, TLanes.Load(from + i));
                b = TLanes.Add(b, TLanes.Load(from + i + width));
                c = TLanes.Add(c, TLanes.Load(second + i));
                d = TLanes.Add(d, TLanes.Load(second + i + width));
                e = TLanes.Add(e, TLanes.Load(third + i));
                f = TLanes.Add(f, TLanes.Load(third + i + width));
                g = TLanes.Add(g, TLanes.Load(fourth + i));
                h = TLanes.Add(h, TLanes.Load(fourth + i + width));
            }

            for (int i = 4 * stream; i + width <= length; i += width)
                a = TLanes.Add(a, TLanes.Load(from + i));
            a = TLanes.Add(a, TLanes.LoadFirst(from + length - length % width, length % width));
            *sum = TLanes.Sum(TLanes.Add(
                TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(TLanes.Add(e, f), TLanes.Add(g, h))));
        }
    }
}
