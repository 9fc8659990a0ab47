using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using Lanes = System.Numerics.Vector<double>;

namespace Staircase;

/// <summary>Decompositions of the thin factors of circuits, and products of them.</summary>
/// <remarks>
/// Math.NET's were rejected by measurement: its thin QR of a 512×64 matrix and the SVD of a 64×64 core took 0.3 to 0.5 s on a busy machine,
/// and a checkpoint of 12 layers and 12 heads has 288 circuits. Cholesky of the Gram matrix was not tried: it squares the condition number,
/// which weights do not bound. Columns are contiguous in Math.NET's storage, as these loops want.
/// </remarks>
internal static partial class ThinFactors
{
    private const int MostSweeps = 60;

    /// <summary>A B.</summary>
    public static Matrix Product(Matrix A, Matrix B)
    {
        // Column-major storage is the transpose in rows: (A B)ᵀ = Bᵀ Aᵀ.
        var product = new DenseMatrix(A.RowCount, B.ColumnCount);
        MatrixProduct.Of(1, Turned(B), Turned(A), product.Values);
        return product;
    }

    /// <summary>Aᵀ B.</summary>
    public static Matrix TransposedProduct(Matrix A, Matrix B)
    {
        var product = new DenseMatrix(A.ColumnCount, B.ColumnCount);
        MatrixProduct.Of(1, Turned(B), Turned(A).Transposed, product.Values);
        return product;
    }

    /// <summary>A Bᵀ.</summary>
    public static Matrix ProductTransposed(Matrix A, Matrix B)
    {
        var product = new DenseMatrix(A.RowCount, B.RowCount);
        MatrixProduct.Of(1, Turned(B).Transposed, Turned(A), product.Values);
        return product;
    }

    /// <summary>Mᵀ, whose rows are the columns of M as they lie.</summary>
    private static MatrixView<double> Turned(Matrix M) => Values(M).AsMatrix(M.ColumnCount, M.RowCount);

    /// <summary>Σ_ij A_ij B_ij = tr(A Bᵀ) of two matrices of one shape.</summary>
    public static double Dot(Matrix A, Matrix B) => VectorKernels.Dot(Values(A), Values(B));

    /// <summary>‖M‖_F without overflow. Math.NET forms the product M Mᵀ for it.</summary>
    public static double Norm(Matrix matrix)
    {
        double squares = SumOfSquares(Values(matrix));
        if (squares is > 1e-200 and < 1e200)
            return Sqrt(squares);
        double largest = LargestEntry(matrix);
        return largest == 0 ? 0 : largest * Sqrt(SumOfSquares(Values(matrix / largest)));
    }

    /// <summary>The largest size of an entry.</summary>
    public static double LargestEntry(Matrix matrix)
    {
        ReadOnlySpan<double> values = Values(matrix);
        Lanes sizes = Lanes.Zero;
        int i = 0;
        for (; i <= values.Length - Lanes.Count; i += Lanes.Count)
            sizes = System.Numerics.Vector.Max(sizes, System.Numerics.Vector.Abs(new Lanes(values[i..])));
        double largest = 0;
        for (int lane = 0; lane < Lanes.Count; lane++)
            largest = Max(largest, sizes[lane]);
        for (; i < values.Length; i++)
            largest = Max(largest, Abs(values[i]));
        return largest;
    }

