using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>
/// Counts what has been learned by directions instead of axes: eigenvalues of F^{-1/2} ½(M + Mᵀ) F^{-1/2}, F the full strengths.
/// </summary>
/// <remarks>
/// A head that learned one component adds one eigenvalue 1, along whatever direction it took: the same number where drives are equal,
/// nearly equal or well apart. Components that cannot be learned are left out.
/// </remarks>
internal sealed class DirectionCounter
{
    private readonly int _D;
    private readonly int[] _driven;
    private readonly double[] _scale;   // F^{-1/2}
    private readonly double[,]? _basis;
    private readonly double[] _pivots;

    /// <param name="moments">The modes.</param>
    public DirectionCounter(ModeMoments moments)
    {
        _D = moments.Count;
        _driven = [.. Enumerable.Range(0, _D).Where(moments.IsLearnable)];
        _scale = [.. _driven.Select(d => 1 / Math.Sqrt(moments.FullStrength(d)))];
        _basis = moments.AreExact ? null : moments.Basis;
        _pivots = new double[_driven.Length * _driven.Length];
    }

    /// <summary>How many directions there are to learn.</summary>
    public int Most => _driven.Length;

    /// <summary>How many eigenvalues lie above a level: the negative pivots of level − S, by Sylvester's law of inertia.</summary>
    /// <param name="level">A strength relative to full.</param>
    /// <param name="M">The in-context matrix in the basis of the loss.</param>
    public int Above(double level, ReadOnlySpan<double> M)
    {
        int n = Most, negative = 0;
        Span<double> A = _pivots;
        Fill(M, A);
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
                A[i * n + j] = (i == j ? level : 0) - A[i * n + j];
        }

        for (int i = 0; i < n; i++)
        {
            double pivot = A[i * n + i];
            if (pivot < 0)
                negative++;
            if (pivot == 0)
                pivot = double.Epsilon;
            for (int k = i + 1; k < n; k++)
            {
                double factor = A[i * n + k] / pivot;
                for (int j = k; j < n; j++)
                    A[k * n + j] -= factor * A[i * n + j];
            }
        }

        return negative;
    }

    /// <summary>The eigenvector, D numbers, whose eigenvalue is nearest to a level.</summary>
    public double[] Nearest(double level, ReadOnlySpan<double> M)
    {
        int n = Most;
        Fill(M, _pivots);
        var eigen = Matrix<double>.Build.Dense(n, n, (i, j) => _pivots[i * n + j]).Evd(Symmetricity.Symmetric);
        int nearest = Enumerable.Range(0, n).MinBy(i => Math.Abs(eigen.EigenValues[i].Real - level));
        var direction = new double[_D];
        for (int i = 0; i < n; i++)
            direction[_driven[i]] = eigen.EigenVectors[i, nearest];
        return direction;
    }

    /// <summary>uᵀ S u.</summary>
    public double Along(double[] direction, ReadOnlySpan<double> M)
    {
        int n = Most;
        Fill(M, _pivots);
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                sum += direction[_driven[i]] * _pivots[i * n + j] * direction[_driven[j]];
        }

        return sum;
    }

    private void Fill(ReadOnlySpan<double> M, Span<double> S)
    {
        int n = Most, D = _D;
        if (_basis is not null)
            M = Rotated(M);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                S[i * n + j] = 0.5 * _scale[i] * _scale[j] * (M[_driven[i] * D + _driven[j]] + M[_driven[j] * D + _driven[i]]);
        }
    }

    /// <summary>Eᵀ M E.</summary>
    private double[] Rotated(ReadOnlySpan<double> M)
    {
        int D = _D;
        double[] half = new double[D * D], rotated = new double[D * D];
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
            {
                for (int k = 0; k < D; k++)
                    half[i * D + j] += M[i * D + k] * _basis![k, j];
            }
        }

        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
            {
                for (int k = 0; k < D; k++)
                    rotated[i * D + j] += _basis![k, i] * half[k * D + j];
            }
        }

        return rotated;
    }
}
