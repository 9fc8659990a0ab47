using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>How much of each principal component a model has learned.</summary>
public static class ModeStrengths
{
    /// <summary>m_d = e_dᵀ M e_d.</summary>
    /// <param name="inContextMatrix">M, D×D row-major.</param>
    /// <param name="basis">Columns are the eigenvectors e_d; null is the identity.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double[] Of(ReadOnlySpan<double> inContextMatrix, double[,]? basis)
    {
        int D = (int)Math.Sqrt(inContextMatrix.Length);
        var strengths = new double[D];
        for (int d = 0; d < D; d++)
        {
            if (basis is null)
            {
                strengths[d] = inContextMatrix[d * D + d];
                continue;
            }

            double sum = 0;
            for (int i = 0; i < D; i++)
            {
                double row = 0;
                for (int j = 0; j < D; j++)
                    row += inContextMatrix[i * D + j] * basis[j, d];
                sum += basis[i, d] * row;
            }

            strengths[d] = sum;
        }

        return strengths;
    }
}
