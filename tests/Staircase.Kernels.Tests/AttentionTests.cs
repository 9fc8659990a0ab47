using System.Numerics;

namespace Staircase.Kernels.Tests;

public class AttentionTests
{
    /// <summary>Two products and a softmax over up to some hundred tokens.</summary>
    private const double Roundings = 200;

    public static TheoryData<int, int, int, bool> Shapes => new()
    {
        { 1, 1, 1, false }, { 2, 3, 2, true }, { 3, 5, 4, false }, { 2, 17, 8, true }, { 1, 16, 3, true }, { 2, 18, 5, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Outputs_and_gradients_are_the_naive_ones(int heads, int tokens, int width, bool causal)
    {
        Check<float>(heads, tokens, width, causal);
        Check<double>(heads, tokens, width, causal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        using var team = new ThreadTeam(threads);
        foreach (bool causal in (bool[])[false, true])
        {
            float[][] alone = Run<float>(6, 70, 16, causal, null), shared = Run<float>(6, 70, 16, causal, team);
            for (int i = 0; i < alone.Length; i++)
                Assert.Equal(alone[i], shared[i]);
        }
    }

    [Fact]
    public void Causal_attention_does_not_look_ahead()
    {
        const int n = 40, width = 4;
        float[] q = new float[n * width], k = new float[n * width], v = new float[n * width], p = new float[n * n], o = new float[n * width];
        for (int t = 20; t < n; t++)
            v.AsSpan(t * width, width).Fill(1e30f);
        Attention.Forward<float>(1, n, width, true, 1, q, k, v, p, o);
        Assert.All(o[..(20 * width)], x => Assert.Equal(0, x));
        Assert.Equal(n * (n - 1) / 2, p.Count(x => x == 0));
    }

    [Fact]
    public void What_does_not_fit_is_refused() => Assert.Equal(
        "The vector probabilities must have 9 elements, but it has 8.",
        Assert.Throws<ArgumentException>(() => Attention.Forward<float>(1, 3, 2, true, 1, new float[6], new float[6], new float[6], new float[8], new float[6])).Message);

    private static T[][] Run<T>(int heads, int tokens, int width, bool causal, ThreadTeam? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int length = heads * tokens * width, square = heads * tokens * tokens;
        var random = new Random(length);
        T[] Normal() => [.. Enumerable.Range(0, length).Select(_ => T.CreateTruncating((4 * random.NextDouble()) - 2))];
        T[] q = Normal(), k = Normal(), v = Normal(), dO = Normal();
        PoisonedMatrix<T> p = new(random, 1, square, square), work = new(random, 1, square, square);
        PoisonedMatrix<T> o = new(random, 1, length, length), dq = new(random, 1, length, length), dk = new(random, 1, length, length), dv = new(random, 1, length, length);
        T scale = T.CreateTruncating(0.7);
        Attention.Forward<T>(heads, tokens, width, causal, scale, q, k, v, p.Span, o.Span, team);
        Attention.Backward<T>(heads, tokens, width, causal, scale, q, k, v, p.Span, dO, work.Span, dq.Span, dk.Span, dv.Span, team);
        foreach (PoisonedMatrix<T> written in (PoisonedMatrix<T>[])[p, work, o, dq, dk, dv])
            written.AssertUnchangedExcept("what attention writes", (_, _) => true);
        return [q, k, v, dO, o.Span.ToArray(), dq.Span.ToArray(), dk.Span.ToArray(), dv.Span.ToArray()];
    }

    private static void Check<T>(int heads, int tokens, int width, bool causal)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[][] result = Run<T>(heads, tokens, width, causal, null);
        double[] q = Gradients.Doubles<T>(result[0]), k = Gradients.Doubles<T>(result[1]), v = Gradients.Doubles<T>(result[2]), dO = Gradients.Doubles<T>(result[3]);
        double scale = double.CreateTruncating(T.CreateTruncating(0.7));
        double[] Naive(double[] q, double[] k, double[] v)
        {
            var o = new double[q.Length];
            for (int h = 0; h < heads; h++)
            {
                for (int i = 0; i < tokens; i++)
                {
                    int at = h * tokens, seen = causal ? i + 1 : tokens;
                    double[] e = [.. Enumerable.Range(0, seen).Select(t => Math.Exp(scale * Enumerable.Range(0, width).Sum(c => q[((at + i) * width) + c] * k[((at + t) * width) + c])))];
                    for (int c = 0; c < width; c++)
                        o[((at + i) * width) + c] = Enumerable.Range(0, seen).Sum(t => e[t] * v[((at + t) * width) + c]) / e.Sum();
                }
            }

            return o;
        }

        double Loss(double[] q, double[] k, double[] v) => Naive(q, k, v).Zip(dO, (a, b) => a * b).Sum();
        double[] expected = Naive(q, k, v);
        for (int i = 0; i < expected.Length; i++)
            NumericAssert.Near($"output {i}, {typeof(T).Name}", expected[i], result[4][i], Roundings * NumericAssert.UnitRounding<T>(), 2);
        string shape = $"{heads} heads, {tokens} tokens, width {width}, causal {causal}";
        Gradients.Agree<T>("dQ, " + shape, at => Loss(at, k, v), q, result[5]);
        Gradients.Agree<T>("dK, " + shape, at => Loss(q, at, v), k, result[6]);
        Gradients.Agree<T>("dV, " + shape, at => Loss(q, k, at), v, result[7]);
    }
}
