using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Staircase;

/// <summary>
/// A matrix M = A B (m×n) given by thin factors A (m×r) and B (r×n), which is never formed; a dense matrix is the case without B.
/// </summary>
/// <remarks>
/// The circuits of an attention head are such products: QK = W_Qᵀ W_K and OV = W_O W_V, d_model × d_model of rank at most d_head. With A =
/// Q₁R₁ and Bᵀ = Q₂R₂ everything follows from the small core C = R₁R₂ᵀ: M = Q₁ C Q₂ᵀ has the singular values of C, and its spaces are those
/// of C turned by Q₁ and Q₂.
/// </remarks>
public sealed class FactoredMatrix
{
    /// <summary>
    /// Singular values up to this fraction of the largest count as zero: for weights in double precision. Weights stored in single
    /// precision want about 1e-5.
    /// </summary>
    public const double RankCutoff = 1e-10;

    // A, and Bᵀ: both tall, as a thin product has them; null for a dense matrix.
    private readonly Matrix _left;
    private readonly Matrix? _rightTransposed;
    private readonly Lazy<Frame> _frame;
    private readonly Lazy<Decomposition> _decomposition;

    private FactoredMatrix(Matrix left, Matrix? rightTransposed)
    {
        _left = left;
        _rightTransposed = rightTransposed;
        _frame = new(FindFrame);
        _decomposition = new(() => Decompose(_frame.Value.Core));
    }

    /// <summary>A core and the orthonormal columns that turn it back; null stands for the identity.</summary>
    private sealed record Frame(Matrix Core, Matrix? LeftTurn, Matrix? RightTurn);

    /// <summary>The singular value decomposition U σ Vᵀ of the core.</summary>
    private sealed record Decomposition(double[] σ, Matrix U, Matrix V);

    /// <summary>m.</summary>
    public int Rows => _left.RowCount;

    /// <summary>n.</summary>
    public int Columns => _rightTransposed?.RowCount ?? _left.ColumnCount;

    /// <summary>How many singular values can differ from zero: the smallest of m, n and r.</summary>
    public int LargestRank => Min(Min(Rows, Columns), _left.ColumnCount);

    /// <summary>σ₁ ≥ σ₂ ≥ …, as many as <see cref="LargestRank"/>.</summary>
    public double[] SingularValues => _decomposition.Value.σ[..LargestRank];

    /// <summary>‖M‖_F.</summary>
    public double FrobeniusNorm => ThinFactors.Norm(_frame.Value.Core);

    /// <summary>tr M = Σ_ij A_ij B_ji.</summary>
    /// <exception cref="InvalidOperationException">The matrix is not square.</exception>
    public double Trace
    {
        get
        {
            RequireSquare("trace");
            return _rightTransposed is null ? _left.Trace() : ThinFactors.Dot(_left, _rightTransposed);
        }
    }

    /// <summary>
    /// The eigenvalues that can differ from zero, largest size first: those of the r×r matrix BA, since ABx = λx gives BA(Bx) = λ(Bx).
    /// </summary>
    /// <exception cref="InvalidOperationException">The matrix is not square.</exception>
    public Complex[] Eigenvalues
    {
        get
        {
            RequireSquare("eigenvalues");
            Matrix small = _rightTransposed is null || _left.ColumnCount >= Rows
                ? Product()
                : ThinFactors.TransposedProduct(_rightTransposed, _left);
            double scale = Scale(small);
            if (scale == 0)
                return new Complex[small.RowCount];
            Complex[] λs = SmallEigenvalues.Of(Over(small, scale).ToColumnMajorArray(), small.RowCount)
                ?? [.. small.Divide(scale).Evd(Symmetricity.Asymmetric).EigenValues];
            return [.. λs.Select(λ => λ * scale).OrderByDescending(λ => λ.Magnitude)];
        }
    }

    /// <summary>The core C, as an array of at most min(m, r) × min(n, r).</summary>
    internal Matrix Core => _frame.Value.Core;

    internal Matrix Left => _left;

    internal Matrix Right => _rightTransposed?.Transpose() ?? Matrix.Build.DenseIdentity(_left.ColumnCount);