    /// <summary>
    /// U σ Vᵀ of a small matrix, σ descending, U and V square, by one-sided Jacobi rotations (Hestenes 1958): as exact for small σ as for
    /// large ones.
    /// </summary>
    public static (Matrix U, double[] σ, Matrix V) Svd(Matrix matrix)
    {
        if (matrix.RowCount < matrix.ColumnCount)
        {
            (Matrix V, double[] values, Matrix U) = Svd(matrix.Transpose());
            return (U, values, V);
        }

        // A column of the matrix and below it that of V, which turns alike: one rotation for both.
        int m = matrix.RowCount, n = matrix.ColumnCount, both = m + n;
        double[] a = new double[both * n];
        for (int j = 0; j < n; j++)
        {
            Values(matrix).AsSpan(j * m, m).CopyTo(a.AsSpan(j * both));
            a[j * both + m + j] = 1;
        }

        // Columns whose cosine is below this are orthogonal to rounding.
        double tolerance = m * 1.1e-16;
        var squares = new double[n];
        bool rotated = true;
        for (int sweep = 0; rotated && sweep < MostSweeps; sweep++)
        {
            rotated = false;
            for (int j = 0; j < n; j++)
                squares[j] = SumOfSquares(a.AsSpan(j * both, m)); // anew once a sweep: updates lose digits
            for (int p = 0; p < n - 1; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    double γ = VectorKernels.Dot(a.AsSpan(p * both, m), a.AsSpan(q * both, m)), α = squares[p], β = squares[q];
                    if (γ == 0 || Abs(γ) <= tolerance * Sqrt(α) * Sqrt(β))
                        continue;
                    rotated = true;
                    double ζ = (β - α) / (2 * γ);
                    double t = (ζ >= 0 ? 1 : -1) / (Abs(ζ) + Sqrt(1 + ζ * ζ));
                    double c = 1 / Sqrt(1 + t * t);
                    Rotate(c, c * t, a.AsSpan(p * both, both), a.AsSpan(q * both, both));
                    squares[p] = α - t * γ;
                    squares[q] = β + t * γ;
                }
            }
        }

        for (int j = 0; j < n; j++)
            squares[j] = SumOfSquares(a.AsSpan(j * both, m));
        double[] σ = [.. squares.Select(Sqrt)];
        int[] order = [.. Range(0, n).OrderByDescending(j => σ[j])];
        var sortedU = new DenseMatrix(m, m);
        var sortedV = new DenseMatrix(n, n);
        int filled = 0;
        for (int k = 0; k < n; k++)
        {
            int j = order[k];
            a.AsSpan(j * both + m, n).CopyTo(sortedV.Values.AsSpan(k * n));
            Span<double> u = sortedU.Values.AsSpan(k * m, m);
            if (σ[j] > 0 && filled == k)
            {
                double scale = 1 / σ[j];
                ReadOnlySpan<double> column = a.AsSpan(j * both, m);
                for (int i = 0; i < m; i++)
                    u[i] = column[i] * scale;

                // Directions far below the largest are rounding of it, and are made orthogonal to what came before.
                if (σ[j] > 1e-12 * σ[order[0]] || Orthogonalize(sortedU.Values, k, m))
                    filled = k + 1;
            }
        }

        Complete(sortedU.Values, filled, m);
        return (sortedU, [.. order.Select(j => σ[j])], sortedV);
    }

    /// <summary>Makes column k a unit vector orthogonal to those before it; false if less than a given part is left of it.</summary>
    private static bool Orthogonalize(double[] columns, int k, int m, double least = 0.1)
    {
        Span<double> u = columns.AsSpan(k * m, m);
        for (int pass = 0; pass < 3; pass++)
        {
            for (int j = 0; j < k; j++)
            {
                ReadOnlySpan<double> other = columns.AsSpan(j * m, m);
                AddScaled(-VectorKernels.Dot(other, u), other, u);
            }

            double norm = Sqrt(SumOfSquares(u));
            if (norm < least)
            {
                u.Clear();
                return false;
            }

            for (int i = 0; i < m; i++)
                u[i] /= norm;
        }

        return true;
    }

    /// <summary>Fills columns with an orthonormal basis of what is left of the space.</summary>
    private static void Complete(double[] columns, int filled, int m)
    {
        for (int axis = 0; filled < m && axis < m; axis++)
        {
            Span<double> u = columns.AsSpan(filled * m, m);
            u.Clear();
            u[axis] = 1;
            if (Orthogonalize(columns, filled, m))
                filled++;
        }

        // An axis may be nearly in the span; the largest remainder never is.
        for (; filled < m; filled++)
        {
            (double Norm, int Axis) best = (-1, 0);
            for (int axis = 0; axis < m; axis++)
            {
                double inside = 0;
                for (int j = 0; j < filled; j++)
                    inside += columns[j * m + axis] * columns[j * m + axis];
                if (1 - inside > best.Norm)
                    best = (1 - inside, axis);
            }

            Span<double> u = columns.AsSpan(filled * m, m);
            u.Clear();
            u[best.Axis] = 1;
            Orthogonalize(columns, filled, m, least: 0);
        }
    }

    private static double[] Values(Matrix matrix) =>
        matrix is DenseMatrix dense ? dense.Values : matrix.AsColumnMajorArray() ?? matrix.ToColumnMajorArray();
}
