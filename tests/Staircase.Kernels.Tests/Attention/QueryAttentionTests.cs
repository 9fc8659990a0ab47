using System.Numerics;

namespace Staircase.Kernels.Tests;

public class QueryAttentionTests
{
    public static TheoryData<int, int, int> Shapes =>
        new() { { 1, 1, 1 }, { 1, 1, 2 }, { 2, 3, 4 }, { 3, 4, 32 }, { 2, 7, 9 }, { 1, 8, 33 }, { 2, 2, 130 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Predictions_and_gradients_are_the_naive_ones(int heads, int D, int tokens)
    {
        Check<float>(heads, D, tokens);
        Check<double>(heads, D, tokens);

        static void Check<T>(int H, int D, int tokens)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int W = D + 1, L = QueryAttention.BlockLength<T>(), work = QueryAttention.WorkspaceLength<T>(H, D, tokens);
            var random = new Random(tokens);
            PoisonedMatrix<T> V = new(random, 1, H * W, H * W), KQ = new(random, 1, H * W * D, H * W * D);
            var x = new PoisonedMatrix<T>(random, 1, tokens * W * L, tokens * W * L);
            PoisonedMatrix<T> y = new(random, 1, L, L), dy = new(random, 1, L, L), workspace = new(random, 1, work, work);
            PoisonedMatrix<T> dV = new(random, 1, H * W * L, H * W * L), dKQ = new(random, 1, H * W * D * L, H * W * D * L);
            T inverse = T.CreateTruncating(1.5);
            dV.Span.Clear();
            dKQ.Span.Clear();

            QueryAttention.Forward(D, tokens, V.Span, KQ.Span, inverse, x.Span, y.Span, workspace.Span);
            QueryAttention.Backward<T>(H, D, tokens, x.Span, dy.Span, workspace.Span, dV.Span, dKQ.Span);

            double[] v = Gradients.Doubles<T>(V.Span), kq = Gradients.Doubles<T>(KQ.Span);
            double[] xs = Gradients.Doubles<T>(x.Span), dys = Gradients.Doubles<T>(dy.Span);
            double Naive(double[] v, double[] kq, int lane)
            {
                double At(int t, int b) => xs[(((t * W) + b) * L) + lane];
                double sum = 0;
                for (int h = 0; h < H; h++)
                {
                    double Score(int t) => Enumerable.Range(0, W * D).Sum(i => At(t, i / D) * kq[(h * W * D) + i] * At(tokens - 1, i % D));
                    double Value(int t) => Enumerable.Range(0, W).Sum(b => v[(h * W) + b] * At(t, b));
                    double[] e = [.. Enumerable.Range(0, tokens).Select(t => Math.Exp(1.5 * Score(t)))];
                    sum += Enumerable.Range(0, tokens).Sum(t => e[t] * Value(t)) / e.Sum();
                }

                return sum;
            }

            double tolerance = 200 * NumericAssert.UnitRounding<T>();
            for (int lane = 0; lane < L; lane++)
                NumericAssert.Near($"prediction {lane}, {typeof(T).Name}", Naive(v, kq, lane), y[0, lane], tolerance, H * W);
            double Loss(double[] v, double[] kq) => Enumerable.Range(0, L).Sum(lane => dys[lane] * Naive(v, kq, lane));
            Gradients.Agree<T>("dV", at => Loss(at, kq), v, Lanes(dV, L));
            Gradients.Agree<T>("dKQ", at => Loss(v, at), kq, Lanes(dKQ, L));
            foreach (PoisonedMatrix<T> input in (PoisonedMatrix<T>[])[V, KQ, x, dy])
                input.AssertUnchanged("an input");
            foreach (PoisonedMatrix<T> output in (PoisonedMatrix<T>[])[y, workspace, dV, dKQ])
                output.AssertUnchangedExcept("an output", (_, _) => true);
        }
    }

    [Fact]
    public void A_workspace_that_is_too_short_is_refused() => Assert.Throws<ArgumentException>(
        () => QueryAttention.Forward<double>(2, 3, new double[3], new double[6], 1, new double[72], new double[8], new double[10]));

    private static ReadOnlySpan<T> Lanes<T>(PoisonedMatrix<T> values, int L)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sums = new T[values.Length / L];
        for (int i = 0; i < values.Length; i++)
            sums[i / L] += values[0, i];
        return sums;
    }
}
