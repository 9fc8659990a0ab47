using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>Square roots of a task's covariances, which turn standard normal numbers into inputs and task vectors.</summary>
internal static class TaskFactors
{
    /// <summary>E Λ^{1/2} and E Ω^{1/2}, row-major D×D, E the basis of the inputs.</summary>
    public static (double[] Input, double[] Task) Of(RegressionTask task)
    {
        int D = task.InputDimension;
        var E = task.Basis is { } basis ? Matrix.Build.DenseOfArray(basis) : Matrix.Build.DenseIdentity(D);
        var root = Vector<double>.Build.Dense(D, d => Sqrt(task.InputEigenvalues[d]));
        var taskRoot = task.Commutes
            ? Matrix.Build.DenseOfDiagonalVector(Vector<double>.Build.Dense(D, d => Sqrt(task.TaskCovarianceAt(d, d))))
            : SquareRoot(task.TaskCovariance!);
        return ((E * Matrix.Build.DenseOfDiagonalVector(root)).ToRowMajorArray(), (E * taskRoot).ToRowMajorArray());
    }

    /// <summary>The symmetric square root.</summary>
    /// <exception cref="ArgumentException">The matrix has a negative eigenvalue.</exception>
    public static Matrix SquareRoot(double[,] symmetric)
    {
        var eigen = Matrix.Build.DenseOfArray(symmetric).Evd(Symmetricity.Symmetric);
        double largest = eigen.EigenValues.Max(z => Abs(z.Real));
        var roots = eigen.EigenValues.Map(z => z.Real < -1e-12 * largest
            ? throw new ArgumentException($"The task covariance must be positive semidefinite; it has the eigenvalue {z.Real:R}.")
            : Sqrt(Max(0, z.Real)));
        return eigen.EigenVectors * Matrix.Build.DenseOfDiagonalVector(roots) * eigen.EigenVectors.Transpose();
    }
}
