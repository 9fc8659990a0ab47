namespace Staircase;

/// <summary>The exact expected loss of in-context regression over all sequences, for any map, full blocks included.</summary>
/// <remarks>
/// <para>In-context part (Zhang et al. 2025, Eq. 14–15, here for any Ω, σ², output scale and mixture of tasks): L = tr ΩΛ − 2κ̄⟨sN⟩
/// tr(MΛΩΛ) + tr(MΛMᵀA), A = κ̄⟨s²N²⟩ΛΩΛ + ⟨s²N⟩((2 − κ̄)ΛΩΛ + (tr ΩΛ + σ²)Λ), κ̄ = 1 without a mixture (<see
/// cref="RegressionTask.Agreement"/>).</para>
/// <para>The other blocks add terms up to the sixth moments of a Gaussian; docs/theory/population-loss.md derives them. In the eigenbasis
/// of Λ everything costs O(D³) and no D²×D² matrix is formed.</para>
/// </remarks>
public sealed class PopulationLoss : IAttentionLoss
{
    private readonly ContextMoments _context;
    private readonly double[] _λ;
    private readonly double[] _labels;  // ΛΩΛ, D×D row-major, in the eigenbasis
    private readonly double[] _A;       // D×D row-major, in the eigenbasis
    private readonly double[]? _saturation; // A_b λ_c, D×D, where A is diagonal
    private readonly MapRotation? _rotation;
    private readonly double _noise;
    private readonly double _agreement;       // κ̄
    private readonly double _squareAgreement; // the same of squared labels
    private readonly double _labelVariance; // tr ΩΛ
    private readonly double _labelSpread;   // tr ΩΛΩΛ

    internal PopulationLoss(RegressionTask task)
    {
        if (task.Validated().InContextFraction != 1)
        {
            throw new InvalidOperationException(
                "The population loss is known for in-context sequences only; train mixtures on a sample (data sample:P) or online.");
        }

        if (task.TaskVectors is not null)
        {
            throw new InvalidOperationException(
                "The population loss is that of Gaussian tasks: give the second moment of the task vectors as the task covariance.");
        }

        int D = InputDimension = task.InputDimension;
        _context = task.ContextMoments();
        _λ = task.InputEigenvalues.ToArray();
        _noise = task.LabelNoise;
        (_agreement, _squareAgreement) = (task.Agreement, task.Mixture?.SquareAgreement ?? 1);
        _labels = new double[D * D];
        _A = new double[D * D];
        for (int i = 0; i < D; i++)
        {
            _labelVariance += task.TaskCovarianceAt(i, i) * _λ[i];
            for (int j = 0; j < D; j++)
            {
                double Ω = task.TaskCovarianceAt(i, j);
                _labels[i * D + j] = _λ[i] * Ω * _λ[j];
                _labelSpread += Ω * _λ[j] * Ω * _λ[i];
            }
        }

        for (int i = 0; i < D * D; i++)
            _A[i] = (_agreement * _context.Square + (2 - _agreement) * _context.Fluctuation) * _labels[i];
        for (int i = 0; i < D; i++)
            _A[i * D + i] += _context.Fluctuation * (_labelVariance + _noise) * _λ[i];
        if (task.Commutes)
        {
            _saturation = new double[D * D];
            for (int i = 0; i < D * D; i++)
                _saturation[i] = _A[i / D * D + i / D] * _λ[i % D];
        }

        if (task.Basis is { } basis)
            _rotation = new MapRotation(basis);
    }

    /// <inheritdoc/>
    public int InputDimension { get; }

