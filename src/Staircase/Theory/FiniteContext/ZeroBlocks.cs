namespace Staircase;

/// <summary>Whether p₁ and q₂ stay zero where they start there: their exact expected gradients at zero.</summary>
/// <remarks>
/// At p₁ = q₂ = 0, with K as in <see cref="VectorLoss"/>, F(X) = E[xxᵀXxxᵀ] = Λ(X + Xᵀ)Λ + tr(XΛ)Λ and W̄ the mean task,
/// ∂L/∂p₁ = p₂W̄[K(q₁Λq₁ᵀ) + Λq₁F(q₁ᵀ)/N] − W̄[Λq₁ᵀΛ + F(q₁ᵀ)/N], where the terms in F are the query attending to itself, and
/// ∂L/∂q₂ = ⟨WK(Wᵀp₂ᵀp₂W)⟩q₁Λ − ⟨WΛWᵀp₂ᵀW⟩Λ. The first is linear in the mean task, the second in third moments of the tasks: both vanish
/// for tasks that are as likely as their negatives (<see cref="TaskSet.WithNegatives"/>), and are O(1/√P) for P random ones. But zero is a
/// saddle: to first order p₁ and q₂ drive each other, ṗ₁ = ηP⟨WΛq₂ᵀW⟩Λ and q̇₂ = ηP⟨WΛp₁ᵀW⟩Λ, which for diagonal tasks is the growth of p₂
/// and q₁ themselves.
/// </remarks>
public static class ZeroBlocks
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "zero-blocks",
        "The expected gradients of p₁ and q₂ at zero are linear in the mean task and in the third moments of the tasks: they vanish for "
        + "a symmetric task set and are O(1/√P) for P random tasks.",
        Paper.Mainali2025, "§3 (the reduction to p₂ and q₁); the gradients at finite P: this project",
        "p₁ = q₂ = 0",
        "what becomes of p₁ and q₂ once they are not zero: on diagonal tasks they grow as fast as p₂ and q₁");

    /// <summary>The gradients.</summary>
    /// <param name="ValueInput">∂L/∂p₁, D×D row-major.</param>
    /// <param name="KeyQueryLabel">∂L/∂q₂, D×D row-major.</param>
    public sealed record Gradients(double[] ValueInput, double[] KeyQueryLabel);

    /// <summary>The exact expected gradients at p₁ = q₂ = 0.</summary>
    /// <param name="weights">Of which only p₂ and q₁ are looked at.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static Gradients Of(VectorRegressionTask task, VectorWeights weights)
    {
        MatrixFlow.RequireSize(task, weights);
        int D = task.InputDimension, size = D * D;
        double N = task.ContextLength;
        double[] s = task.InputEigenvalues.ToArray(), Λ = new double[size];
        for (int i = 0; i < D; i++)
            Λ[i * (D + 1)] = s[i];
        double[] p = weights.Value.ToArray(), q = weights.KeyQuery.ToArray(), qT = Transposed(q);

        double[] inner = Product(Λ, Product(qT, Λ));
        double[] outer = ExpectedSandwich(Product(q, Product(Λ, qT)));
        if (task.QueryAttendsToItself)
        {
            double[] F = new double[size];
            double trace = 0;
            for (int i = 0; i < D; i++)
                trace += q[i * (D + 1)] * s[i];
            for (int i = 0; i < size; i++)
                F[i] = (s[i / D] * (q[i] + qT[i]) * s[i % D] + trace * Λ[i]) / N;
            AddScaled(1, F, inner);
            AddScaled(1, Product(Λ, Product(q, F)), outer);
        }

        double[] mean = task.Tasks.Mean(), dp = Product(p, Product(mean, outer)), dq = new double[size];
        AddScaled(-1, Product(mean, inner), dp);
        double[] pp = Product(Transposed(p), p), qΛ = Product(q, Λ), pT = Transposed(p);
        for (int μ = 0; μ < task.Tasks.Count; μ++)
        {
            double[] W = task.Tasks[μ].ToArray(), WT = Transposed(W);
            AddScaled(1.0 / task.Tasks.Count, Product(W, Product(ExpectedSandwich(Product(WT, Product(pp, W))), qΛ)), dq);
            AddScaled(-1.0 / task.Tasks.Count, Product(W, Product(Λ, Product(WT, Product(pT, Product(W, Λ))))), dq);
        }

        return new(dp, dq);

        double[] ExpectedSandwich(double[] x)
        {
            double trace = 0;
            for (int i = 0; i < D; i++)
                trace += x[i * (D + 1)] * s[i];
            double[] y = new double[size];
            for (int i = 0; i < size; i++)
                y[i] = (1 + 1 / N) * s[i / D] * x[i] * s[i % D] + trace * Λ[i] / N;
            return y;
        }

        double[] Product(double[] a, double[] b)
        {
            double[] c = new double[size];
            MatrixProduct.Of(1, a.AsMatrix(D, D), b.AsMatrix(D, D), c);
            return c;
        }

        double[] Transposed(double[] a)
        {
            double[] t = new double[size];
            for (int i = 0; i < size; i++)
                t[i % D * D + i / D] = a[i];
            return t;
        }
    }
}
