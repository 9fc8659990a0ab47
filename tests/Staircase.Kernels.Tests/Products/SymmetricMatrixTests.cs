namespace Staircase.Kernels.Tests;

public class SymmetricMatrixTests
{
    [Fact]
    public void Multiply_is_the_naive_product_and_ignores_the_lower_triangle()
    {
        foreach (int size in (int[])[.. Enumerable.Range(0, 71), 96, 101, 127, 128, 129, 200, 257])
        {
            CheckProduct(size, padding: 0);
            CheckProduct(size, padding: 5);
        }
    }

    [Fact]
    public void MultiplyMany_gives_every_vector_the_bits_that_it_gets_alone()
    {
        foreach (int size in (int[])[.. Enumerable.Range(0, 71), 96, 101, 128, 129, 257])
        {
            foreach (int count in (int[])[0, 1, 2, 3, 7, 15, 16, 17, 40])
                CheckProducts(size, count, padding: size % 3 * 2);
        }

        CheckProducts(size: 1203, count: 170, padding: 1); // more than one pass, of many bands
    }

    [Fact]
    public void AddOuterProducts_is_the_naive_sum_over_the_upper_triangle()
    {
        foreach ((int size, int count) in ((int, int)[])
            [.. Enumerable.Range(0, 41).Select(size => (size, ((5 * size) % 23) + 1)),
             (1, 1), (1, 300), (7, 0), (20, 255), (20, 256), (20, 257), (33, 600), (60, 64), (61, 40), (95, 31), (130, 20)])
        {
            foreach (int padding in (int[])[0, 5])
            {
                foreach ((int first, int last) in ((int, int)[])
                    [(0, size), (size / 3, size), (0, size / 2), (size / 3, (2 * size / 3) + 1), (size, size)])
                {
                    CheckOuterProducts(size, count, padding, first, Math.Min(last, size));
                }
            }
        }
    }

    [Theory]
    [InlineData(60, 64)]
    [InlineData(61, 300)]
    [InlineData(100, 257)]
    public void Splitting_AddOuterProducts_by_rows_changes_no_bit(int size, int count)
    {
        var random = new Random(size);
        var vectors = new PoisonedMatrix(random, count, size, size + 1);
        double[] whole = new double[size * size];
        SymmetricMatrix.AddOuterProducts(size, count, vectors.Span, vectors.Stride, whole, size, 0, size);
        foreach (int rows in (int[])[1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 59])
        {
            double[] split = new double[size * size];
            for (int first = 0; first < size; first += rows)
            {
                int last = Math.Min(size, first + rows);
                SymmetricMatrix.AddOuterProducts(size, count, vectors.Span, vectors.Stride, split, size, first, last);
            }

            for (int i = 0; i < whole.Length; i++)
                NumericAssert.SameBits($"M[{i / size}, {i % size}] in ranges of {rows} rows", whole[i], split[i]);
        }
    }

    [Fact]
    public void Outer_products_and_product_agree()
    {
        // (Σ_s f_s f_sᵀ) x = Σ_s f_s (f_s · x): three kernels, one identity.
        const int size = 77;
        const int count = 40;
        var random = new Random(3);
        var vectors = new PoisonedMatrix(random, count, size, size);
        var x = new PoisonedMatrix(random, 1, size, size);
        double[] matrix = new double[size * size];
        double[] actual = new double[size];
        double[] expected = new double[size];
        SymmetricMatrix.AddOuterProducts(size, count, vectors.Span, size, matrix, size, 0, size);
        SymmetricMatrix.Multiply(size, matrix, size, x.Span, actual);
        for (int s = 0; s < count; s++)
        {
            var f = vectors.Span.Slice(s * size, size);
            VectorKernels.AddScaled(VectorKernels.Dot(f, x.Span), f, expected);
        }

        for (int i = 0; i < size; i++)
            NumericAssert.SumsAgree($"element {i}", expected[i], actual[i], size + count, size * count);
    }

