namespace Staircase.Tests.Measures;

/// <summary>Small dense matrices, written out naively.</summary>
internal static class Matrices
{
    public static double[,] Random(int rows, int columns, int seed)
    {
        var random = new RandomStream((ulong)seed, RandomPurpose.Probe, 31);
        var matrix = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                matrix[i, j] = random.NextNormal();
        }

        return matrix;
    }

    public static double[,] Diagonal(params double[] entries)
    {
        var matrix = new double[entries.Length, entries.Length];
        for (int i = 0; i < entries.Length; i++)
            matrix[i, i] = entries[i];
        return matrix;
    }

    public static double[,] Times(this double[,] a, double[,] b)
    {
        var product = new double[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < b.GetLength(1); j++)
            {
                for (int k = 0; k < b.GetLength(0); k++)
                    product[i, j] += a[i, k] * b[k, j];
            }
        }

        return product;
    }

    public static double[,] Transposed(this double[,] a)
    {
        var transposed = new double[a.GetLength(1), a.GetLength(0)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < a.GetLength(1); j++)
                transposed[j, i] = a[i, j];
        }

        return transposed;
    }

    public static double[,] Scaled(this double[,] a, double factor)
    {
        var scaled = new double[a.GetLength(0), a.GetLength(1)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < a.GetLength(1); j++)
                scaled[i, j] = factor * a[i, j];
        }

        return scaled;
    }

    public static double[,] Minus(this double[,] a, double[,] b)
    {
        var difference = new double[a.GetLength(0), a.GetLength(1)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < a.GetLength(1); j++)
                difference[i, j] = a[i, j] - b[i, j];
        }

        return difference;
    }

    public static double Norm(this double[,] a) => Math.Sqrt(a.Cast<double>().Sum(x => x * x));

    /// <summary>U diag(σ) Vᵀ with random orthogonal U and V: a matrix whose singular values are known.</summary>
    public static double[,] WithSingularValues(double[] σ, int seed) =>
        RandomBasis.Draw(σ.Length, (ulong)seed).Times(Diagonal(σ)).Times(RandomBasis.Draw(σ.Length, (ulong)seed + 1000).Transposed());
}
