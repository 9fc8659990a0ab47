namespace Staircase;

/// <summary>Which modes are learned at a finite context length and which cannot be, announced before any training.</summary>
/// <remarks>
/// <para>Beside learned modes at their fixed point, a mode near zero obeys a linear flow of two unknowns; it leaves zero only if
/// m_i s_i > N⁻² (Σ s_j² q_j²)(Σ m_k s_k p_k²), which the fixed point in closed form (<see cref="FiniteContextFixedPoint"/>) turns into
/// √(m_i s_i) > θ = Σ_learned √(m_j s_j)/(N + 1 + K).</para>
/// <para>Every further mode that is learned raises θ. Hence two questions about each mode: whether it leaves zero when its turn comes, and
/// whether it is there in the end. The second does not depend on the order or on the initial weights: the end is where Σ_i max(0, √(m_i
/// s_i) − θ) = (N + 1)θ. A mode between the two thresholds grows for a while and is pushed out again.</para>
/// </remarks>
public static class EscapeThreshold
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "escape-threshold",
        "Beside K learned modes another one leaves zero only if √(m_i s_i) > Σ_learned √(m_j s_j)/(N + 1 + K): at a short context, weak "
        + "modes are never learned.",
        Paper.Staircase, "not in Mainali, Teixeira 2025, whose modes all are learned",
        "aligned weights, tasks diagonal in the eigenbasis of Λ, p₁ = q₂ = 0; for the turn of a mode, that those before it have settled",
        "noise of finite batches, which keeps a silent mode near zero instead of at zero");

    /// <summary>What becomes of one mode.</summary>
    /// <param name="Mode">The mode, numbered along the spectrum from 0.</param>
    /// <param name="Drive">m_i s_i, what has to exceed the thresholds.</param>
    /// <param name="LearnedBefore">The modes that are learned when its turn comes.</param>
    /// <param name="ThresholdInTheEnd">The threshold that all learned modes together set.</param>
    public sealed record Verdict(int Mode, double Drive, IReadOnlyList<int> LearnedBefore, double ThresholdThen, double ThresholdInTheEnd)
    {
        /// <summary>Whether it leaves zero when its turn comes.</summary>
        public bool Escapes => Drive > ThresholdThen;

        /// <summary>Whether it is learned in the end.</summary>
        public bool IsLearned => Drive > ThresholdInTheEnd;
    }

    /// <summary>What becomes of every mode, in the order in which they grow, m_i s_i² descending.</summary>
    /// <exception cref="ArgumentException">The tasks are not diagonal in the eigenbasis.</exception>
    public static IReadOnlyList<Verdict> Of(VectorRegressionTask task)
    {
        double[] g = FiniteContextFixedPoint.Drives(task);
        double[] s = task.InputEigenvalues.ToArray();
        double end = Square(FiniteContextFixedPoint.Stable(task).Threshold);
        int[] order = [.. Range(0, s.Length).OrderByDescending(i => g[i] * g[i] * s[i])];
        var verdicts = new List<Verdict>(s.Length);
        for (int k = 0; k < order.Length; k++)
        {
            FiniteContextFixedPoint before = FiniteContextFixedPoint.Stable(task, order[..k]);
            verdicts.Add(new(order[k], Square(g[order[k]]), before.Learned, Square(before.Threshold), end));
        }

        return verdicts;
    }

    private static double Square(double x) => x * x;
}
