using System.Numerics;

namespace Staircase.Kernels.Tests;

public class RowCombinationTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 70)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Are_the_naive_sums_for_any_number_of_rows(int length)
    {
        foreach (int count in (int[])[0, 1, 4, 7])
        {
            Check<float>(count, length);
            Check<double>(count, length);
        }

        static void Check<T>(int count, int length)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random((100 * length) + count);
            PoisonedMatrix<T> c = new(random, 1, count, count), rows = new(random, 1, count * length, count * length), y = new(random, 1, length, length);
            double[] cs = Gradients.Doubles<T>(c.Span), rs = Gradients.Doubles<T>(rows.Span), ys = Gradients.Doubles<T>(y.Span);
            double tolerance = 4 * (count + length) * (typeof(T) == typeof(float) ? 1.2e-7 : 2.3e-16);

            PoisonedMatrix<T> sum = new(random, 1, length, length), products = new(random, 1, count, count), spread = new(random, 1, count * length, count * length);
            y.Span.CopyTo(sum.Span);
            rows.Span.CopyTo(spread.Span);
            RowCombination.Add<T>(c.Span, rows.Span, sum.Span);
            RowCombination.Project<T>(rows.Span, y.Span, products.Span);
            RowCombination.Spread<T>(c.Span, y.Span, spread.Span);

            Near(Gradients.Doubles<T>(sum.Span), i => ys[i] + Enumerable.Range(0, count).Sum(j => cs[j] * rs[j * length + i]));
            Near(Gradients.Doubles<T>(products.Span), j => Enumerable.Range(0, length).Sum(i => rs[j * length + i] * ys[i]));
            Near(Gradients.Doubles<T>(spread.Span), k => rs[k] + cs[k / length] * ys[k % length]);
            c.AssertUnchanged("c");
            rows.AssertUnchanged("rows");
            y.AssertUnchanged("y");

            void Near(double[] actual, Func<int, double> expected)
            {
                for (int i = 0; i < actual.Length; i++)
                    Assert.InRange(Math.Abs(actual[i] - expected(i)), 0, tolerance);
            }
        }
    }

    [Fact]
    public void Rows_must_be_as_many_as_the_coefficients()
    {
        var exception = Assert.Throws<ArgumentException>(() => RowCombination.Add<float>([1, 2], [1, 2, 3], [1, 2]));
        Assert.Contains("rows must have 4 elements, but it has 3", exception.Message, StringComparison.Ordinal);
    }
}
