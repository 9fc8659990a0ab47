namespace Staircase.Kernels;

/// <summary>
/// The nearest (semi-)orthogonal matrix U Vᵀ of a matrix U S Vᵀ by matrix products alone, which is what Muon's steps need.
/// </summary>
public static class PolarFactor
{
    private const int QuinticSteps = 5;

    /// <summary>Numbers of workspace that <see cref="Orthogonalize"/> needs.</summary>
    public static int WorkspaceLength(int rows, int columns)
    {
        int small = Min(rows, columns);
        return checked((2 * small * small) + (rows * columns));
    }

    /// <summary>Replaces X by an approximation of its polar factor.</summary>
    /// <param name="rows">Rows of X.</param>
    /// <param name="columns">Columns of X.</param>
    /// <param name="x">X, row after row; zero stays zero.</param>
    /// <param name="workspace">Of <see cref="WorkspaceLength"/>.</param>
    /// <param name="polish">Cubic steps after the quintic ones; 0 is Muon as published.</param>
    /// <param name="team">Threads for large matrices; null works on the caller's alone.</param>
    /// <remarks>
    /// X is divided by its Frobenius norm. Five steps X ← aX + b(XXᵀ)X + c(XXᵀ)²X with a, b, c = 3.4445, −4.7750, 2.0315 (Jordan 2024) lift
    /// singular values above 1e-3 of the norm into [0.68, 1.2], not to 1. Each cubic step X ← (3X − XXᵀX)/2 (Newton, Schulz) then squares
    /// the distance from 1: five reach rounding in single precision.
    /// Directions with much smaller singular values stay between 0 and 1: a polar factor does not exist for them within rounding.
    /// </remarks>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Orthogonalize<T>(int rows, int columns, Span<T> x, Span<T> workspace, int polish = 0, ThreadTeam? team = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireLength(x, rows * columns);
        RequireLength(workspace, WorkspaceLength(rows, columns));
        double norm = 0;
        foreach (T entry in x)
            norm += double.CreateTruncating(entry) * double.CreateTruncating(entry);
        if (norm == 0)
            return;
        VectorKernels.Scale(T.CreateTruncating(1 / Sqrt(norm)), x, x);

        bool tall = rows > columns;
        int n = Min(rows, columns), square = n * n;
        Span<T> gram = workspace[..square], polynomial = workspace.Slice(square, square), old = workspace[(2 * square)..];
        MatrixView<T> X = x.AsMatrix(rows, columns), Y = old.AsMatrix(rows, columns);
        MatrixView<T> A = gram.AsMatrix(n, n), P = polynomial.AsMatrix(n, n);
        for (int step = 0; step < QuinticSteps + polish; step++)
        {
            (double a, double b, double c) = step < QuinticSteps ? (3.4445, -4.7750, 2.0315) : (1.5, -0.5, 0.0);
            MatrixProduct.Of(T.One, X.TransposedIf(tall), X.TransposedIf(!tall), gram, team: team);
            gram.CopyTo(polynomial);
            if (c == 0)
                VectorKernels.Scale(T.CreateTruncating(b), polynomial, polynomial);
            else
                MatrixProduct.Of(T.CreateTruncating(c), A, A, polynomial, keep: T.CreateTruncating(b), team: team);
            x.CopyTo(old);
            MatrixProduct.Of(T.One, tall ? Y : P, tall ? P : Y, x, keep: T.CreateTruncating(a), team: team);
        }
    }
}
