using System.Numerics;
using System.Runtime.InteropServices;

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
                 (16, 16, 255), (16, 16, 256), (17, 19, 257), (5, 3, 700), (3, 129, 40), (129, 3, 40), (71, 101, 83),
                 // Large enough to be packed: cut tiles, cut panels, one and several blocks of the inner index, few rows.
                 (96, 96, 96), (97, 97, 97), (121, 33, 257), (48, 65, 512), (49, 161, 140), (400, 16, 150), (395, 49, 300)])
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
                    Check<double>(rows, columns, inner, 1, transposeA, transposeB, 0, padding);
                    Check<double>(rows, columns, inner, -0.6, transposeA, transposeB, 1, padding);
                    Check<double>(rows, columns, inner, 1.3, transposeA, transposeB, -0.4, padding);
                    Check<float>(rows, columns, inner, 1, transposeA, transposeB, 0, padding);
                    Check<float>(rows, columns, inner, 1.3f, transposeA, transposeB, -0.4f, padding);
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
    public void A_product_too_large_to_pack_at_once_has_the_bits_of_its_rows()
    {
        // More columns than are taken at once, and more of the inner index than is packed with so many.
        const int rows = 49, columns = 8250, inner = 600;
        var random = new Random(3);
        var a = new PoisonedMatrix<float>(random, rows, inner, inner);
        var b = new PoisonedMatrix<float>(random, inner, columns, columns);
        float[] whole = new float[rows * columns], part = new float[3 * columns];
        Array.Fill(whole, 0.5f);
        Array.Fill(part, 0.5f);
        using var team = new ThreadTeam(2);
        MatrixProduct.Multiply(rows, columns, inner, 1, a.Span, inner, false, b.Span, columns, false, 2, whole, columns, team);
        MatrixProduct.Multiply(3, columns, inner, 1, a.Span, inner, false, b.Span, columns, false, 2, part, columns);
        for (int i = 0; i < part.Length; i++)
            NumericAssert.SameBits($"element {i}", part[i], whole[i]);
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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        using var team = new ThreadTeam(threads);
        foreach ((int rows, int columns, int inner) in ((int, int, int)[])[(130, 97, 300), (60, 700, 90), (1000, 40, 64), (97, 97, 0), (20, 20, 20)])
        {
            foreach (bool transposeA in (bool[])[false, true])
            {
                SameBits<float>(rows, columns, inner, transposeA, team);
                SameBits<double>(rows, columns, inner, transposeA, team);
            }
        }
    }

    [Theory]
    [InlineData(3, 5, 4, 7)]
    [InlineData(6, 64, 33, 40)]
    [InlineData(2, 100, 100, 120)]
    [InlineData(0, 3, 3, 3)]
    public void A_batch_is_its_products_one_by_one(int count, int rows, int columns, int inner)
    {
        const int gap = 5;
        using var team = new ThreadTeam(3);
        var random = new Random(count);
        int aStep = (inner * rows) + gap, bStep = (inner * columns) + gap, cStep = (rows * columns) + gap;
        var a = new PoisonedMatrix<float>(random, count, inner * rows, aStep);
        var b = new PoisonedMatrix<float>(random, count, inner * columns, bStep);
        var c = new PoisonedMatrix<float>(random, count, rows * columns, cStep);

        MatrixProduct.MultiplyBatch(count, rows, columns, inner, 0.5f, a.Span, inner, aStep, false, b.Span, inner, bStep, true, 1, c.Span, columns, cStep, team);

        for (int i = 0; i < count; i++)
        {
            float[] alone = [.. Enumerable.Range(0, rows * columns).Select(j => c.Original(i, j))];
            MatrixProduct.Multiply(rows, columns, inner, 0.5f, a.Span.Slice(i * aStep, inner * rows), inner, false, b.Span.Slice(i * bStep, inner * columns), inner, true, 1, alone, columns);
            for (int j = 0; j < alone.Length; j++)
                NumericAssert.SameBits($"element {j} of product {i} of {count}", alone[j], c[i, j]);
        }

        a.AssertUnchanged("A of a batch");
        b.AssertUnchanged("B of a batch");
        c.AssertUnchangedExcept("C of a batch", (_, _) => true);
    }

    [Fact]
    public void A_batch_that_does_not_fit_is_refused()
    {
        float[] twenty = new float[20];

        Assert.Equal("The 2 x 5 matrix 'c' with stride 5 needs 10 elements, but its span has 9.",
            Assert.Throws<ArgumentException>(() => MatrixProduct.MultiplyBatch(2, 2, 5, 2, 1, twenty, 2, 4, false, twenty, 5, 10, false, 0, twenty, 5, 11)).Message);
        Assert.Equal("The number of matrices 'a' and their distance must not be negative, but they are 2 and -4.",
            Assert.Throws<ArgumentException>(() => MatrixProduct.MultiplyBatch(2, 2, 5, 2, 1, twenty, 2, -4, false, twenty, 5, 10, false, 0, twenty, 5, 10)).Message);
    }

    private static void SameBits<T>(int rows, int columns, int inner, bool transposeA, ThreadTeam team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(rows);
        var a = new PoisonedMatrix<T>(random, transposeA ? inner : rows, transposeA ? rows : inner, transposeA ? rows : Math.Max(inner, 1));
        var b = new PoisonedMatrix<T>(random, inner, columns, columns);
        T[] alone = new T[rows * columns], shared = new T[rows * columns];
        Multiply(rows, columns, inner, T.One, a, transposeA, b, false, T.Zero, alone, columns, null);
        Multiply(rows, columns, inner, T.One, a, transposeA, b, false, T.Zero, shared, columns, team);
        for (int i = 0; i < alone.Length; i++)
            NumericAssert.SameBits($"element {i} of {rows} x {columns} x {inner} {typeof(T).Name} with {team.Threads} threads", alone[i], shared[i]);
    }

    private static void Multiply<T>(
        int rows, int columns, int inner, T alpha, PoisonedMatrix<T> a, bool transposeA, PoisonedMatrix<T> b, bool transposeB, T beta, Span<T> c, int cStride, ThreadTeam? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
        {
            MatrixProduct.Multiply(rows, columns, inner, float.CreateTruncating(alpha), MemoryMarshal.Cast<T, float>(a.Span), a.Stride, transposeA,
                MemoryMarshal.Cast<T, float>(b.Span), b.Stride, transposeB, float.CreateTruncating(beta), MemoryMarshal.Cast<T, float>(c), cStride, team);
        }
        else
        {
            MatrixProduct.Multiply(rows, columns, inner, double.CreateTruncating(alpha), MemoryMarshal.Cast<T, double>(a.Span), a.Stride, transposeA,
                MemoryMarshal.Cast<T, double>(b.Span), b.Stride, transposeB, double.CreateTruncating(beta), MemoryMarshal.Cast<T, double>(c), cStride, team);
        }
    }

    private static void Check<T>(
        int rows, int columns, int inner, T alpha, bool transposeA, bool transposeB, T beta, int padding)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(rows + (1000 * columns) + (1000000 * inner));
        var a = transposeA ? new PoisonedMatrix<T>(random, inner, rows, rows + padding) : new PoisonedMatrix<T>(random, rows, inner, inner + padding);
        var b = transposeB ? new PoisonedMatrix<T>(random, columns, inner, inner + padding) : new PoisonedMatrix<T>(random, inner, columns, columns + padding);
        var c = new PoisonedMatrix<T>(random, rows, columns, columns + padding);
        if (beta == T.Zero)
            c.Poison((_, _) => true);

        Multiply(rows, columns, inner, alpha, a, transposeA, b, transposeB, beta, c.Span, c.Stride, null);

        double scale = double.CreateTruncating(alpha);
        string name = $"{typeof(T).Name} {rows} x {columns} x {inner}, transposed {transposeA} {transposeB}, beta {beta}, padding {padding}";
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double sum = 0;
                double magnitude = 0;
                for (int k = 0; k < inner; k++)
                {
                    double term = double.CreateTruncating(transposeA ? a[k, i] : a[i, k]) * double.CreateTruncating(transposeB ? b[j, k] : b[k, j]);
                    sum += term;
                    magnitude += Math.Abs(term);
                }

                double old = beta == T.Zero ? 0 : double.CreateTruncating(beta) * double.CreateTruncating(c.Original(i, j));
                NumericAssert.SumsAgree(
                    $"C[{i}, {j}] of {name}", (scale * sum) + old, c[i, j], inner, (Math.Abs(scale) * magnitude) + Math.Abs(old));
            }
        }

        a.AssertUnchanged("A of " + name);
        b.AssertUnchanged("B of " + name);
        c.AssertUnchangedExcept("C of " + name, (_, _) => true);
    }
}
