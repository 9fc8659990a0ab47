using System.Numerics;

namespace Staircase.Kernels.Tests;

public class AdamWTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void AdamW_is_the_naive_update(int bits)
    {
        foreach (int length in Every.Length)
        {
            if (bits == 32)
                Check<float>(length);
            else
                Check<double>(length);
        }

        static void Check<T>(int length)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            const double η = 0.1, β1 = 0.9, β2 = 0.98, ε = 1e-8, λ = 0.5;
            string what = $"AdamW of {length}, {typeof(T).Name}";
            var random = new Random(length);
            PoisonedMatrix<T> w = new(random, 1, length, length), m = new(random, 1, length, length), v = new(random, 1, length, length);
            m.Span.Clear();
            v.Span.Clear();
            double[] weights = Gradients.Doubles<T>(w.Span), first = new double[length], second = new double[length];
            for (int step = 0; step < 3; step++)
            {
                var g = new PoisonedMatrix<T>(random, 1, length, length);
                AdamW.Update(w.Span, g.Span, m.Span, v.Span, step, η, β1, β2, ε, λ);
                for (int i = 0; i < length; i++)
                {
                    double gradient = double.CreateTruncating(g[0, i]);
                    first[i] = (β1 * first[i]) + ((1 - β1) * gradient);
                    second[i] = (β2 * second[i]) + ((1 - β2) * gradient * gradient);
                    double mean = first[i] / (1 - Math.Pow(β1, step + 1)), deviation = Math.Sqrt(second[i] / (1 - Math.Pow(β2, step + 1)));
                    weights[i] -= η * ((mean / (deviation + ε)) + (λ * weights[i]));
                }

                g.AssertUnchanged($"gradient of {what}");
            }

            double tolerance = 40 * NumericAssert.UnitRounding<T>(); // three steps of some ten roundings
            for (int i = 0; i < length; i++)
                NumericAssert.Near($"{what}, weight {i}", weights[i], w[0, i], tolerance, 1);
            foreach (PoisonedMatrix<T> written in (PoisonedMatrix<T>[])[w, m, v])
                written.AssertUnchangedExcept($"what {what} updates", (_, _) => true);
        }
    }

    [Fact]
    public void Different_lengths_are_refused() =>
        Assert.Throws<ArgumentException>(() => AdamW.Update<float>(new float[3], new float[3], new float[3], new float[2], 0, 0.1));
}
