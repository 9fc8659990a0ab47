namespace Staircase;

/// <summary>Square matrices in the coordinates of the inputs and in the eigenbasis of their covariance.</summary>
internal static class Rotation
{
    /// <summary>X becomes EᵀXE, where the columns of E are the eigenvectors.</summary>
    public static void ToEigenbasis(double[,] basis, Span<double> matrix) => Apply(basis, matrix, true);

    /// <summary>X becomes EXEᵀ.</summary>
    public static void FromEigenbasis(double[,] basis, Span<double> matrix) => Apply(basis, matrix, false);

    /// <exception cref="ArgumentException">The basis and the matrix differ in size.</exception>
    private static void Apply(double[,] basis, Span<double> matrix, bool transposeLeft)
    {
        int D = basis.GetLength(0);
        if (basis.GetLength(1) != D || matrix.Length != D * D)
        {
            throw new ArgumentException(
                $"The basis is {basis.GetLength(0)}×{basis.GetLength(1)}, the matrix has {matrix.Length} entries; expected D×D and D².");
        }

        double[] E = new double[D * D], half = new double[D * D];
        Buffer.BlockCopy(basis, 0, E, 0, E.Length * sizeof(double));
        MatrixProduct.Of(1, E.AsMatrix(D, D).TransposedIf(transposeLeft), matrix.AsMatrix(D, D), half);
        MatrixProduct.Of(1, half.AsMatrix(D, D), E.AsMatrix(D, D).TransposedIf(!transposeLeft), matrix);
    }
}
