using MathNet.Numerics.LinearAlgebra.Double;

namespace Staircase;

internal static partial class ThinFactors
{
    private const int PanelColumns = 16;

    /// <summary>
    /// Q (m×n, orthonormal columns) and R (n×n, upper triangle) of a tall matrix, by Householder reflections in panels: H₁…H_b = I − V T Vᵀ
    /// (Schreiber, Van Loan 1989), so that nearly all is matrix products.
    /// </summary>
    public static (Matrix Q, Matrix R) QR(Matrix matrix)
    {
        int m = matrix.RowCount, n = matrix.ColumnCount;
        double[] a = [.. Values(matrix)];
        var R = new DenseMatrix(n, n);
        var Q = new DenseMatrix(m, n);
        var T = new double[(n + PanelColumns - 1) / PanelColumns][];
        var scratch = new double[n * PanelColumns];
        for (int j = 0; j < n; j += PanelColumns)
        {
            int b = Min(PanelColumns, n - j);
            T[j / PanelColumns] = FactorPanel(a, R, m, j, b);
            Reflect(a, m, j, b, T[j / PanelColumns], transposed: true, a, j + b, n, scratch);
        }

        for (int j = (n - 1) / PanelColumns * PanelColumns; j >= 0; j -= PanelColumns)
        {
            int b = Min(PanelColumns, n - j);
            for (int k = j; k < j + b; k++)
                Q.Values[k * m + k] = 1;
            Reflect(a, m, j, b, T[j / PanelColumns], transposed: false, Q.Values, j, n, scratch);
        }

        return (Q, R);
    }

    /// <summary>
    /// Reflects columns j to j + b, which become the vectors V with zeros above, moves what was above to R, and gives T, b×b in columns.
    /// </summary>
    private static double[] FactorPanel(double[] a, DenseMatrix R, int m, int j, int b)
    {
        var factors = new double[b]; // H = I − τ v vᵀ
        for (int p = j; p < j + b; p++)
        {
            Span<double> v = a.AsSpan(p * m + p, m - p);
            double norm = Sqrt(SumOfSquares(v));
            double α = v[0] > 0 ? -norm : norm;
            a.AsSpan(p * m, p).CopyTo(R.Values.AsSpan(p * R.RowCount));
            R[p, p] = α;
            if (norm == 0)
                continue;
            v[0] -= α;
            double τ = factors[p - j] = -1 / (α * v[0]); // 2/vᵀv, as vᵀv = −2 α v₀
            for (int k = p + 1; k < j + b; k++)
            {
                Span<double> column = a.AsSpan(k * m + p, m - p);
                AddScaled(-τ * VectorKernels.Dot(v, column), v, column);
            }
        }

        for (int p = j; p < j + b; p++)
            a.AsSpan(p * m, p).Clear();

        // Column p of T is −τ T Vᵀ v above τ.
        var gram = new double[b * b];
        MatrixProduct.Of(1, a.AsSpan(j * m + j).AsMatrix(b, m - j, m), a.AsSpan(j * m + j).AsMatrix(b, m - j, m).Transposed, gram);
        var T = new double[b * b];
        for (int p = 0; p < b; p++)
        {
            T[p * b + p] = factors[p];
            for (int i = 0; i < p; i++)
            {
                double sum = 0;
                for (int k = i; k < p; k++)
                    sum += T[k * b + i] * gram[k * b + p];
                T[p * b + i] = -factors[p] * sum;
            }
        }

        return T;
    }

    /// <summary>Columns <paramref name="first"/> to <paramref name="end"/> of C become (I − V T Vᵀ) C, or with Tᵀ.</summary>
    private static void Reflect(
        double[] a, int m, int j, int b, double[] T, bool transposed, double[] c, int first, int end, double[] scratch)
    {
        int count = end - first;
        if (count == 0)
            return;

        // In rows these are Cᵀ and Vᵀ: Cᵀ −= (Cᵀ V) Tᵀ Vᵀ.
        ReadOnlySpan<double> V = a.AsSpan(j * m + j);
        Span<double> C = c.AsSpan(first * m + j), W = scratch.AsSpan(0, count * b);
        var turned = new double[count * b];
        MatrixProduct.Of(1, C.AsMatrix(count, m - j, m), V.AsMatrix(b, m - j, m).Transposed, W);
        MatrixProduct.Of(1, W.AsMatrix(count, b), T.AsMatrix(b, b).TransposedIf(transposed), turned);
        MatrixProduct.Of(-1, turned.AsMatrix(count, b), V.AsMatrix(b, m - j, m), C, keep: 1, stride: m);
    }
}
