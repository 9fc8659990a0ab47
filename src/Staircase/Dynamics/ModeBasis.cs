using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>The directions whose strengths are measured.</summary>
/// <param name="Count">D.</param>
/// <param name="Eigenvectors">E, D×D, whose columns are the eigenvectors e_d of the inputs; null is the identity.</param>
public sealed record ModeBasis(int Count, double[,]? Eigenvectors)
{
    /// <summary>m_d = e_dᵀ M e_d: how much of each principal component a model has learned.</summary>
    /// <param name="inContextMatrix">M, D×D row-major.</param>
    /// <param name="strengths">Receives m, D numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Strengths(ReadOnlySpan<double> inContextMatrix, Span<double> strengths)
    {
        int D = Count;
        for (int d = 0; d < D; d++)
        {
            if (Eigenvectors is null)
            {
                strengths[d] = inContextMatrix[d * D + d];
                continue;
            }

            double sum = 0;
            for (int i = 0; i < D; i++)
            {
                double row = 0;
                for (int j = 0; j < D; j++)
                    row += inContextMatrix[i * D + j] * Eigenvectors[j, d];
                sum += Eigenvectors[i, d] * row;
            }

            strengths[d] = sum;
        }
    }
}
