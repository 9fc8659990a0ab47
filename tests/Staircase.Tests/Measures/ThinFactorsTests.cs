using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Tests;

/// <summary>Circuits' singular values against the full decomposition of the product, formed.</summary>
public sealed class ThinFactorsTests
{
    /// <summary>What is promised of circuits, relative to the largest singular value.</summary>
    private const double Promised = 1e-9;

    /// <summary>Rounding of orthonormal columns, some hundred additions deep.</summary>
    private const double Rounding = 1e-12;

    [Theory]
    [InlineData(24, 5, 0)]
    [InlineData(96, 16, 0)]
    [InlineData(96, 16, 6)]  // factors of condition 10^6
    [InlineData(96, 16, 14)]
    [InlineData(100, 33, 9)] // panels of the QR that are not full
    [InlineData(256, 64, 0)] // a d_head of real models
    [InlineData(256, 64, 8)]
    public void Singular_values_are_those_of_the_formed_product(int d, int h, int decades)
    {
        var random = new Random(7);
        double[,] left = Random(d, h, random), right = Random(h, d, random);
        for (int j = 0; j < h; j++)
        {
            double scale = Math.Pow(10, -decades * (double)j / h);
            for (int i = 0; i < d; i++)
                (left[i, j], right[j, i]) = (left[i, j] * scale, right[j, i] * scale);
        }

        double[] full = [.. (Matrix<double>.Build.DenseOfArray(left) * Matrix<double>.Build.DenseOfArray(right)).Svd().S];
        FactoredMatrix product = FactoredMatrix.Product(left, right);
        for (int i = 0; i < h; i++)
        {
            Assert.True(
                Math.Abs(product.SingularValues[i] - full[i]) <= Promised * full[0],
                $"σ_{i + 1}: {product.SingularValues[i]:R}, by the formed product {full[i]:R}");
        }

        Orthonormal(product.LeftBasis(h));
        Orthonormal(product.RightBasis(h));
    }

    [Theory]
    [InlineData(9, 4)]
    [InlineData(4, 9)]
    [InlineData(6, 6)]
    public void Decompositions_give_the_matrix_back_also_when_its_rank_is_lower(int rows, int columns)
    {
        var random = new Random(3);
        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(Random(rows, 2, random)) * Matrix<double>.Build.DenseOfArray(
            Random(2, columns, random));
        (Matrix<double> U, double[] σ, Matrix<double> V) = ThinFactors.Svd(matrix);
        Orthonormal(U);
        Orthonormal(V);
        var Σ = Matrix<double>.Build.Dense(rows, columns);
        for (int i = 0; i < Math.Min(rows, columns); i++)
            Σ[i, i] = σ[i];
        Assert.True((U * Σ * V.Transpose() - matrix).FrobeniusNorm() <= Rounding * matrix.FrobeniusNorm());
        Assert.True(σ[2] <= Rounding * σ[0], $"σ₃ = {σ[2]:R} of a matrix of rank 2");
        if (rows > columns)
        {
            (Matrix<double> Q, Matrix<double> R) = ThinFactors.QR(matrix);
            Orthonormal(Q);
            Assert.True((Q * R - matrix).FrobeniusNorm() <= Rounding * matrix.FrobeniusNorm());
        }
    }

