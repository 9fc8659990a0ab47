namespace Staircase;

/// <summary>Carries a map between the token basis and the eigenbasis of the inputs (see <see cref="AttentionMap"/>).</summary>
internal sealed class MapRotation(double[,] basis)
{
    private readonly double[] _basis = basis.Cast<double>().ToArray(); // E, row-major, columns are eigenvectors
    private readonly int _D = basis.GetLength(0);

    /// <summary>The coefficients of the same function when inputs are written in the eigenbasis.</summary>
    public void ToEigenbasis(ReadOnlySpan<double> map, Span<double> rotated) => Apply(map, rotated, transpose: true, share: 0.5);

    /// <summary>The gradient with respect to token-basis coefficients from that with respect to eigenbasis coefficients.</summary>
    public void GradientFromEigenbasis(ReadOnlySpan<double> gradient, Span<double> rotated) =>
        Apply(gradient, rotated, transpose: false, share: 1);

    /// <summary>
    /// Multiplies every input index by Eᵀ (or E). The two orders of an off-diagonal pair share its coefficient (½ each), while a
    /// derivative with respect to that coefficient is the same for both (share 1).
    /// </summary>
    private void Apply(ReadOnlySpan<double> source, Span<double> destination, bool transpose, double share)
    {
        int D = _D, square = D * D;
        double[] scratch = new double[square];
        RotateMatrix(source[..square], destination[..square], scratch, transpose);
        if (AttentionMap.IsInContextOnly(source.Length, D))
            return;

        // Label–label row: one index.
        ReadOnlySpan<double> π = source.Slice(square, D);
        MatrixProduct.Of(1, _basis.AsMatrix(D, D).TransposedIf(transpose), π.AsMatrix(D, 1), destination.Slice(square, D));

        // Input–input rows: unfold to D×D×D, rotate (b, c) for every a, then a for all (b, c).
        double[] cube = new double[square * D], half = new double[square * D];
        for (int a = 0; a < D; a++)
        {
            for (int b = 0; b < D; b++)
            {
                int row = AttentionMap.InputRow(D, Min(a, b), Max(a, b));
                double factor = a == b ? 1 : share;
                for (int c = 0; c < D; c++)
                    cube[(a * D + b) * D + c] = factor * source[row * D + c];
            }
        }

        for (int a = 0; a < D; a++)
            RotateMatrix(cube.AsSpan(a * square, square), half.AsSpan(a * square, square), scratch, transpose);
        MatrixProduct.Of(1, _basis.AsMatrix(D, D).TransposedIf(transpose), half.AsMatrix(D, square), cube);
        for (int a = 0; a < D; a++)
        {
            for (int b = a; b < D; b++)
            {
                int row = AttentionMap.InputRow(D, a, b);
                double factor = a == b ? 1 : 1 / share;
                for (int c = 0; c < D; c++)
                    destination[row * D + c] = factor * cube[(a * D + b) * D + c];
            }
        }
    }

    /// <summary>destination = Eᵀ source E (or E source Eᵀ).</summary>
    private void RotateMatrix(ReadOnlySpan<double> source, Span<double> destination, Span<double> scratch, bool transpose)
    {
        int D = _D;
        MatrixProduct.Of(1, _basis.AsMatrix(D, D).TransposedIf(transpose), source.AsMatrix(D, D), scratch);
        MatrixProduct.Of(1, scratch.AsMatrix(D, D), _basis.AsMatrix(D, D).TransposedIf(!transpose), destination);
    }
}
