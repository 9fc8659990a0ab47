namespace Staircase;

/// <summary>Random orthogonal matrices.</summary>
public static class RandomBasis
{
    /// <summary>
    /// A D×D orthogonal matrix from the Haar measure: Q of a Gaussian matrix with the signs of R's diagonal moved into Q.
    /// </summary>
    public static double[,] Draw(int dimension, ulong seed)
    {
        var random = new RandomStream(seed, RandomPurpose.Basis);
        var gaussian = Matrix.Build.Dense(dimension, dimension, (_, _) => random.NextNormal());
        var qr = gaussian.QR();
        var basis = new double[dimension, dimension];
        for (int d = 0; d < dimension; d++)
        {
            double sign = qr.R[d, d] < 0 ? -1 : 1;
            for (int i = 0; i < dimension; i++)
                basis[i, d] = sign * qr.Q[i, d];
        }

        return basis;
    }
}
