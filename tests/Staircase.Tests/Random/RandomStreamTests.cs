using System.Numerics;
using MathNet.Numerics;

namespace Staircase.Tests;

public class RandomStreamTests
{
    /// <summary>Standard errors that an average may be off: 1 in 16,000 by chance.</summary>
    private const double StandardErrors = 4;

    [Fact]
    public void Bits_are_those_of_xoshiro256_plus_plus_seeded_by_splitmix64()
    {
        foreach ((ulong seed, RandomPurpose purpose, long index) in
            ((ulong, RandomPurpose, long)[])[(0, RandomPurpose.Basis, 0), (42, RandomPurpose.Inputs, 7),
                (ulong.MaxValue, RandomPurpose.Weights, 1L << 40)])
        {
            ulong address = ((ulong)purpose << 56) + (ulong)index;
            var reference = new Xoshiro(SplitMix64(Finish(seed) ^ Finish(address), 4));
            var stream = new RandomStream(seed, purpose, index);
            for (int i = 0; i < 1000; i++)
                Assert.Equal(reference.Next(), stream.NextBits());
        }
    }

    /// <summary>The reference of the test above against published numbers, so that it is not our own reading of the papers.</summary>
    [Fact]
    public void Reference_generators_give_the_published_numbers()
    {
        // SplitMix64, seed 1234567: rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64.
        Assert.Equal(
            [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
            SplitMix64(1234567, 5));

        // xoshiro256++, state 1, 2, 3, 4: the authors' C program as quoted by the tests of Rust's rand_xoshiro.
        var reference = new Xoshiro([1, 2, 3, 4]);
        Assert.Equal(
            [41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205],
            Enumerable.Range(0, 5).Select(_ => reference.Next()));
    }

    [Fact]
    public void Uniform_numbers_are_uniform_and_never_zero_or_one()
    {
        var stream = new RandomStream(1, RandomPurpose.Probe);
        double[] numbers = [.. Enumerable.Range(0, 200_000).Select(_ => stream.NextUniform())];
        var zeroBits = default(RandomStream); // the state zero gives zero bits for ever

        Statistics.CheckDistribution("uniform numbers", numbers, x => x);
        Assert.Equal(0UL, zeroBits.NextBits());
        Assert.InRange(zeroBits.NextUniform(), double.Epsilon, 1e-15);
        Assert.InRange(numbers.Max(), 0.99, Math.BitDecrement(1.0));
    }

    [Fact]
    public void Normal_numbers_are_normal()
    {
        var stream = new RandomStream(2, RandomPurpose.Probe);
        var numbers = new double[1_000_000];
        stream.FillNormal(numbers);

        // Moments 1 … 8 of a normal number: 0, 1, 0, 3, 0, 15, 0, 105.
        double[] moments = [0, 1, 0, 3, 0, 15, 0, 105];
        for (int k = 1; k <= 8; k++)
            Statistics.CheckMean($"moment {k}", moments[k - 1], numbers.Select(x => Math.Pow(x, k)), StandardErrors);
        Statistics.CheckDistribution("normal numbers", numbers, Normal);
        Expect.Below("serial correlation × √n", StandardErrors, Math.Abs(Statistics.ScaledCorrelation(numbers[1..], numbers[..^1])));
    }

    /// <summary>The ziggurat treats |x| beyond its last edge, 3.654, and its wedges apart: each must hold the right share.</summary>
    [Fact]
    public void Tails_beyond_the_ziggurat_are_normal()
    {
        const double edge = 3.6541528853610088; // Marsaglia, Tsang 2000, 256 layers
        const int count = 16_000_000;
        var stream = new RandomStream(3, RandomPurpose.Probe);
        var tail = new List<double>();
        int negative = 0, centre = 0;
        for (int i = 0; i < count; i++)
        {
            double x = stream.NextNormal();
            if (Math.Abs(x) < 0.215) // inside the topmost layer, whose edge is 0.2152
                centre++;
            if (Math.Abs(x) <= edge)
                continue;
            tail.Add(Math.Abs(x));
            negative += x < 0 ? 1 : 0;
        }

        double share = 2 * Normal(-edge), middle = 1 - 2 * Normal(-0.215);
        Expect.WithinErrors("numbers beyond the edge", count * share, tail.Count, Math.Sqrt(count * share), StandardErrors);
        Expect.WithinErrors(
            "numbers in the topmost layer", count * middle, centre, Math.Sqrt(count * middle * (1 - middle)), StandardErrors);
        Expect.WithinErrors("negative numbers beyond the edge", tail.Count / 2.0, negative, Math.Sqrt(tail.Count) / 2, StandardErrors);
        Statistics.CheckDistribution("size beyond the edge", [.. tail], x => 1 - 2 * Normal(-x) / share);
        Assert.InRange(tail.Max(), 5, 6.5); // P(|x| > 5) × 16e6 = 9.2 numbers, P(|x| > 6.5) × 16e6 = 0.0013
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(31)]
    [InlineData(200)]
    public void Chi_squared_numbers_are_chi_squared(int degrees)
    {
        var stream = new RandomStream(4, RandomPurpose.Probe, degrees);
        double[] numbers = [.. Enumerable.Range(0, 100_000).Select(_ => stream.NextChiSquared(degrees))];

        Statistics.CheckMean($"mean of χ²({degrees})", degrees, numbers, StandardErrors);
        Statistics.CheckMean($"variance of χ²({degrees})", 2 * degrees, numbers.Select(x => (x - degrees) * (x - degrees)), StandardErrors);
        Statistics.CheckDistribution(
            $"χ²({degrees})", numbers[..20_000], x => SpecialFunctions.GammaLowerRegularized(degrees / 2.0, x / 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.NextChiSquared(0));
    }

    [Fact]
    public void Streams_of_neighbouring_addresses_are_independent()
    {
        const int count = 20_000;
        double[] origin = Draw(5, RandomPurpose.Inputs, 0);
        foreach ((ulong seed, RandomPurpose purpose, long index) in ((ulong, RandomPurpose, long)[])
            [(5, RandomPurpose.Inputs, 1), (5, RandomPurpose.Inputs, 2), (5, RandomPurpose.TaskVector, 0),
                (5, RandomPurpose.InWeightTask, 0),
             (5, RandomPurpose.Weights, 0), (6, RandomPurpose.Inputs, 0), (4, RandomPurpose.Inputs, 0), (0, RandomPurpose.Inputs, 5)])
        {
            double[] other = Draw(seed, purpose, index);
            Expect.Below(
                $"correlation with ({seed}, {purpose}, {index}) × √n", StandardErrors,
                Math.Abs(Statistics.ScaledCorrelation(origin, other)));
            Assert.Empty(origin.Intersect(other));
        }

        static double[] Draw(ulong seed, RandomPurpose purpose, long index)
        {
            var numbers = new double[count];
            new RandomStream(seed, purpose, index).FillNormal(numbers);
            return numbers;
        }
    }

    /// <summary>A sample takes the first few numbers of one stream a sequence: those numbers must be random across streams.</summary>
    [Fact]
    public void First_numbers_across_streams_are_random()
    {
        const int count = 100_000;
        double[] first = new double[count], second = new double[count], acrossSeeds = new double[count];
        for (int i = 0; i < count; i++)
        {
            var stream = new RandomStream(9, RandomPurpose.TaskVector, i);
            first[i] = stream.NextNormal();
            second[i] = stream.NextNormal();
            acrossSeeds[i] = new RandomStream((ulong)i, RandomPurpose.TaskVector, 9).NextUniform();
        }

        Statistics.CheckDistribution("first numbers", first, Normal);
        Statistics.CheckDistribution("second numbers", second, Normal);
        Statistics.CheckDistribution("first numbers across seeds", acrossSeeds, x => x);
        Expect.Below("correlation of first and second × √n", StandardErrors, Math.Abs(Statistics.ScaledCorrelation(first, second)));
        Expect.Below("correlation along the index × √n", StandardErrors, Math.Abs(Statistics.ScaledCorrelation(first[1..], first[..^1])));
        Expect.Below(
            "correlation along the seed × √n", StandardErrors, Math.Abs(Statistics.ScaledCorrelation(acrossSeeds[1..], acrossSeeds[..^1])));
        Statistics.CheckMean("squares along the index", 1, first[1..].Zip(first, (a, b) => a * a * b * b), StandardErrors);
    }

    private static double Normal(double x) => 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    private static ulong[] SplitMix64(ulong state, int count)
    {
        var numbers = new ulong[count];
        for (int i = 0; i < count; i++)
            numbers[i] = Finish(state += 0x9E3779B97F4A7C15);
        return numbers;
    }

    /// <summary>The finalizer of SplitMix64 (Steele, Lea, Flood 2014), variant 13 of Stafford.</summary>
    private static ulong Finish(ulong z)
    {
        z ^= z >> 30;
        z *= 0xBF58476D1CE4E5B9;
        z ^= z >> 27;
        z *= 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>xoshiro256++ 1.0 (Blackman, Vigna 2019), from its C source at prng.di.unimi.it.</summary>
    private sealed class Xoshiro(ulong[] s)
    {
        public ulong Next()
        {
            ulong result = BitOperations.RotateLeft(s[0] + s[3], 23) + s[0], t = s[1] << 17;
            s[2] ^= s[0];
            s[3] ^= s[1];
            s[1] ^= s[2];
            s[0] ^= s[3];
            s[2] ^= t;
            s[3] = BitOperations.RotateLeft(s[3], 45);
            return result;
        }
    }
}
