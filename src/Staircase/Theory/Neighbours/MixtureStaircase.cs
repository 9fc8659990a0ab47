namespace Staircase;

/// <summary>What a mixture of tasks in one context does to the staircase: everything enters through κ̄ alone.</summary>
/// <remarks>
/// Two tokens have the second moment κ̄ ΛΩΛ in common (<see cref="TaskMixture.Agreement"/>), a token with itself 2ΛΩΛ + (tr ΩΛ + σ²)Λ, so
/// that for M as in <see cref="PopulationLoss"/> A = κ̄(1 − 1/N) ΛΩΛ + (2ΛΩΛ + (tr ΩΛ + σ²)Λ)/N and G = κ̄ΛΩΛ − A M Λ (derived in
/// docs/theory/mixture.md). For Ω = I this is m_d = λ_d⁻¹ [1 + (2/κ̄ − 1)/N + (tr Λ + σ²)/(κ̄ N λ_d)]⁻¹.
/// </remarks>
public static class MixtureStaircase
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "mixture",
        "On contexts that mix tasks the staircase is that of one task with drive κ̄λ² and A = κ̄(1 − 1/N)Λ² + (2Λ² + (tr Λ + σ²)Λ)/N, κ̄ = "
        + "Σπ_k² or, for ±β, (2π − 1)²: every drop comes later by 1/κ̄, no predictor passes below (1 − κ̄) tr Λ, "
        + "and the equal pair ±β is never learned.",
        Paper.Staircase, "the setting of Jin, Balasubramanian, Lai 2024 in the model of Zhang et al. 2025, §4",
        "the query's component is drawn independently of the context; population loss, zero blocks, Ω commuting with Λ",
        "what softmax or depth can do with a context before the floor; components that tokens reveal");

    /// <summary>
    /// (1 − κ̄) tr ΩΛ: the loss of Σ_k π_k β_kᵀx_q, the best prediction for whoever knows the components, and so below that of anybody
    /// else.
    /// </summary>
    public static double Floor(RegressionTask task)
    {
        ReadOnlySpan<double> λ = task.InputEigenvalues;
        double labelVariance = 0;
        for (int d = 0; d < λ.Length; d++)
            labelVariance += λ[d] * task.TaskCovarianceAt(d, d);
        return (1 - task.Agreement) * labelVariance;
    }

    /// <summary>
    /// By how much later than without a mixture a drop comes while weights are small: 1/κ̄; infinite where nothing drives.
    /// </summary>
    public static double Delay(TaskMixture mixture) => 1 / mixture.Agreement;
}