    /// <summary>A dense matrix, a row a row.</summary>
    /// <exception cref="ArgumentException">It is empty or has an entry that is not finite.</exception>
    public static FactoredMatrix Dense(double[,] matrix) => new(Checked(matrix, "matrix"), rightTransposed: null);

    internal static FactoredMatrix Dense(Matrix matrix) => new(matrix, rightTransposed: null);

    /// <summary>The product of two matrices.</summary>
    /// <param name="left">A, m×r.</param>
    /// <param name="right">B, r×n.</param>
    /// <exception cref="ArgumentException">One is empty, has an entry that is not finite, or the inner sizes differ.</exception>
    public static FactoredMatrix Product(double[,] left, double[,] right)
    {
        if (left.GetLength(1) != right.GetLength(0))
        {
            throw new ArgumentException(
                $"The left factor has {left.GetLength(1)} columns but the right factor has {right.GetLength(0)} rows.");
        }

        return new(Checked(left, "left factor"), CheckedTransposed(right, "right factor"));
    }

    /// <summary>The product Aᵀ B of two matrices that are given with a row a direction, as W_Q and W_K of W_Qᵀ W_K are.</summary>
    /// <param name="left">A, r×m.</param>
    /// <param name="right">B, r×n.</param>
    /// <exception cref="ArgumentException">One is empty, has an entry that is not finite, or the inner sizes differ.</exception>
    public static FactoredMatrix TransposedProduct(double[,] left, double[,] right)
    {
        if (left.GetLength(0) != right.GetLength(0))
            throw new ArgumentException($"The left factor has {left.GetLength(0)} rows but the right factor has {right.GetLength(0)}.");
        return new(CheckedTransposed(left, "left factor"), CheckedTransposed(right, "right factor"));
    }

    /// <summary>How many singular values exceed the cut-off times the largest one.</summary>
    public int Rank(double cutoff = RankCutoff)
    {
        double[] σ = SingularValues;
        return σ.Count(x => x > cutoff * σ[0]);
    }

    /// <summary>
    /// The left singular vectors of the largest singular values, m×count, orthonormal columns: a basis of the column space.
    /// </summary>
    internal Matrix LeftBasis(int count) => Turned(_frame.Value.LeftTurn, _decomposition.Value.U, count);

    /// <summary>The right ones, n×count: a basis of the row space.</summary>
    internal Matrix RightBasis(int count) => Turned(_frame.Value.RightTurn, _decomposition.Value.V, count);

    /// <summary>Orthonormal columns that span what the leading left singular vectors do.</summary>
    internal Matrix ColumnSpace(int count) =>
        _frame.Value.LeftTurn is { } turn && turn.ColumnCount == count ? turn : LeftBasis(count);

    /// <summary>Orthonormal columns that span what the leading right singular vectors do.</summary>
    internal Matrix RowSpace(int count) =>
        _frame.Value.RightTurn is { } turn && turn.ColumnCount == count ? turn : RightBasis(count);

    /// <summary>(I − U Uᵀ) M (I − V Vᵀ) for orthonormal columns U and V; still in factors.</summary>
    internal FactoredMatrix Without(Matrix leftDirections, Matrix rightDirections) =>
        new(Outside(_left, leftDirections), Outside(_rightTransposed ?? Matrix.Build.DenseIdentity(Columns), rightDirections));

    /// <summary>‖(I − U Uᵀ) M‖_F for orthonormal columns U.</summary>
    internal double NormOutsideColumns(Matrix directions) => NormOutside(_frame.Value.LeftTurn, _frame.Value.Core, directions);

    /// <summary>‖M (I − V Vᵀ)‖_F for orthonormal columns V.</summary>
    internal double NormOutsideRows(Matrix directions) =>
        NormOutside(_frame.Value.RightTurn, _frame.Value.Core.Transpose(), directions);

    private static double NormOutside(Matrix? turn, Matrix core, Matrix directions)
    {
        double scale = Scale(core);
        if (scale == 0)
            return 0;
        core = Over(core, scale);
        return scale * ThinFactors.Norm(turn is null ? Outside(core, directions) : ThinFactors.Product(Outside(turn, directions), core));
    }

