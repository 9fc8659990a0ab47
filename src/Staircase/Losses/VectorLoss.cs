namespace Staircase;

/// <summary>
/// The exact expected loss of ŷ = p W Λ̂ q x_q over contexts, for any finite task set and any p = p₂, q = q₁ (p₁ = q₂ = 0).
/// </summary>
/// <remarks>
/// With K(X) = E[Λ̂XΛ̂] = (1 + 1/N) ΛXΛ + tr(XΛ) Λ/N for symmetric X (second moments of a Wishart matrix), V = K(qΛqᵀ) and ⟨·⟩ the mean
/// over tasks, L = ½⟨tr(pWVWᵀpᵀ) − 2 tr(pWΛqΛWᵀ) + tr(WΛWᵀ)⟩, ∂L/∂p = p⟨WVWᵀ⟩ − ⟨WΛqᵀΛWᵀ⟩, ∂L/∂q = K(⟨WᵀpᵀpW⟩)qΛ − Λ⟨WᵀpᵀW⟩Λ. Nothing is
/// taken to be aligned. docs/theory/finite-context.md derives it. An object owns its scratch memory and serves one thread.
/// </remarks>
public sealed class VectorLoss : IObjective<double>
{
    private readonly TaskMoments _tasks;
    private readonly int _contextLength;
    private readonly double[] _s;
    private readonly double[] _a, _b, _c;

    /// <param name="task">The task.</param>
    public VectorLoss(VectorRegressionTask task)
    {
        int D = task.InputDimension;
        Layout = ParameterLayout.Of([("value", [D, D]), ("key_query", [D, D])]);
        _tasks = new TaskMoments(task.Tasks);
        _contextLength = task.ContextLength;
        _s = task.InputEigenvalues.ToArray();
        (_a, _b, _c) = (new double[D * D], new double[D * D], new double[D * D]);
        for (int i = 0; i < D; i++)
            _a[i * (D + 1)] = _s[i];
        _tasks.Sandwich(_a, false, _b);
        ZeroLoss = 0.5 * VectorWeights.Diagonal(_b).Sum();
    }

    /// <summary>p then q, D×D each: <see cref="VectorWeights.InContext"/>.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>½⟨tr WΛWᵀ⟩, the loss of the zero function.</summary>
    public double ZeroLoss { get; }

    /// <summary>The loss and its gradient.</summary>
    /// <param name="weights">p then q, 2D² numbers: <see cref="VectorWeights.InContext"/>.</param>
    /// <param name="gradient">Receives ∂L/∂p then ∂L/∂q.</param>
    /// <returns>L.</returns>
    public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        int D = _s.Length, size = D * D;
        ReadOnlySpan<double> p = weights[..size], q = weights.Slice(size, size);
        Span<double> dp = gradient[..size], dq = gradient.Slice(size, size);

        // ∂L/∂p = p⟨WVWᵀ⟩ − ⟨WΛqᵀΛWᵀ⟩.
        for (int i = 0; i < size; i++)
            _b[i] = q[i] * _s[i % D];
        MatrixProduct.Of(1, _b.AsMatrix(D, D), q.AsMatrix(D, D).Transposed, _a);
        ExpectedSandwich(_a);
        _tasks.Sandwich(_a, false, _b);
        MatrixProduct.Of(1, p.AsMatrix(D, D), _b.AsMatrix(D, D), dp);
        double quadratic = Dot(p, dp);
        for (int i = 0; i < size; i++)
            _a[i] = _s[i / D] * q[i % D * D + i / D] * _s[i % D];
        _tasks.Sandwich(_a, false, _b);
        double linear = Dot(p, _b);
        AddScaled(-1, _b, dp);

        // ∂L/∂q = K(⟨WᵀpᵀpW⟩)qΛ − Λ⟨WᵀpᵀW⟩Λ.
        MatrixProduct.Of(1, p.AsMatrix(D, D).Transposed, p.AsMatrix(D, D), _a);
        _tasks.Sandwich(_a, true, _b);
        ExpectedSandwich(_b);
        MatrixProduct.Of(1, _b.AsMatrix(D, D), q.AsMatrix(D, D), dq);
        for (int i = 0; i < size; i++)
            _a[i] = p[i % D * D + i / D];
        _tasks.Sandwich(_a, true, _c);
        for (int i = 0; i < size; i++)
            dq[i] = (dq[i] - _s[i / D] * _c[i]) * _s[i % D];

        return 0.5 * quadratic - linear + ZeroLoss;
    }

    /// <summary>X becomes K(X); X symmetric.</summary>
    private void ExpectedSandwich(Span<double> x)
    {
        int D = _s.Length;
        double N = _contextLength, trace = 0;
        for (int i = 0; i < D; i++)
            trace += x[i * (D + 1)] * _s[i];
        for (int i = 0; i < D * D; i++)
            x[i] *= (1 + 1 / N) * _s[i / D] * _s[i % D];
        for (int i = 0; i < D; i++)
            x[i * (D + 1)] += trace * _s[i] / N;
    }
}
