using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>The two fixed points of merged attention: zero, a saddle, and the global minimum.</summary>
public static class MergedFixedPoints
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "merged-fixed-points",
        "Merged attention has two fixed points in function space: M = 0, a saddle with loss tr ΩΛ, and the global minimum M = A⁻¹ΛΩ.",
        Paper.Zhang2025, "Eq. 9 and 11; any Ω, σ² and output scale: this project",
        "in-context sequences, population loss, zero blocks",
        "finite samples, other blocks");

    /// <summary>The global minimum in the eigenbasis of the inputs, D×D; for Ω = I and no noise (Λ + (Λ + tr(Λ) I)/N)⁻¹.</summary>
    public static Matrix GlobalMinimum(RegressionTask task)
    {
        (Matrix drive, Matrix A, Matrix Λ) = Matrices(task);
        return A.Solve(drive) * Λ.Inverse();
    }

    /// <summary>The loss there.</summary>
    public static double MinimumLoss(RegressionTask task)
    {
        (Matrix drive, _, Matrix Λ) = Matrices(task);
        double zero = Range(0, task.InputDimension).Sum(d => task.TaskCovarianceAt(d, d) * Λ[d, d]);
        return zero - (GlobalMinimum(task) * drive).Trace();
    }

    /// <summary>Weights at the global minimum, in the eigenbasis: balanced, v = ‖U‖ and v U = M, all in one head.</summary>
    /// <param name="moments">The modes.</param>
    public static double[] Construct(MergedModel model, ModeMoments moments)
    {
        double[] weights = new double[model.Layout.Count], M = [.. Range(0, moments.Count).Select(moments.FullStrength)];
        MergedHead head = model.Head(weights, 0);
        head.Value = Sqrt(Sqrt(M.Sum(m => Pow(m, 2))));
        for (int d = 0; d < M.Length; d++)
            head.KeyQuery[d, d] = M[d] / head.Value;
        return weights;
    }

    /// <summary>The least loss of a data set, ȳ² − bᵀC⁻¹b.</summary>
    /// <param name="loss">Its moments.</param>
    /// <param name="inContext">
    /// Over in-context matrices M alone, every other block zero; else over all maps, which D + 1 heads or more can reach.
    /// </param>
    /// <exception cref="ArgumentException">There are fewer independent sequences than features, so that the moments have no
    /// inverse.</exception>
    public static double MinimumLoss(QuadraticLoss loss, bool inContext)
    {
        int D = loss.InputDimension, n = inContext ? AttentionMap.InContextLength(D) : AttentionMap.Length(D);
        var b = Vector<double>.Build.Dense(n, loss.FeatureCorrelation);
        return loss.TargetSquare - b * Matrix.Build.Dense(n, n, loss.FeatureCovariance).Cholesky().Solve(b);
    }

    private static (Matrix Drive, Matrix A, Matrix Λ) Matrices(RegressionTask task)
    {
        int D = task.InputDimension;
        ContextMoments context = task.ContextMoments();
        double[] λ = task.InputEigenvalues.ToArray();
        var Λ = Matrix.Build.DenseOfDiagonalArray(λ);
        var Ω = Matrix.Build.Dense(D, D, task.TaskCovarianceAt);
        var ΛΩΛ = Λ * Ω * Λ;
        double labelVariance = (Ω * Λ).Trace();
        double κ = task.Agreement;
        var A = (κ * context.Square + (2 - κ) * context.Fluctuation) * ΛΩΛ + context.Fluctuation * (labelVariance + task.LabelNoise) * Λ;
        return (κ * context.Linear * ΛΩΛ, A, Λ);
    }
}
