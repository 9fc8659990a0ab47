using System.Numerics;

namespace Staircase.Kernels.Tests;

public class MatrixProductTests
{
    /// <summary>
    /// Each of the three sizes runs over 1 … 20 against changing others; then empty, square, long and narrow ones, and packed ones.
    /// </summary>
    private static IEnumerable<(int Rows, int Columns, int Inner)> Sizes
    {
        get
        {
            for (int n = 1; n <= 20; n++)
            {
                yield return (n, n, n);
                yield return (n, ((7 * n) % 20) + 1, ((3 * n) % 20) + 1);
                yield return (((3 * n) % 20) + 1, n, ((7 * n) % 20) + 1);
                yield return (9, 17, n);
                yield return (n, 33, 5);
                yield return (37, n, 5);
            }

            foreach ((int, int, int) size in ((int, int, int)[])
                [(0, 3, 4), (3, 0, 4), (3, 4, 0), (9, 72, 9), (33, 33, 33), (34, 31, 63), (41, 47, 65), (64, 64, 64),
                 (16, 16, 255), (16, 16, 256), (17, 19, 257), (5, 3, 700), (3, 129, 40), (129, 3, 40), (71, 101, 83),
                 // Large enough to be packed: cut tiles, cut panels, one and several blocks of the inner index, few rows.
                 (96, 96, 96), (97, 97, 97), (121, 33, 257), (48, 65, 512), (49, 161, 140), (400, 16, 150), (395, 49, 300)])
            {
                yield return size;
            }
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Product_in_double_precision_is_the_naive_product(bool transposeA, bool transposeB)
    {
        foreach ((int rows, int columns, int inner) in Sizes)
        {
            foreach (int padding in (int[])[0, 3])
            {
                Check<double>(rows, columns, inner, 1, transposeA, transposeB, 0, padding);
                Check<double>(rows, columns, inner, -0.6, transposeA, transposeB, 1, padding);
                Check<double>(rows, columns, inner, 1.3, transposeA, transposeB, -0.4, padding);
            }
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Product_in_single_precision_is_the_naive_product(bool transposeA, bool transposeB)
    {
        foreach ((int rows, int columns, int inner) in Sizes)
        {
            foreach (int padding in (int[])[0, 3])
            {
                Check<float>(rows, columns, inner, 1, transposeA, transposeB, 0, padding);
                Check<float>(rows, columns, inner, 1.3f, transposeA, transposeB, -0.4f, padding);
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
        MatrixProduct.Of(1, a.Span.AsMatrix(size, size), b.Span.AsMatrix(size, size), first);
        for (int shift = 0; shift < 9; shift++)
        {
            double[] moved = new double[b.Length + shift];
            double[] again = new double[first.Length + shift];
            b.Span.CopyTo(moved.AsSpan(shift));
            MatrixProduct.Of(1, a.Span.AsMatrix(size, size), moved.AsSpan(shift).AsMatrix(size, size), again.AsSpan(shift));
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
        MatrixProduct.Of(1, a.Span.AsMatrix(100, inner), b.Span.AsMatrix(inner, 40), whole);
        foreach ((int rows, int columns) in ((int, int)[])[(10, 40), (3, 40), (100, 5), (1, 1)])
        {
            double[] part = new double[rows * columns];
            MatrixProduct.Of(1, a.Span.AsMatrix(rows, inner), b.Span.AsMatrix(inner, columns, 40), part);
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
        MatrixProduct.Of(1, a.Span.AsMatrix(rows, inner), b.Span.AsMatrix(inner, columns), whole, keep: 2, team: team);
        MatrixProduct.Of(1, a.Span.AsMatrix(3, inner), b.Span.AsMatrix(inner, columns), part, keep: 2);
        for (int i = 0; i < part.Length; i++)
            NumericAssert.SameBits($"element {i}", part[i], whole[i]);
    }

    [Fact]
    public void Wrong_sizes_are_refused_with_both_named()
    {
        double[] six = new double[6], five = new double[5];

        string inner = Message(() => MatrixProduct.Of(1, six.AsMatrix(2, 3), six.AsMatrix(2, 3), six));
        string transposed = Message(() => MatrixProduct.Of(1, six.AsMatrix(2, 3).Transposed, six.AsMatrix(2, 3).Transposed, six));
        string destination = Message(() => MatrixProduct.Of(1, six.AsMatrix(2, 3), six.AsMatrix(2, 3).Transposed, six, stride: 5));
        string view = Message(() => five.AsMatrix(2, 3));
        string stride = Message(() => six.AsMatrix(2, 3, 2));
        string negative = Message(() => six.AsMatrix(-1, 3));

        Assert.Equal("A 2 x 3 matrix has no product with a 2 x 3 one: its columns must be as many as the other's rows.", inner);
        Assert.Equal("A 3 x 2 matrix has no product with a 3 x 2 one: its columns must be as many as the other's rows.", transposed);
        Assert.Equal("A 2 x 2 matrix with stride 5 needs 7 elements, but its span has 6.", destination);
        Assert.Equal("A 2 x 3 matrix with stride 3 needs 6 elements, but its span has 5.", view);
        Assert.Equal("The stride of a 2 x 3 matrix must be at least its columns, but it is 2.", stride);
        Assert.Equal("The size of a matrix must not be negative, but it is -1 x 3.", negative);

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
        foreach ((int rows, int columns, int inner) in ((int, int, int)[])
            [(130, 97, 300), (60, 700, 90), (1000, 40, 64), (97, 97, 0), (20, 20, 20)])
        {
            foreach (bool transposeA in (bool[])[false, true])
            {
                SameBits<float>(rows, columns, inner, transposeA, team);
                SameBits<double>(rows, columns, inner, transposeA, team);
            }
        }
    }

    private static void SameBits<T>(int rows, int columns, int inner, bool transposeA, ThreadTeam team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(rows);
        (int rowsA, int columnsA) = transposeA ? (inner, rows) : (rows, inner);
        var a = new PoisonedMatrix<T>(random, rowsA, columnsA, Math.Max(columnsA, 1));
        var b = new PoisonedMatrix<T>(random, inner, columns, columns);
        T[] alone = new T[rows * columns], shared = new T[rows * columns];
        MatrixProduct.Of(T.One, a.View.TransposedIf(transposeA), b.View, alone);
        MatrixProduct.Of(T.One, a.View.TransposedIf(transposeA), b.View, shared, team: team);
        NumericAssert.SameBits<T>($"MatrixProduct {typeof(T).Name} {rows} x {columns} x {inner}, {team.Threads} threads", alone, shared);
    }

    private static void Check<T>(
        int rows, int columns, int inner, T alpha, bool transposeA, bool transposeB, T beta, int padding)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(rows + (1000 * columns) + (1000000 * inner));
        (int rowsA, int columnsA) = transposeA ? (inner, rows) : (rows, inner);
        (int rowsB, int columnsB) = transposeB ? (columns, inner) : (inner, columns);
        var a = new PoisonedMatrix<T>(random, rowsA, columnsA, columnsA + padding);
        var b = new PoisonedMatrix<T>(random, rowsB, columnsB, columnsB + padding);
        var c = new PoisonedMatrix<T>(random, rows, columns, columns + padding);
        if (beta == T.Zero)
            c.Poison((_, _) => true);

        MatrixView<T> A = a.View.TransposedIf(transposeA), B = b.View.TransposedIf(transposeB);
        MatrixProduct.Of(alpha, A, B, c.Span, keep: beta, stride: c.Stride);

        double scale = double.CreateTruncating(alpha);
        string name = $"MatrixProduct {typeof(T).Name} {rows} x {columns} x {inner}, transposed {transposeA} {transposeB}, "
            + $"beta {beta}, padding {padding}";
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double sum = 0;
                double magnitude = 0;
                for (int k = 0; k < inner; k++)
                {
                    T left = transposeA ? a[k, i] : a[i, k], right = transposeB ? b[j, k] : b[k, j];
                    double term = double.CreateTruncating(left) * double.CreateTruncating(right);
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
