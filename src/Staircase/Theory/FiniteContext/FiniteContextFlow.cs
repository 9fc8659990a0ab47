namespace Staircase;

/// <summary>
/// The exact population flow from an aligned start, on tasks diagonal in the eigenbasis of the inputs: 2D coupled scalars.
/// </summary>
/// <remarks>
/// dp_i/dt = −ηP m_i [p_i Σ_j E_ij q_j² s_j − q_i s_i²], dq_j/dt = −ηP [q_j s_j Σ_i m_i E_ij p_i² − m_j p_j s_j²], E_ij = E[Λ̂_ij²] (the
/// gradient of <see cref="AlignedVectorLoss"/>). Aligned weights stay aligned. C = Σ(p_i² − q_i²) is conserved; each difference is not.
/// </remarks>
public static class FiniteContextFlow
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "finite-context-flow",
        "At finite context length the modes couple, each to all, through the off-diagonal entries of the context's covariance, E[Λ̂_ij²] = "
        + "s_i s_j/N: 2D scalar equations that modes overshoot in, and in which only Σ(p_i² − q_i²) is conserved.",
        Paper.Staircase, "corrects Mainali, Teixeira 2025, Eq. 9–12, at finite N",
        "aligned weights, tasks diagonal in the eigenbasis of Λ, p₁ = q₂ = 0; gradient flow of the expected loss",
        "finite learning rate, noise of finite batches, p₁ and q₂ that finitely many tasks drive (see zero-blocks)");

    /// <summary>Solves the flow.</summary>
    /// <param name="task">Tasks diagonal in the eigenbasis of the inputs.</param>
    /// <param name="start">Aligned initial weights.</param>
    /// <inheritdoc cref="MatrixFlow.Solve" path="/param[@name!='start']"/>
    /// <exception cref="ArgumentException">The tasks or the weights are not diagonal, the rate is not positive, or the times do not
    /// ascend.</exception>
    public static IReadOnlyList<VectorPoint> Solve(
        VectorRegressionTask task, VectorWeights start, double epochRate, IReadOnlyList<double> times, FlowOptions? options = null,
        CancellationToken cancellation = default)
    {
        task.RequireModes("The flow of modes");
        RequireAligned(task, start, "The flow of modes");
        int D = task.InputDimension;
        double[] weights = [.. VectorWeights.Diagonal(start.Value), .. VectorWeights.Diagonal(start.KeyQuery)];
        return
        [
            .. GradientFlow.At(
                new AlignedVectorLoss(task), weights, times, (options ?? new FlowOptions()) with { Rate = epochRate }, cancellation)
                .Select(at => new VectorPoint(at.Time!.Value, at.Loss, at.Weights[..D], at.Weights[D..])),
        ];
    }

    /// <summary>Refuses weights that are not aligned, or of another size.</summary>
    internal static void RequireAligned(VectorRegressionTask task, VectorWeights start, string what)
    {
        MatrixFlow.RequireSize(task, start);
        if (!start.IsAligned)
        {
            throw new ArgumentException(
                $"{what} needs aligned initial weights: p₂ and q₁ diagonal in the eigenbasis of the inputs, p₁ and q₂ zero. The matrix "
                + "flow takes any p₂ and q₁.");
        }
    }
}
