namespace Staircase.Kernels.Tests;

public class PairProductsTests
{
    private static IEnumerable<(int Heads, int Rank, int D)> Sizes
    {
        get
        {
            for (int D = 1; D <= 16; D++)
            {
                yield return (1, 1, D);
                yield return (D + 1, 1, D);
                yield return (3, (D + 1) / 2, D);
            }

            yield return (256, 1, 5);
        }
    }

    [Fact]
    public void The_sum_is_the_naive_one_and_has_the_bits_of_the_product_of_matrices()
    {
        foreach ((int heads, int rank, int D) in Sizes)
        {
            (double[] v, PoisonedMatrix K, PoisonedMatrix Q) = Pairs(heads, rank, D);
            var M = new PoisonedMatrix(new Random(-D), D, D, D);
            var product = new double[D * D];
            double[] scaled = K.Span.ToArray();
            for (int i = 0; i < scaled.Length; i++)
                scaled[i] *= v[i / D / rank];

            PairProducts.Sum(v, K.Span, Q.Span, D, rank, M.Span);

            string what = $"Sum of {heads} heads of {rank} pairs of {D}";
            MatrixProduct.Of(1, scaled.AsMatrix(heads * rank, D).Transposed, Q.Span.AsMatrix(heads * rank, D), product);
            NumericAssert.SameBits<double>(what, product, M.Span);
            for (int i = 0; i < D; i++)
            {
                for (int j = 0; j < D; j++)
                {
                    double sum = 0, magnitude = 0;
                    for (int p = 0; p < heads * rank; p++)
                    {
                        double term = v[p / rank] * K[p, i] * Q[p, j];
                        sum += term;
                        magnitude += Math.Abs(term);
                    }

                    NumericAssert.SumsAgree($"{what}, entry {i}, {j}", sum, M[i, j], heads * rank, magnitude);
                }
            }

            K.AssertUnchanged($"K of {what}");
            Q.AssertUnchanged($"Q of {what}");
            M.AssertUnchangedExcept($"M of {what}", (_, _) => true);
        }
    }

    [Fact]
    public void The_gradient_is_the_naive_one()
    {
        foreach ((int heads, int rank, int D) in Sizes)
        {
            (double[] v, PoisonedMatrix K, PoisonedMatrix Q) = Pairs(heads, rank, D);
            var random = new Random(D);
            var dM = new PoisonedMatrix(random, D, D, D);
            PoisonedMatrix dK = new(random, heads * rank, D, D), dQ = new(random, heads * rank, D, D), dv = new(random, 1, heads, heads);

            PairProducts.PullBack(v, K.Span, Q.Span, D, rank, dM.Span, dv.Span, dK.Span, dQ.Span);

            string what = $"PullBack of {heads} heads of {rank} pairs of {D}";
            double[] values = new double[heads], valueMagnitudes = new double[heads];
            for (int p = 0; p < heads * rank; p++)
            {
                double factor = v[p / rank];
                for (int i = 0; i < D; i++)
                {
                    double key = 0, query = 0, keyMagnitude = 0, queryMagnitude = 0;
                    for (int j = 0; j < D; j++)
                    {
                        double slope = dM[i, j] * Q[p, j], turned = dM[j, i] * K[p, j];
                        key += slope;
                        query += turned;
                        keyMagnitude += Math.Abs(slope);
                        queryMagnitude += Math.Abs(turned);
                        values[p / rank] += K[p, i] * slope;
                        valueMagnitudes[p / rank] += Math.Abs(K[p, i] * slope);
                    }

                    NumericAssert.SumsAgree($"{what}, key {p}, {i}", factor * key, dK[p, i], D, Math.Abs(factor) * keyMagnitude);
                    NumericAssert.SumsAgree($"{what}, query {p}, {i}", factor * query, dQ[p, i], D, Math.Abs(factor) * queryMagnitude);
                }
            }

            for (int h = 0; h < heads; h++)
                NumericAssert.SumsAgree($"{what}, value {h}", values[h], dv[0, h], rank * D * D, valueMagnitudes[h]);
            foreach ((string name, PoisonedMatrix of) in (IEnumerable<(string, PoisonedMatrix)>)[("K", K), ("Q", Q), ("dM", dM)])
                of.AssertUnchanged($"{name} of {what}");
            foreach ((string name, PoisonedMatrix of) in (IEnumerable<(string, PoisonedMatrix)>)[("dv", dv), ("dK", dK), ("dQ", dQ)])
                of.AssertUnchangedExcept($"{name} of {what}", (_, _) => true);
        }
    }

    [Fact]
    public void Spans_of_other_lengths_and_longer_vectors_are_refused()
    {
        double[] v = new double[2], pairs = new double[6], M = new double[9];
        Assert.Throws<ArgumentException>(() => PairProducts.Sum(v, pairs, pairs, 3, 2, M));
        Assert.Throws<ArgumentException>(() => PairProducts.Sum(v, pairs, pairs, 3, 1, pairs));
        Assert.Throws<ArgumentException>(() => PairProducts.PullBack(v, pairs, pairs, 3, 1, M, pairs, pairs, pairs));
        double[] one = new double[1], row = new double[17], square = new double[17 * 17];
        Assert.False(PairProducts.Takes(1, 17));
        Assert.Throws<ArgumentException>(() => PairProducts.Sum(one, row, row, 17, 1, square));
        Assert.Throws<ArgumentException>(() => PairProducts.PullBack(one, row, row, 17, 1, square, one, row, row));
    }

    private static (double[] V, PoisonedMatrix K, PoisonedMatrix Q) Pairs(int heads, int rank, int D)
    {
        var random = new Random(100 * heads + D);
        double[] v = [.. Enumerable.Range(0, heads).Select(_ => random.NextDouble() - 0.5)];
        return (v, new(random, heads * rank, D, D), new(random, heads * rank, D, D));
    }
}