    /// <inheritdoc/>
    /// <remarks>True: the terms that couple M to other blocks are odd in w and average to zero.</remarks>
    public bool KeepsZeroBlocks => true;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> map, Span<double> gradient)
    {
        if (_rotation is null)
            return EvaluateInEigenbasis(map, gradient);

        double[] rotated = new double[map.Length], rotatedGradient = new double[map.Length];
        _rotation.ToEigenbasis(map, rotated);
        double loss = EvaluateInEigenbasis(rotated, rotatedGradient);
        _rotation.GradientFromEigenbasis(rotatedGradient, gradient);
        return loss;
    }

    private double EvaluateInEigenbasis(ReadOnlySpan<double> map, Span<double> gradient)
    {
        int D = InputDimension, square = D * D;
        bool inContextOnly = AttentionMap.IsInContextOnly(map.Length, D);
        double loss = InContextPart(map[..square], gradient[..square]);
        return inContextOnly ? loss : loss + OtherBlocks(map[square..], gradient[square..]);
    }

    private double InContextPart(ReadOnlySpan<double> M, Span<double> dM)
    {
        int D = InputDimension;
        if (_saturation is not null)
        {
            Multiply(_saturation, M, dM);
        }
        else
        {
            double[] MΛ = new double[D * D];
            for (int i = 0; i < D * D; i++)
                MΛ[i] = M[i] * _λ[i % D];
            MatrixProduct.Of(1, _A.AsMatrix(D, D), MΛ.AsMatrix(D, D), dM);
        }

        double quadratic = Dot(M, dM), linear = Dot(M, _labels), drive = _agreement * _context.Linear;
        LinearCombination.Of(2, dM, -2 * drive, _labels, 0, dM, 0, dM, 0, dM, dM);
        return _labelVariance - 2 * drive * linear + quadratic;
    }

    /// <summary>
    /// The label–label row π and the input–input rows P_ab of the map. With q = wᵀΛw and C(x) = Σ P_ab,c x_a x_b x_c, the part of
    /// the prediction that is even in w is sN[h·x + (q − E q) π·x] + s C(x) with h as below, plus the Wishart fluctuation of G.
    /// </summary>
    private double OtherBlocks(ReadOnlySpan<double> map, Span<double> gradient)
    {
        int D = InputDimension;
        (double m2, double m3, double m4) = (_context.Square, _context.Fluctuation, _context.Query);
        ReadOnlySpan<double> π = map[..D], P = map[D..];
        Span<double> dπ = gradient[..D], dP = gradient[D..];
        double[] h = new double[D], g = new double[D], r = new double[D];
        double labelMean = _labelVariance + _noise;

        // Traces of P against Λ: tr(P_c Λ), the contraction g of the cubic form, and r_c = tr(ΛΩΛ P_c).
        for (int a = 0, offset = 0; a < D; a++)
        {
            for (int b = a; b < D; b++, offset += D)
            {
                ReadOnlySpan<double> entry = P.Slice(offset, D);
                if (a == b)
                {
                    AddScaled(_λ[a], entry, h);
                    g[a] += 2 * _λ[a] * entry[a];
                }
                else
                {
                    g[a] += _λ[b] * entry[b];
                    g[b] += _λ[a] * entry[a];
                }

                double drive = _labels[a * D + b];
                if (drive != 0)
                    AddScaled(drive, entry, r);
            }
        }

        double[] dh = new double[D], dg = new double[D];
        double κ = _squareAgreement;
        double πWeight = 2 * κ * m2 * _labelSpread
            + 2 * m3 * (_labelVariance * _labelVariance + (3 - κ) * _labelSpread + 2 * _noise * _labelVariance + _noise * _noise);
        double loss = 0;
        for (int c = 0; c < D; c++)
        {
            g[c] += h[c];
            h[c] += labelMean * π[c];
            double λ = _λ[c];
            loss += λ * (m2 * h[c] * h[c] + 2 * m3 * h[c] * g[c] + m4 * g[c] * g[c] + πWeight * π[c] * π[c] + 4 * m3 * π[c] * r[c]);
            dh[c] = 2 * λ * (m2 * h[c] + m3 * g[c]);
            dg[c] = 2 * λ * (m3 * h[c] + m4 * g[c]);
            dπ[c] = labelMean * dh[c] + 2 * λ * πWeight * π[c] + 4 * m3 * λ * r[c];
        }

        for (int a = 0, offset = 0; a < D; a++)
        {
            for (int b = a; b < D; b++, offset += D)
            {
                ReadOnlySpan<double> entry = P.Slice(offset, D);
                Span<double> dEntry = dP.Slice(offset, D);
                double half = a == b ? 1 : 0.5, copies = a == b ? 1 : 2;
                double pair = _λ[a] * _λ[b], drive = 4 * m3 * _labels[a * D + b];
                for (int c = 0; c < D; c++)
                {
                    double p = half * entry[c], weight = pair * _λ[c];
                    double cyclic = p + Entry(P, D, b, c, a) + Entry(P, D, a, c, b);
                    loss += copies * weight * p * (2 * m3 * p + 2 * m4 * cyclic);
                    dEntry[c] = 4 * weight * (m3 * p + m4 * cyclic) + drive * _λ[c] * π[c];
                }

                if (a == b)
                {
                    for (int c = 0; c < D; c++)
                        dEntry[c] += _λ[a] * (dh[c] + dg[c]);
                    dEntry[a] += 2 * _λ[a] * dg[a];
                }
                else
                {
                    dEntry[b] += _λ[b] * dg[a];
                    dEntry[a] += _λ[a] * dg[b];
                }
            }
        }

        return loss;
    }

    /// <summary>P_ab,c, the coefficient of x_a x_b in the symmetric matrix that multiplies x_q[c].</summary>
    private static double Entry(ReadOnlySpan<double> P, int D, int a, int b, int c)
    {
        int row = AttentionMap.InputRow(D, Min(a, b), Max(a, b)) - D - 1;
        double entry = P[row * D + c];
        return a == b ? entry : 0.5 * entry;
    }
}
