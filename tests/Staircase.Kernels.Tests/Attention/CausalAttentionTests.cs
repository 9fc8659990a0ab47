using System.Numerics;

namespace Staircase.Kernels.Tests;

public class CausalAttentionTests
{
    /// <summary>Two products and a softmax over up to some hundred tokens.</summary>
    private const double Roundings = 200;

    /// <summary>Around the block of 16 rows and the width of vectors, and tables of more offsets than tokens.</summary>
    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1, 0 }, { 2, 2, 5, 3, 0 }, { 2, 3, 5, 4, 5 }, { 1, 2, 7, 2, 12 },
        { 3, 1, 16, 2, 16 }, { 1, 1, 17, 9, 17 }, { 1, 1, 18, 17, 20 },
        { 1, 1, 33, 2, 0 }, { 1, 1, 49, 1, 50 }, { 1, 1, 97, 1, 0 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Outputs_and_gradients_are_the_naive_ones(int sequences, int heads, int tokens, int width, int offsets)
    {
        Check<float>(sequences, heads, tokens, width, offsets);
        Check<double>(sequences, heads, tokens, width, offsets);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        int work = CausalAttention.WorkspaceLength(3, 2);
        Assert.Equal("The vector relative must have 6 elements, but it has 4.", Refusal(18, 4));
        Assert.Equal("The vector qkv must have 18 elements, but it has 17.", Refusal(17, 0));

        string Refusal(int qkv, int relative) => Assert.Throws<ArgumentException>(() => CausalAttention.Forward<float>(
            1, 1, 3, 2, 1, new float[qkv], new float[relative], new float[48], new float[work], new float[6])).Message;
    }

    private static void Check<T>(int sequences, int heads, int tokens, int width, int offsets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(tokens + offsets);
        T[] Normal(int length) => [.. Enumerable.Range(0, length).Select(_ => T.CreateTruncating((4 * random.NextDouble()) - 2))];
        int numbers = sequences * tokens * heads * width, workLength = CausalAttention.WorkspaceLength(tokens, width);
        int rowLength = CausalAttention.RowLength(tokens), square = sequences * heads * tokens * rowLength;
        T[] qkv = Normal(3 * numbers), r = Normal(heads * offsets * width), dO = Normal(numbers), dr = new T[r.Length];
        PoisonedMatrix<T> p = new(random, 1, square, square), work = new(random, 1, workLength, workLength);
        PoisonedMatrix<T> o = new(random, 1, numbers, numbers), dqkv = new(random, 1, 3 * numbers, 3 * numbers);
        T scale = T.CreateTruncating(0.7);
        CausalAttention.Forward<T>(sequences, heads, tokens, width, scale, qkv, r, p.Span, work.Span, o.Span);
        CausalAttention.Backward<T>(sequences, heads, tokens, width, scale, qkv, r, p.Span, dO, work.Span, dqkv.Span, dr);
        foreach (PoisonedMatrix<T> written in (PoisonedMatrix<T>[])[p, work, o, dqkv])
            written.AssertUnchangedExcept("what attention writes", (_, _) => true);

        double factor = double.CreateTruncating(scale);
        double[] Naive(double[] x, double[] relative)
        {
            var output = new double[numbers];
            for (int s = 0; s < sequences; s++)
            {
                for (int h = 0; h < heads; h++)
                {
                    double At(int token, int which, int c) => x[((((((s * tokens) + token) * 3) + which) * heads) + h) * width + c];
                    double Relative(int offset, int c) => offsets == 0 ? 0 : relative[(((h * offsets) + offsets - 1 - offset) * width) + c];
                    for (int i = 0; i < tokens; i++)
                    {
                        double Score(int j) => Enumerable.Range(0, width).Sum(c => At(i, 0, c) * (At(j, 1, c) + Relative(i - j, c)));
                        double[] e = [.. Enumerable.Range(0, i + 1).Select(j => Math.Exp(factor * Score(j)))];
                        int at = ((((s * tokens) + i) * heads) + h) * width;
                        for (int c = 0; c < width; c++)
                            output[at + c] = Enumerable.Range(0, i + 1).Sum(j => e[j] * At(j, 2, c)) / e.Sum();
                    }
                }
            }

            return output;
        }

        double[] inputs = Gradients.Doubles<T>(qkv), table = Gradients.Doubles<T>(r), weights = Gradients.Doubles<T>(dO);
        double[] expected = Naive(inputs, table);
        double tolerance = Roundings * NumericAssert.UnitRounding<T>();
        for (int i = 0; i < expected.Length; i++)
            NumericAssert.Near($"output {i}, {typeof(T).Name}", expected[i], o.Span[i], tolerance, 2);
        double Loss(double[] x, double[] relative) => Naive(x, relative).Zip(weights, (a, b) => a * b).Sum();
        string shape = $"{sequences} sequences, {heads} heads, {tokens} tokens, width {width}, {offsets} offsets";
        Gradients.Agree<T>("dQKV, " + shape, at => Loss(at, table), inputs, dqkv.Span.ToArray());
        Gradients.Agree<T>("dR, " + shape, at => Loss(inputs, at), table, dr);
        for (int row = 0; row < square / rowLength; row++)
        {
            T[] attention = p.Span.Slice(row * rowLength, (row % tokens) + 1).ToArray();
            Assert.All(attention, weight => Assert.InRange(double.CreateTruncating(weight), 0, 1));
            NumericAssert.Near($"sum of row {row}", 1, T.CreateTruncating(attention.Sum(double.CreateTruncating)), tolerance, 1);
        }
    }
}