    /// <summary>What of the columns is orthogonal to orthonormal directions.</summary>
    private static Matrix Outside(Matrix columns, Matrix directions) =>
        columns - ThinFactors.Product(directions, ThinFactors.TransposedProduct(directions, columns));

    private Matrix Product() => _rightTransposed is null ? _left : ThinFactors.ProductTransposed(_left, _rightTransposed);

    private Frame FindFrame()
    {
        (Matrix? leftTurn, Matrix R1) = Triangle(_left);
        if (_rightTransposed is null)
        {
            // A wide dense matrix is tall on the other side.
            (Matrix? turn, Matrix R) = Triangle(R1.Transpose());
            return new(R.Transpose(), leftTurn, turn);
        }

        (Matrix? rightTurn, Matrix R2) = Triangle(_rightTransposed);
        return new(ThinFactors.ProductTransposed(R1, R2), leftTurn, rightTurn);
    }

    private static Decomposition Decompose(Matrix core)
    {
        double scale = Scale(core);
        if (scale == 0)
        {
            double[] zeros = new double[Min(core.RowCount, core.ColumnCount)];
            return new(zeros, Matrix.Build.DenseIdentity(core.RowCount), Matrix.Build.DenseIdentity(core.ColumnCount));
        }

        (Matrix U, double[] σ, Matrix V) = ThinFactors.Svd(Over(core, scale));
        return new([.. σ.Select(x => x * scale)], U, V);
    }

    /// <summary>Q and R of a tall matrix; a matrix that is not tall is its own triangle.</summary>
    private static (Matrix? Q, Matrix R) Triangle(Matrix matrix)
    {
        double scale = Scale(matrix);
        if (matrix.RowCount <= matrix.ColumnCount || scale == 0)
            return (null, matrix);
        (Matrix Q, Matrix R) = ThinFactors.QR(Over(matrix, scale));
        return (Q, scale == 1 ? R : R * scale);
    }

    /// <summary>
    /// By what to divide a matrix: 1 for ordinary numbers, 0 for zeros, else the size of the largest entry, to a power of two so that
    /// scaling does not round. Squares of entries of 1e-200 would vanish.
    /// </summary>
    private static double Scale(Matrix matrix)
    {
        double largest = ThinFactors.LargestEntry(matrix);
        return largest is 0 or (> 1e-60 and < 1e60) ? Sign(largest) : ScaleB(1, ILogB(largest));
    }

    /// <summary>The matrix over its scale.</summary>
    private static Matrix Over(Matrix matrix, double scale) => scale == 1 ? matrix : matrix / scale;

    private Matrix Turned(Matrix? turn, Matrix vectors, int count)
    {
        if (count < 1 || count > LargestRank)
            throw new ArgumentException($"A {Rows}×{Columns} matrix of rank up to {LargestRank} has no {count} singular vectors.");
        Matrix leading = vectors.SubMatrix(0, vectors.RowCount, 0, count);
        return turn is null ? leading : ThinFactors.Product(turn, leading);
    }

    private void RequireSquare(string what)
    {
        if (Rows != Columns)
            throw new InvalidOperationException($"Only a square matrix has {what}; this one is {Rows}×{Columns}.");
    }

    private static Matrix Checked(double[,] matrix, string name) => CheckedTransposed(matrix, name).Transpose();

    /// <summary>The transpose: rows as they lie are its columns.</summary>
    private static Matrix CheckedTransposed(double[,] matrix, string name)
    {
        if (matrix.Length == 0)
            throw new ArgumentException($"The {name} is empty ({matrix.GetLength(0)}×{matrix.GetLength(1)}).");
        var values = new double[matrix.Length];
        Buffer.BlockCopy(matrix, 0, values, 0, values.Length * sizeof(double));
        foreach (double entry in values)
        {
            if (!double.IsFinite(entry))
                throw new ArgumentException($"The {name} has the entry {entry}; expected finite numbers.");
        }

        return Matrix.Build.Dense(matrix.GetLength(1), matrix.GetLength(0), values);
    }
}
