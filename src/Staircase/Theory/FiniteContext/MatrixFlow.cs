namespace Staircase;

/// <summary>The exact population flow of p = p₂ and q = q₁ for any finite task set and any start: 2D² coupled numbers.</summary>
/// <remarks>
/// dp/dt = −ηP ∂L/∂p, dq/dt = −ηP ∂L/∂q with the gradients of <see cref="VectorLoss"/>. C = ‖p‖² − ‖q‖² is conserved. An evaluation costs
/// O(D³) for diagonal tasks, else the lesser of O(D⁴) and O(PD³).
/// </remarks>
public static class MatrixFlow
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "matrix-flow",
        "For any finite task set and any p₂, q₁ the expected gradient follows from the second moments of the tasks and of a Wishart "
        + "matrix: a flow of 2D² numbers that holds for misaligned starts and tasks that do not commute with the inputs' covariance.",
        Paper.Staircase, "extends Mainali, Teixeira 2025, Eq. 9–12, to any tasks and any start",
        "p₁ = q₂ = 0; gradient flow of the expected loss",
        "finite learning rate, noise of finite batches, p₁ and q₂ that finitely many tasks drive (see zero-blocks)");

    /// <summary>Solves the flow.</summary>
    /// <param name="start">Initial weights with p₁ = q₂ = 0, in the eigenbasis of the inputs.</param>
    /// <param name="epochRate">ηP, the learning rate of an epoch.</param>
    /// <param name="times">Ascending, in epochs; one point each is returned.</param>
    /// <param name="options">Tolerances; null takes the defaults.</param>
    /// <param name="cancellation">Stops it between two steps.</param>
    /// <exception cref="ArgumentException">p₁ or q₂ is not zero, the sizes differ, the rate is not positive, or the times do not
    /// ascend.</exception>
    public static IReadOnlyList<VectorPoint> Solve(
        VectorRegressionTask task, VectorWeights start, double epochRate, IReadOnlyList<double> times, FlowOptions? options = null,
        CancellationToken cancellation = default)
    {
        RequireSize(task, start);
        if (!start.IsReduced)
        {
            throw new ArgumentException(
                "The matrix flow knows p₂ and q₁ only; the initial p₁ and q₂ must be zero. Simulation takes all blocks.");
        }

        return
        [
            .. GradientFlow.At(
                new VectorLoss(task), start.InContext, times, (options ?? new FlowOptions()) with { Rate = epochRate }, cancellation)
                .Select(at => VectorPoint.Of(at.Time!.Value, at.Loss, VectorWeights.FromInContext(task.InputDimension, at.Weights))),
        ];
    }

    internal static void RequireSize(VectorRegressionTask task, VectorWeights weights)
    {
        if (weights.Dimension != task.InputDimension)
            throw new ArgumentException($"The weights are of dimension {weights.Dimension}, the task of dimension {task.InputDimension}.");
    }
}
