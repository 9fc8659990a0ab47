using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>
/// A stream of random numbers addressed by (seed, purpose, index), so that every sequence of a sample
/// has its own numbers and the sample is the same whatever the order or number of cores that draw it.
/// </summary>
/// <remarks>
/// Generator: xoshiro256++ (Blackman, Vigna 2019) seeded through SplitMix64. Normals: the ziggurat of
/// Marsaglia and Tsang (2000) with 256 layers. Math.NET's generators were not taken because creating one
/// a sequence costs more than drawing its numbers.
/// </remarks>
public struct RandomStream
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>Opens the stream of the given address.</summary>
    public RandomStream(ulong seed, RandomPurpose purpose, long index = 0)
    {
        ulong state = Mix(seed) ^ Mix(((ulong)purpose << 56) + (ulong)index);
        _s0 = Next(ref state);
        _s1 = Next(ref state);
        _s2 = Next(ref state);
        _s3 = Next(ref state);

        static ulong Next(ref ulong state)
        {
            state += 0x9E3779B97F4A7C15;
            return Mix(state);
        }
    }

    /// <summary>The next 64 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_s0 + _s3, 23) + _s0;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A uniform number in the open interval (0, 1).</summary>
    public double NextUniform() => ((NextBits() >> 12) + 0.5) * (1.0 / (1UL << 52));

    /// <summary>A standard normal number.</summary>
    public double NextNormal()
    {
        Span<double> one = stackalloc double[1];
        FillNormal(one);
        return one[0];
    }

    /// <summary>Fills a span with standard normal numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FillNormal(Span<double> destination)
    {
        double[] edge = Ziggurat.Edge;
        RandomStream local = this; // in registers while the loop runs
        for (int i = 0; i < destination.Length; i++)
        {
            while (true)
            {
                ulong bits = local.NextBits();
                int layer = (int)(bits & 0xFF);
                double x = (bits >> 11) * (1.0 / (1UL << 53)) * edge[layer];
                if (x >= edge[layer + 1])
                {
                    RandomStream rare = local; // a copy: a stream whose address is taken would leave the registers
                    double candidate = x;
                    bool accepted = rare.AcceptsAtEdge(layer, ref candidate);
                    local = rare;
                    if (!accepted)
                        continue;
                    x = candidate;
                }

                destination[i] = (bits & 0x100) == 0 ? x : -x;
                break;
            }
        }

        this = local;
    }

    /// <summary>A chi-squared number; the cost does not grow with the degrees of freedom.</summary>
    /// <remarks>Twice a Gamma(degrees/2) number by Marsaglia and Tsang (2000); <paramref name="degrees"/> ≥ 1.</remarks>
    public double NextChiSquared(int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        if (degrees == 1)
        {
            double z = NextNormal();
            return z * z;
        }

        double d = degrees / 2.0 - 1.0 / 3.0, c = 1 / Sqrt(9 * d);
        while (true)
        {
            double x = NextNormal();
            double v = 1 + c * x;
            if (v <= 0)
                continue;
            v = v * v * v;
            if (Log(NextUniform()) < 0.5 * x * x + d - d * v + d * Log(v))
                return 2 * d * v;
        }
    }

    /// <summary>The one draw in a hundred that is not inside its layer's rectangle: the tail, or the wedge under the density.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool AcceptsAtEdge(int layer, ref double x)
    {
        if (layer == 0)
        {
            x = NextTail();
            return true;
        }

        double low = Ziggurat.Density[layer], high = Ziggurat.Density[layer + 1];
        return low + NextUniform() * (high - low) < Exp(-0.5 * x * x);
    }

    private double NextTail()
    {
        while (true)
        {
            double x = -Log(NextUniform()) / Ziggurat.Base;
            double y = -Log(NextUniform());
            if (2 * y > x * x)
                return Ziggurat.Base + x;
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>256 horizontal layers of equal area under exp(−x²/2), the first one holding the tail.</summary>
    private static class Ziggurat
    {
        public const double Base = 3.6541528853610088;
        private const double Area = 0.00492867323399;

        public static readonly double[] Edge = MakeEdges();
        public static readonly double[] Density = Array.ConvertAll(Edge, x => Exp(-0.5 * x * x));

        private static double[] MakeEdges()
        {
            var edge = new double[257];
            edge[0] = Area / Exp(-0.5 * Base * Base);
            edge[1] = Base;
            for (int i = 1; i < 255; i++)
                edge[i + 1] = Sqrt(-2 * Log(Area / edge[i] + Exp(-0.5 * edge[i] * edge[i])));
            edge[256] = 0;
            return edge;
        }
    }
}
