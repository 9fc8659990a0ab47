using System.Numerics;

namespace Staircase.Kernels.Tests;

public class RowCombinationTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void Are_the_naive_sums_for_any_number_of_rows(int bits)
    {
        foreach (int length in Enumerable.Range(0, 70))
        {
            foreach (int count in (int[])[0, 1, 4, 7])
            {
                if (bits == 32)
                    Check<float>(count, length);
                else
                    Check<double>(count, length);
            }
        }

        static void Check<T>(int count, int length)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            string what = $"{count} rows of {length}, {typeof(T).Name}";
            var random = new Random((100 * length) + count);
            PoisonedMatrix<T> c = new(random, 1, count, count), y = new(random, 1, length, length);
            PoisonedMatrix<T> rows = new(random, 1, count * length, count * length);
            double[] cs = Gradients.Doubles<T>(c.Span), rs = Gradients.Doubles<T>(rows.Span), ys = Gradients.Doubles<T>(y.Span);
            double tolerance = 4 * (count + length) * (typeof(T) == typeof(float) ? 1.2e-7 : 2.3e-16);

            PoisonedMatrix<T> sum = new(random, 1, length, length), products = new(random, 1, count, count);
            PoisonedMatrix<T> spread = new(random, 1, count * length, count * length);
            y.Span.CopyTo(sum.Span);
            rows.Span.CopyTo(spread.Span);
            RowCombination.Add<T>(c.Span, rows.Span, sum.Span);
            RowCombination.Project<T>(rows.Span, y.Span, products.Span);
            RowCombination.Spread<T>(c.Span, y.Span, spread.Span);

            Near("Add", sum, i => ys[i] + Enumerable.Range(0, count).Sum(j => cs[j] * rs[j * length + i]));
            Near("Project", products, j => Enumerable.Range(0, length).Sum(i => rs[j * length + i] * ys[i]));
            Near("Spread", spread, k => rs[k] + cs[k / length] * ys[k % length]);
            foreach ((string name, PoisonedMatrix<T> input) in ((string, PoisonedMatrix<T>)[])[("c", c), ("rows", rows), ("y", y)])
                input.AssertUnchanged($"{name} of {what}");

            void Near(string name, PoisonedMatrix<T> actual, Func<int, double> expected)
            {
                for (int i = 0; i < actual.Length; i++)
                    NumericAssert.Near($"{name} of {what}, element {i}", expected(i), actual[0, i], tolerance, 1);
                actual.AssertUnchangedExcept($"result of {name} of {what}", (_, _) => true);
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
