namespace Staircase;

/// <summary>
/// The exact flow on infinitely many tasks with independent entries N(0, 1/D): the modes share one value weight, and training is that of
/// merged attention, one drop instead of a staircase.
/// </summary>
/// <remarks>
/// For such tasks ⟨WXWᵀ⟩ = ⟨WᵀXW⟩ = (tr X/D) I, so that p₂ = pI and diagonal q₁ stay such: with g_i = s_i²(1 − s_i^∞ p q_i), √D ṗ = (ηP/√D)
/// Σ q_i g_i and q̇_i = ηP p g_i. In v = D^{1/4} p and u_i = q_i/D^{1/4} these are the equations of merged attention, v̇ = Σ u_i g_i, u̇_i
/// = v g_i (Zhang et al. 2025, §3), in the time (ηP/√D) t. The fixed point of Mainali, Teixeira 2025, Eq. 11 and the loss of their Eq. 14
/// as a function of a_i = p q_i are exact here, at any N.
/// </remarks>
public static class GaussianTaskFlow
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "gaussian-tasks",
        "On tasks with independent Gaussian entries all modes share one value weight: v̇ ∝ Σ q_i g_i, q̇_i ∝ v g_i, g_i = s_i²(1 − s_i^∞ "
        + "a_i), as in merged attention. The staircase of diagonal tasks shrinks to one drop, and a_i^∞ = 1/s_i^∞ holds at any N.",
        Paper.Staircase, "joins Mainali, Teixeira 2025, Eq. 11 and 14, to Zhang et al. 2025, §3",
        "P → ∞ tasks with independent entries of one variance, p₂ ∝ I and q₁ diagonal at the start",
        "finitely many tasks, which turn p₂ and q₁ a little (see matrix-flow)");

    /// <summary>Solves the D + 1 equations.</summary>
    /// <param name="task">Gives S and N; its tasks are not looked at.</param>
    /// <param name="value">p at the start.</param>
    /// <param name="keyQuery">q_i at the start.</param>
    /// <inheritdoc cref="MatrixFlow.Solve" path="/param[@name!='start']"/>
    /// <exception cref="ArgumentException">The lengths differ, the rate is not positive, or the times do not ascend.</exception>
    public static IReadOnlyList<VectorPoint> Solve(
        VectorRegressionTask task, double value, ReadOnlySpan<double> keyQuery, double epochRate, IReadOnlyList<double> times,
        FlowOptions? options = null, CancellationToken cancellation = default)
    {
        int D = task.InputDimension;
        if (keyQuery.Length != D)
            throw new ArgumentException($"There are {keyQuery.Length} key–query weights for {D} modes.");
        double root = Sqrt(D);
        return
        [
            .. GradientFlow.At(
                new ReducedLoss(task), [root * value, .. keyQuery], times, (options ?? new FlowOptions()) with { Rate = epochRate },
                cancellation)
                .Select(at => new VectorPoint(at.Time!.Value, at.Loss, [.. Repeat(at.Weights[0] / root, D)], at.Weights[1..])),
        ];
    }

    /// <summary>The loss of √D p and q₁ … q_D.</summary>
    private sealed class ReducedLoss(VectorRegressionTask task) : IObjective<double>
    {
        private readonly double[] _s = task.InputEigenvalues.ToArray();
        private readonly double _root = Sqrt(task.InputDimension);
        private readonly double[] _saturation = task.Saturations();

        public ParameterLayout Layout { get; } = ParameterLayout.Of([("value", [1]), ("key_query", [task.InputDimension])]);

        public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
        {
            double p = weights[0] / _root, loss = 0;
            gradient[0] = 0;
            for (int i = 0; i < _s.Length; i++)
            {
                double s = _s[i], q = weights[1 + i], a = p * q, g = s * s * (1 - _saturation[i] * a);
                gradient[0] -= q * g / _root;
                gradient[1 + i] = -p * g;
                loss += 0.5 * s * (s * _saturation[i] * a * a - 2 * s * a + 1);
            }

            return loss;
        }
    }
}