    [Fact]
    public void Wrong_sizes_are_refused_with_both_named()
    {
        double[] three = new double[3];
        double[] four = new double[4];

        string matrix = Message(() => SymmetricMatrix.Multiply(2, three, 2, three, four));
        string x = Message(() => SymmetricMatrix.Multiply(2, four, 2, three, new double[2]));
        string y = Message(() => SymmetricMatrix.Multiply(2, four, 2, new double[2], three));
        string vectors = Message(() => SymmetricMatrix.AddOuterProducts(2, 2, three, 2, four, 2, 0, 2));
        string target = Message(() => SymmetricMatrix.AddOuterProducts(2, 2, four, 2, three, 2, 0, 2));
        string range = Message(() => SymmetricMatrix.AddOuterProducts(2, 2, four, 2, four, 2, 1, 3));

        Assert.Equal("A 2 x 2 matrix with stride 2 needs 4 elements, but its span has 3.", matrix);
        Assert.Equal("The vector x must have 2 elements, but it has 3.", x);
        Assert.Equal("The vector y must have 2 elements, but it has 3.", y);
        Assert.Equal("A 2 x 2 matrix with stride 2 needs 4 elements, but its span has 3.", vectors);
        Assert.Equal("A 2 x 2 matrix with stride 2 needs 4 elements, but its span has 3.", target);
        Assert.Equal("The rows [1, 3) must lie in [0, 2).", range);

        static string Message(Action call) => Assert.Throws<ArgumentException>(call).Message;
    }

    private static void CheckProduct(int size, int padding)
    {
        var random = new Random(size);
        var matrix = new PoisonedMatrix(random, size, size, size + padding);
        matrix.Poison((i, j) => j < i);
        var x = new PoisonedMatrix(random, 1, size, size);
        var y = new PoisonedMatrix(random, 1, size, size);
        y.Poison((_, _) => true);

        SymmetricMatrix.Multiply(size, matrix.Span, matrix.Stride, x.Span, y.Span);

        string name = $"SymmetricMatrix.Multiply of {size}, padding {padding}";
        for (int i = 0; i < size; i++)
        {
            double sum = 0;
            double magnitude = 0;
            for (int j = 0; j < size; j++)
            {
                double term = matrix[Math.Min(i, j), Math.Max(i, j)] * x[0, j];
                sum += term;
                magnitude += Math.Abs(term);
            }

            NumericAssert.SumsAgree($"y[{i}] of {name}", sum, y[0, i], size, magnitude);
        }

        matrix.AssertUnchanged("matrix of " + name);
        x.AssertUnchanged("x of " + name);
        y.AssertUnchangedExcept("y of " + name, (_, _) => true);
    }

    private static void CheckProducts(int size, int count, int padding)
    {
        var random = new Random(size + (1000 * count));
        var matrix = new PoisonedMatrix(random, size, size, size + padding);
        matrix.Poison((i, j) => j < i);
        var x = new PoisonedMatrix(random, count, size, size);
        var y = new PoisonedMatrix(random, count, size, size);
        y.Poison((_, _) => true);
        double[] alone = new double[size];

        SymmetricMatrix.MultiplyMany(size, matrix.Span, matrix.Stride, count, x.Span, y.Span);

        string name = $"SymmetricMatrix.MultiplyMany of {size}, {count} vectors, padding {padding}";
        for (int s = 0; s < count; s++)
        {
            SymmetricMatrix.Multiply(size, matrix.Span, matrix.Stride, x.Span.Slice(s * size, size), alone);
            for (int i = 0; i < size; i++)
                NumericAssert.SameBits($"y[{s}, {i}] of {name}", alone[i], y[s, i]);
        }

        matrix.AssertUnchanged("matrix of " + name);
        x.AssertUnchanged("x of " + name);
        y.AssertUnchangedExcept("y of " + name, (_, _) => true);
    }

    private static void CheckOuterProducts(int size, int count, int padding, int first, int last)
    {
        var random = new Random(size + (1000 * count));
        var vectors = new PoisonedMatrix(random, count, size, size + padding);
        var matrix = new PoisonedMatrix(random, size, size, size + padding);
        matrix.Poison((i, j) => j < i);

        SymmetricMatrix.AddOuterProducts(size, count, vectors.Span, vectors.Stride, matrix.Span, matrix.Stride, first, last);

        string name = $"AddOuterProducts, {count} of {size}, rows [{first}, {last}), padding {padding}";
        for (int i = first; i < last; i++)
        {
            for (int j = i; j < size; j++)
            {
                double sum = matrix.Original(i, j);
                double magnitude = Math.Abs(sum);
                for (int s = 0; s < count; s++)
                {
                    sum += vectors[s, i] * vectors[s, j];
                    magnitude += Math.Abs(vectors[s, i] * vectors[s, j]);
                }

                NumericAssert.SumsAgree($"M[{i}, {j}] of {name}", sum, matrix[i, j], count, magnitude);
            }
        }

        vectors.AssertUnchanged("vectors of " + name);
        matrix.AssertUnchangedExcept("matrix of " + name, (i, j) => i >= first && i < last && j >= i);
    }
}
