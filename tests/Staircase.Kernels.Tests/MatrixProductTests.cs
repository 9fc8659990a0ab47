namespace Staircase.Kernels.Tests;

public class MatrixProductTests
{
    public static TheoryData<int, int, int> Sizes
    {
        get
        {
            var sizes = new TheoryData<int, int, int>();
            for (int n = 1; n <= 20; n++)
            {
                // Each of the three sizes runs over 1..20 against changing others.
                sizes.Add(n, n, n);
                sizes.Add(n, ((7 * n) % 20) + 1, ((3 * n) % 20) + 1);
                sizes.Add(((3 * n) % 20) + 1, n, ((7 * n) % 20) + 1);
                sizes.Add(9, 17, n);
                sizes.Add(n, 33, 5);
                sizes.Add(37, n, 5);
            }

            foreach ((int rows, int columns, int inner) in ((int, int, int)[])
                [(0, 3, 4), (3, 0, 4), (3, 4, 0), (9, 72, 9), (33, 33, 33), (34, 31, 63), (41, 47, 65), (64, 64, 64),
                 (16, 16, 255), (16, 16, 256), (17, 19, 257), (5, 3, 700), (3, 129, 40), (129, 3, 40), (71, 101, 83)])
            {
                sizes.Add(rows, columns, inner);
            }

            return sizes;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Product_is_the_naive_product(int rows, int columns, int inner)
    {
        foreach (bool transposeA in (bool[])[false, true])
        {
            foreach (bool transposeB in (bool[])[false, true])
            {
                foreach (int padding in (int[])[0, 3])
                {
                    Check(rows, columns, inner, 1, transposeA, transposeB, 0, padding);
                    Check(rows, columns, inner, -0.6, transposeA, transposeB, 1, padding);
                    Check(rows, columns, inner, 1.3, transposeA, transposeB, -0.4, padding);
                }
            }
        }
    }

    [Fact]
    public void Repeated_products_have_the_same_bits_at_every_alignment()
    {
        const int size = 67;
        var random = new Random(1);
        var a = new PoisonedMatrix(random, size, size, size);
        var b = new PoisonedMatrix(random, size, size, size);
        double[] first = new double[size * size];
        MatrixProduct.Multiply(size, size, size, 1, a.Span, size, false, b.Span, size, false, 0, first, size);
        for (int shift = 0; shift < 9; shift++)
        {
            double[] moved = new double[b.Length + shift];
            double[] again = new double[first.Length + shift];
            b.Span.CopyTo(moved.AsSpan(shift));
            MatrixProduct.Multiply(size, size, size, 1, a.Span, size, false, moved.AsSpan(shift), size, false, 0, again.AsSpan(shift), size);
            for (int i = 0; i < first.Length; i++)
                NumericAssert.SameBits($"element {i}, shift {shift}", first[i], again[i + shift]);
        }
    }

    [Fact]
    public void An_entry_does_not_depend_on_the_other_rows_and_columns()
    {
        // 100 rows pack B, 10 rows read it in place; 40 columns have whole panels, 5 columns have none.
        const int inner = 300;
        var random = new Random(2);
        var a = new PoisonedMatrix(random, 100, inner, inner);
        var b = new PoisonedMatrix(random, inner, 40, 40);
        double[] whole = new double[100 * 40];
        MatrixProduct.Multiply(100, 40, inner, 1, a.Span, inner, false, b.Span, 40, false, 0, whole, 40);
        foreach ((int rows, int columns) in ((int, int)[])[(10, 40), (3, 40), (100, 5), (1, 1)])
        {
            double[] part = new double[rows * columns];
            MatrixProduct.Multiply(rows, columns, inner, 1, a.Span, inner, false, b.Span, 40, false, 0, part, columns);
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                    NumericAssert.SameBits($"C[{i}, {j}] of {rows} x {columns}", whole[(i * 40) + j], part[(i * columns) + j]);
            }
        }
    }

    [Fact]
    public void Wrong_sizes_are_refused_with_both_named()
    {
        double[] six = new double[6];
        double[] five = new double[5];

        string a = Message(() => MatrixProduct.Multiply(2, 2, 3, 1, five, 3, false, six, 2, false, 0, six, 2));
        string b = Message(() => MatrixProduct.Multiply(2, 2, 3, 1, six, 3, false, five, 3, true, 0, six, 2));
        string c = Message(() => MatrixProduct.Multiply(2, 3, 2, 1, six, 2, false, six, 3, false, 0, five, 3));
        string stride = Message(() => MatrixProduct.Multiply(2, 2, 3, 1, six, 2, false, six, 2, false, 0, six, 2));
        string negative = Message(() => MatrixProduct.Multiply(-1, 2, 3, 1, six, 3, false, six, 2, false, 0, six, 2));

        Assert.Equal("The 2 x 3 matrix 'a' with stride 3 needs 6 elements, but its span has 5.", a);
        Assert.Equal("The 2 x 3 matrix 'b' with stride 3 needs 6 elements, but its span has 5.", b);
        Assert.Equal("The 2 x 3 matrix 'c' with stride 3 needs 6 elements, but its span has 5.", c);
        Assert.Equal("The stride of 'a' must be at least its 3 columns, but it is 2.", stride);
        Assert.Equal("The size of 'a' must not be negative, but it is -1 x 3.", negative);

        static string Message(Action call) => Assert.Throws<ArgumentException>(call).Message;
    }

    private static void Check(
        int rows, int columns, int inner, double alpha, bool transposeA, bool transposeB, double beta, int padding)
    {
        var random = new Random(rows + (1000 * columns) + (1000000 * inner));
        var a = transposeA ? new PoisonedMatrix(random, inner, rows, rows + padding) : new PoisonedMatrix(random, rows, inner, inner + padding);
        var b = transposeB ? new PoisonedMatrix(random, columns, inner, inner + padding) : new PoisonedMatrix(random, inner, columns, columns + padding);
        var c = new PoisonedMatrix(random, rows, columns, columns + padding);
        if (beta == 0)
            c.Poison((_, _) => true);

        MatrixProduct.Multiply(rows, columns, inner, alpha, a.Span, a.Stride, transposeA, b.Span, b.Stride, transposeB, beta, c.Span, c.Stride);

        string name = $"{rows} x {columns} x {inner}, transposed {transposeA} {transposeB}, beta {beta}, padding {padding}";
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double sum = 0;
                double magnitude = 0;
                for (int k = 0; k < inner; k++)
                {
                    double term = (transposeA ? a[k, i] : a[i, k]) * (transposeB ? b[j, k] : b[k, j]);
                    sum += term;
                    magnitude += Math.Abs(term);
                }

                double old = beta == 0 ? 0 : beta * c.Original(i, j);
                NumericAssert.SumsAgree(
                    $"C[{i}, {j}] of {name}", (alpha * sum) + old, c[i, j], inner, (Math.Abs(alpha) * magnitude) + Math.Abs(old));
            }
        }

        a.AssertUnchanged("A of " + name);
        b.AssertUnchanged("B of " + name);
        c.AssertUnchangedExcept("C of " + name, (_, _) => true);
    }
}
