namespace Staircase;

/// <summary>
/// The closed form of training on vector-valued tasks: every mode grows by itself, with a time constant given by its eigenvalue.
/// </summary>
/// <remarks>
/// τ_i = 1/(ηP m_i s_i²), s_i^∞ = ((N+1)s_i + tr S)/N, a_i(t) as in <see cref="ModeGrowth"/>; from a balanced start
/// a(t) = a^∞a⁰/(a⁰ + (a^∞ − a⁰)e^{−2t/τ}). The paper has m_i = 1, which a finite task set reaches as P → ∞ (or <see
/// cref="TaskSet.DiagonalDesign"/>). It takes Λ̂ for diagonal but keeps its full second moment: see <see cref="FiniteContextFlow"/> for
/// what that leaves out.
/// </remarks>
public sealed class ModeDynamics
{
    private readonly ModeGrowth[] _modes;
    private readonly double[] _s;
    private readonly double[] _m;

    /// <param name="task">Tasks diagonal in the eigenbasis of the inputs.</param>
    /// <param name="start">Aligned initial weights.</param>
    /// <param name="epochRate">ηP, the learning rate of an epoch.</param>
    /// <exception cref="ArgumentException">The tasks or the weights are not diagonal, a mode is in no task, or the rate is not
    /// positive.</exception>
    public ModeDynamics(VectorRegressionTask task, VectorWeights start, double epochRate)
    {
        task.RequireModes("The closed form");
        FiniteContextFlow.RequireAligned(task, start, "The closed form");
        if (!double.IsFinite(epochRate) || epochRate <= 0)
            throw new ArgumentException($"The learning rate of an epoch, ηP, must be positive and finite, not {epochRate:R}.");
        _s = task.InputEigenvalues.ToArray();
        _m = task.Tasks.MeanSquares();
        _modes = new ModeGrowth[_s.Length];
        double[] saturations = task.Saturations(), p = VectorWeights.Diagonal(start.Value), q = VectorWeights.Diagonal(start.KeyQuery);
        for (int i = 0; i < _s.Length; i++)
        {
            if (!(_m[i] > 0))
                throw new ArgumentException($"No task moves mode {i + 1}: the mean of its squared coefficients is {_m[i]:R}.");
            _modes[i] = new ModeGrowth(1 / (epochRate * _m[i] * _s[i] * _s[i]), saturations[i], p[i], q[i]);
        }
    }

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "mode-dynamics",
        "On tasks diagonal in the eigenbasis of the inputs each mode grows logistically, a(t) = a^∞a⁰/(a⁰ + (a^∞ − a⁰) exp(−2t/τ)), τ = "
        + "1/(ηP s²), a^∞ = N/((N+1)s + tr S): modes are learned in the order of their eigenvalues, and the end is ŷ = W Λ̂ [((N+1)/N)Λ + "
        + "(tr Λ/N)I]⁻¹ x_q.",
        Paper.Mainali2025, "Eq. 9–14",
        "aligned weights, tasks diagonal in the eigenbasis of Λ, p₁ = q₂ = 0; exact for isotropic inputs, else for N → ∞ (error: see "
        + "finite-context-flow)",
        "the coupling of modes through the off-diagonal entries of the context's covariance");

    /// <summary>One entry a mode, in the order of the spectrum.</summary>
    public IReadOnlyList<ModeGrowth> Modes => _modes;

    /// <summary>The loss where all modes have their full strength: ½ Σ m_i s_i (s_i + tr S)/((N+1)s_i + tr S).</summary>
    public double FinalLoss => LossOf([.. _modes.Select(mode => mode.FullStrength)]);

    /// <summary>The loss at a time: ½ Σ m_i s_i (s_i a²/a^∞ − 2 s_i a + 1) (Mainali, Teixeira 2025, Eq. 14).</summary>
    public double Loss(double time) => LossOf([.. _modes.Select(mode => mode.Strength(time))]);

    /// <summary>The course of all modes.</summary>
    /// <param name="times">Ascending, in epochs.</param>
    public IReadOnlyList<VectorPoint> Course(IReadOnlyList<double> times)
    {
        return [.. times.Select(time =>
        {
            (double Value, double KeyQuery)[] weights = [.. _modes.Select(mode => mode.Weights(time))];
            return new VectorPoint(time, Loss(time), [.. weights.Select(w => w.Value)], [.. weights.Select(w => w.KeyQuery)]);
        })];
    }

    private double LossOf(double[] strengths)
    {
        double loss = 0;
        for (int i = 0; i < _s.Length; i++)
        {
            double a = strengths[i];
            loss += 0.5 * _m[i] * _s[i] * (_s[i] * a * a / _modes[i].FullStrength - 2 * _s[i] * a + 1);
        }

        return loss;
    }
}