    /// <summary>Columns that repeat, vanish, or differ by 10⁻¹⁵ and 10¹⁵⁰: where the Gram matrix would have nothing left.</summary>
    [Theory]
    [InlineData(40, 1)]
    [InlineData(40, 16)]
    [InlineData(40, 17)]
    [InlineData(50, 40)]
    public void QR_holds_for_columns_that_are_nearly_dependent(int m, int n)
    {
        var random = new Random(11);
        double[,] columns = Random(m, n, random);
        for (int i = 0; i < m && n > 8; i++)
        {
            columns[i, 1] = columns[i, 0];
            columns[i, 3] = 0;
            columns[i, 5] = columns[i, 4] + 1e-15 * columns[i, 6];
            columns[i, 7] *= 1e-150;
        }

        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(columns);
        (Matrix<double> Q, Matrix<double> R) = ThinFactors.QR(matrix);
        Orthonormal(Q);
        Assert.True((Q * R - matrix).FrobeniusNorm() <= Rounding * matrix.FrobeniusNorm());
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                Assert.True(R[i, j] == 0, $"R[{i}, {j}] = {R[i, j]:R} below the diagonal");
        }
    }

    /// <summary>Norms against Math.NET's, and where squares overflow or vanish.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1e-180)]
    [InlineData(1e180)]
    public void A_norm_is_that_of_the_definition_whatever_its_size(double size)
    {
        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(Random(6, 4, new Random(2)));
        Assert.Equal(Math.Sqrt(matrix.Enumerate().Sum(x => x * x)), ThinFactors.Norm(matrix * size) / size, 1e-14);
        Assert.Equal(0, ThinFactors.Norm(matrix * 0));
    }

    [Fact]
    public void Products_are_those_of_their_definition()
    {
        var random = new Random(5);
        Matrix<double> a = Matrix<double>.Build.DenseOfArray(Random(5, 3, random));
        Matrix<double> b = Matrix<double>.Build.DenseOfArray(Random(3, 7, random));
        Matrix<double> c = Matrix<double>.Build.DenseOfArray(Random(5, 4, random));
        Assert.True((ThinFactors.Product(a, b) - a * b).FrobeniusNorm() < Rounding);
        Assert.True((ThinFactors.TransposedProduct(a, c) - a.Transpose() * c).FrobeniusNorm() < Rounding);
        Assert.True((ThinFactors.ProductTransposed(b.Transpose(), a) - b.Transpose() * a.Transpose()).FrobeniusNorm() < Rounding);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(17)]
    [InlineData(64)]
    public void Eigenvalues_are_those_of_Math_NET_and_give_trace_and_trace_of_the_square(int n)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(Random(n, n, new Random(seed)));
            if (seed == 1)
                // roots of unity: equal sizes, where plain shifts stall
                matrix = Matrix<double>.Build.Dense(n, n, (i, j) => j == (i + 1) % n ? 1 : 0);
            if (seed == 2)
                matrix = Matrix<double>.Build.Dense(n, n, (i, j) => j == i + 1 ? 1 : 0); // one Jordan block
            System.Numerics.Complex[] own = SmallEigenvalues.Of(matrix.ToColumnMajorArray(), n) ?? throw new InvalidOperationException(
                $"seed {seed} does not settle");
            System.Numerics.Complex sum = own.Aggregate((a, b) => a + b), squares = own.Select(λ => λ * λ).Aggregate((a, b) => a + b);
            Assert.True((sum - matrix.Trace()).Magnitude < Rounding * n, $"seed {seed}: Σλ = {sum}, trace {matrix.Trace():R}");
            Assert.True(
                (squares - (matrix * matrix).Trace()).Magnitude < 10 * Rounding * n,
                $"seed {seed}: Σλ² = {squares}, trace {(matrix * matrix).Trace():R}");
            if (seed == 2)
                continue; // a Jordan block's eigenvalues are known to n-th roots of rounding only
            foreach (System.Numerics.Complex theirs in matrix.Evd().EigenValues)
            {
                Assert.True(
                    own.Min(λ => (λ - theirs).Magnitude) < 1e3 * Rounding, $"seed {seed}: {theirs} is not among {string.Join(" ", own)}");
            }
        }
    }

    private static void Orthonormal(Matrix<double> columns)
    {
        double error = (columns.TransposeThisAndMultiply(columns) - Matrix<double>.Build.DenseIdentity(columns.ColumnCount)).FrobeniusNorm(
            );
        Assert.True(error < Rounding, $"‖QᵀQ − I‖ = {error:R}");
    }

    private static double[,] Random(int rows, int columns, Random random)
    {
        var matrix = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                matrix[i, j] = random.NextDouble() - 0.5;
        }

        return matrix;
    }
}
