using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Staircase;

/// <summary>What regressions need of a context: Σ x xᵀ and the tokens themselves.</summary>
/// <param name="Inputs">The N inputs.</param>
/// <param name="Labels">The N labels.</param>
/// <param name="Query">x_q.</param>
/// <param name="Gram">Σ xₙxₙᵀ, D×D.</param>
internal sealed record ContextSums(Vector<double>[] Inputs, double[] Labels, Vector<double> Query, Matrix<double> Gram)
{
    public static ContextSums Of(ReadOnlySpan<double> tokens, int D)
    {
        int width = D + 1, N = tokens.Length / width - 1;
        var inputs = new Vector<double>[N];
        double[] labels = new double[N];
        var gram = Matrix<double>.Build.Dense(D, D);
        for (int n = 0; n < N; n++)
        {
            inputs[n] = Vector<double>.Build.DenseOfArray(tokens.Slice(n * width, D).ToArray());
            labels[n] = tokens[n * width + D];
            for (int i = 0; i < D; i++)
            {
                for (int j = 0; j < D; j++)
                    gram[i, j] += inputs[n][i] * inputs[n][j];
            }
        }

        return new(inputs, labels, Vector<double>.Build.DenseOfArray(tokens.Slice(N * width, D).ToArray()), gram);
    }

    /// <summary>Σ weightₙ yₙ xₙ.</summary>
    public Vector<double> Moment(Func<int, double> weight)
    {
        var moment = Vector<double>.Build.Dense(Query.Count);
        for (int n = 0; n < Inputs.Length; n++)
            moment += weight(n) * Labels[n] * Inputs[n];
        return moment;
    }

    /// <summary>(Σ weightₙ xₙxₙᵀ + λI)⁻¹ Σ weightₙ yₙxₙ: regression with weights.</summary>
    public Vector<double> Regress(Func<int, double> weight, double penalty)
    {
        int D = Query.Count;
        var gram = Matrix<double>.Build.Dense(D, D);
        for (int n = 0; n < Inputs.Length; n++)
        {
            double w = weight(n);
            for (int i = 0; i < D; i++)
            {
                for (int j = 0; j < D; j++)
                    gram[i, j] += w * Inputs[n][i] * Inputs[n][j];
            }
        }

        for (int i = 0; i < D; i++)
            gram[i, i] += penalty;
        return gram.Cholesky().Solve(Moment(weight));
    }

    /// <summary>Σ x xᵀ + λI, factored.</summary>
    public Cholesky<double> Precision(double penalty) =>
        (Gram + penalty * Matrix<double>.Build.DenseIdentity(Query.Count)).Cholesky();
}
