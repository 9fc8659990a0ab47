namespace Staircase;

/// <summary>
/// The exact expected loss on aligned weights, p = diag(p_i) and q = diag(q_i), with tasks diagonal in the eigenbasis: 2D numbers, O(D).
/// </summary>
/// <remarks>
/// L = ½[Σ_ij m_i p_i² E_ij q_j² s_j − 2 Σ_i m_i p_i q_i s_i² + Σ_i m_i s_i] with E_ij = E[Λ̂_ij²]: s_i s_j/N off the diagonal and s_i²(1 +
/// 2/N) on it, so that Σ_j E_ij q_j² s_j = (s_i/N)[Q + (N+1) s_i² q_i²], Q = Σ_j s_j² q_j², and Σ_i m_i E_ij p_i² = (s_j/N)[R + (N+1) m_j
/// s_j p_j²], R = Σ_i m_i s_i p_i². The Gaussian fluctuations of Λ̂ couple every mode to every other through Q and R.
/// </remarks>
internal sealed class AlignedVectorLoss : IObjective<double>
{
    private readonly double _contextLength;
    private readonly double[] _s;
    private readonly double[] _m;
    private readonly double _zeroLoss;

    public AlignedVectorLoss(VectorRegressionTask task)
    {
        Layout = ParameterLayout.Of([("value", [task.InputDimension]), ("key_query", [task.InputDimension])]);
        _contextLength = task.ContextLength;
        _s = task.InputEigenvalues.ToArray();
        _m = task.Tasks.MeanSquares();
        _zeroLoss = 0.5 * _m.Zip(_s, (m, s) => m * s).Sum();
    }

    /// <summary>p then q, D numbers each.</summary>
    public ParameterLayout Layout { get; }

    public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        int D = _s.Length;
        double N = _contextLength, Q = 0, R = 0;
        ReadOnlySpan<double> p = weights[..D], q = weights.Slice(D, D);
        for (int i = 0; i < D; i++)
        {
            Q += _s[i] * _s[i] * q[i] * q[i];
            R += _m[i] * _s[i] * p[i] * p[i];
        }

        double quadratic = 0, linear = 0;
        for (int i = 0; i < D; i++)
        {
            double s = _s[i], m = _m[i];
            double ofValue = s / N * (Q + (N + 1) * s * s * q[i] * q[i]);
            double ofKeyQuery = s / N * (R + (N + 1) * m * s * p[i] * p[i]);
            gradient[i] = m * (p[i] * ofValue - q[i] * s * s);
            gradient[D + i] = s * (q[i] * ofKeyQuery - m * p[i] * s);
            quadratic += m * p[i] * p[i] * ofValue;
            linear += m * p[i] * q[i] * s * s;
        }

        return 0.5 * quadratic - linear + _zeroLoss;
    }
}
