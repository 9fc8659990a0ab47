using System.Runtime.InteropServices;

namespace Staircase.Kernels;

/// <summary>Sums of scaled vectors in one pass, the inner operation of stabilized Runge–Kutta methods.</summary>
public static unsafe class LinearCombination
{
    /// <summary>destination = a·x + b·y + c·z + d·u + e·v.</summary>
    /// <remarks>
    /// All spans have one length. The destination may be one of the sources. The result does not depend on the hardware's vector width.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(AggressiveOptimization)]
    public static void Of(
        double a, ReadOnlySpan<double> x,
        double b, ReadOnlySpan<double> y,
        double c, ReadOnlySpan<double> z,
        double d, ReadOnlySpan<double> u,
        double e, ReadOnlySpan<double> v,
        Span<double> destination)
    {
        int length = destination.Length;
        if (x.Length != length || y.Length != length || z.Length != length || u.Length != length || v.Length != length)
        {
            throw new ArgumentException(
                $"All vectors must have the length of the destination, {length}; " +
                $"found {x.Length}, {y.Length}, {z.Length}, {u.Length} and {v.Length}.");
        }

        if (Interpreted.IsHere)
        {
            fixed (double* px = x, py = y, pz = z, pu = u, pv = v, destined = destination)
                Interpreted.Combination(a, px, b, py, c, pz, d, pu, e, pv, destined, length);
            return;
        }

        int i = 0, width = Vector<double>.Count;
        ref double X = ref MemoryMarshal.GetReference(x), Y = ref MemoryMarshal.GetReference(y), Z = ref MemoryMarshal.GetReference(z);
        ref double U = ref MemoryMarshal.GetReference(u), V = ref MemoryMarshal.GetReference(v);
        ref double W = ref MemoryMarshal.GetReference(destination);
        for (; i <= length - width; i += width)
        {
            nuint n = (nuint)i;
            Vector<double> sum = Vector.LoadUnsafe(ref X, n) * a + Vector.LoadUnsafe(ref Y, n) * b + Vector.LoadUnsafe(ref Z, n) * c
                + Vector.LoadUnsafe(ref U, n) * d + Vector.LoadUnsafe(ref V, n) * e;
            sum.StoreUnsafe(ref W, n);
        }

        for (; i < length; i++)
            destination[i] = x[i] * a + y[i] * b + z[i] * c + u[i] * d + v[i] * e;
    }

    /// <summary>destination = start + Σ_j factors[j] · (row j of the vectors), the bits of as many calls of
    /// <see cref="VectorKernels.AddScaled"/>.</summary>
    /// <param name="start">May be the destination.</param>
    /// <param name="factors">Rows with a factor 0 are not read.</param>
    /// <param name="vectors">Rows as long as the destination, one after another, as many as there are factors or more.</param>
    /// <param name="destination">Receives the sum; it must not share memory with the vectors.</param>
    /// <exception cref="ArgumentException">The lengths differ, or there are fewer rows than factors.</exception>
    [MethodImpl(AggressiveOptimization)]
    public static void Add(
        ReadOnlySpan<double> start, ReadOnlySpan<double> factors, ReadOnlySpan<double> vectors, Span<double> destination)
    {
        int length = destination.Length;
        RequireSameLength(start.Length, length);
        RequireMatrix(vectors.Length, factors.Length, length, length);
        if (Interpreted.IsHere)
        {
            start.CopyTo(destination);
            for (int j = 0; j < factors.Length; j++)
            {
                if (factors[j] != 0)
                    VectorKernels.AddScaled(factors[j], vectors.Slice(j * length, length), destination);
            }

            return;
        }

        fixed (double* from = start, scale = factors, rows = vectors, to = destination)
            LaneOperation.Run<double, Addition>(new(from, scale, factors.Length, rows, to, length));
    }

    private readonly struct Addition(double* start, double* factors, int count, double* vectors, double* destination, int length)
        : ILaneOperation<double>
    {
        [MethodImpl(AggressiveInlining)]
        void ILaneOperation<double>.Run<TLanes, TVector>()
        {
            for (int i = 0; i < length; i += TLanes.Count)
            {
                int width = Min(TLanes.Count, length - i);
                TVector sum = TLanes.LoadFirst(start + i, width);
                double* vector = vectors + i;
                for (int j = 0; j < count; j++, vector += length)
                {
                    if (factors[j] != 0)
                        sum = TLanes.MultiplyAdd(TLanes.Broadcast(factors[j]), TLanes.LoadFirst(vector, width), sum);
                }

                TLanes.StoreFirst(sum, destination + i, width);
            }
        }
    }
}
