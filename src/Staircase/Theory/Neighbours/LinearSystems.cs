using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>
/// Solving linear systems Ay = x in context: vector-valued tasks with W = A⁻¹ (Cole, Lu, Xu, Zhang 2024), whose training dynamics are those
/// of <see cref="MatrixFlow"/>.
/// </summary>
/// <remarks>
/// The risk E‖ŷ − Wx_q‖² of ŷ = pWΛ̂qx_q is twice <see cref="VectorLoss"/> at the test's context length and covariance. On white inputs
/// with p = I, q = sI it is E‖W‖²_F [(1 − s)² + s²(D + 1)/N'], least for training length N at s = (1 + (D + 1)/N)⁻¹. Derived in
/// docs/theory/linear-systems.md.
/// </remarks>
public static class LinearSystems
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "linear-systems",
        "Trained at context length N on white inputs and tested at N', the risk over E‖W‖² is (D + 1)²/(N + D + 1)² + s²(D + 1)/N', s = "
        + "(1 + (D + 1)/N)⁻¹. A shift of the inputs' covariance leaves a floor that no test length removes. If only multiples of I "
        + "commute with all A₁A₂⁻¹ training forgets its start; else signs of the start survive and decide the risk on other tasks.",
        Paper.Cole2024, "Theorems on in-domain risk, shifts and diversity; constants, what survives training: this project",
        "p₁ = q₂ = 0; tasks that training sees often enough",
        "the discretization of differential equations; depth");

    /// <summary>The risk over E‖W‖²_F of the trained model on white inputs.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="trainingLength">N.</param>
    /// <param name="testLength">N'.</param>
    public static double RelativeRisk(int dimension, double trainingLength, double testLength)
    {
        double s = BestScale(dimension, trainingLength);
        return (1 - s) * (1 - s) + s * s * (dimension + 1) / testLength;
    }

    /// <summary>s of p = I, q = sI that training at length N ends in on white inputs.</summary>
    public static double BestScale(int dimension, double trainingLength) => 1 / (1 + (dimension + 1) / trainingLength);

    /// <summary>E‖ŷ − Wx_q‖² of given weights.</summary>
    /// <param name="test">Tasks, covariance and length of the test, in the basis of the weights.</param>
    /// <param name="weights">p and q: <see cref="VectorWeights.InContext"/>.</param>
    public static double Risk(VectorRegressionTask test, ReadOnlySpan<double> weights) =>
        2 * new VectorLoss(test).Evaluate(weights, new double[weights.Length]);

    /// <summary>
    /// The dimension of the matrices that commute with every A₁A₂⁻¹ = W₁⁻¹W₂: 1 where the tasks are diverse, D where they share
    /// eigenvectors.
    /// </summary>
    /// <param name="tasks">W of each task, invertible.</param>
    public static int CentralizerDimension(IReadOnlyList<double[,]> tasks)
    {
        const double zero = 1e-9;
        int D = tasks[0].GetLength(0);
        var identity = Matrix.Build.DenseIdentity(D);
        Matrix first = Matrix.Build.DenseOfArray(tasks[0]).Inverse();
        var sum = Matrix.Build.Dense(D * D, D * D);
        foreach (double[,] task in tasks.Skip(1))
        {
            // X ↦ BX − XB on vec X.
            Matrix B = first * Matrix.Build.DenseOfArray(task);
            Matrix commutator = identity.KroneckerProduct(B) - B.Transpose().KroneckerProduct(identity);
            sum += commutator.TransposeThisAndMultiply(commutator);
        }

        double[] eigenvalues = [.. sum.Evd(Symmetricity.Symmetric).EigenValues.Select(z => z.Real)];
        return eigenvalues.Count(value => value <= zero * Max(eigenvalues.Max(), double.Epsilon));
    }

    /// <summary>
    /// The risk, for long contexts on white inputs, of weights p = q = diag(±1): what is left of a start on tasks that share eigenvectors.
    /// Σ over i, j of (σ_iσ_j − 1)² E W_ij².
    /// </summary>
    /// <param name="tasks">W of the test, in the basis of the training's eigenvectors.</param>
    /// <param name="signs">σ.</param>
    public static double RiskOfSigns(IReadOnlyList<double[,]> tasks, IReadOnlyList<int> signs)
    {
        double risk = 0;
        foreach (double[,] W in tasks)
        {
            for (int i = 0; i < signs.Count; i++)
            {
                for (int j = 0; j < signs.Count; j++)
                    risk += Pow(signs[i] * signs[j] - 1, 2) * W[i, j] * W[i, j] / tasks.Count;
            }
        }

        return risk;
    }
}
