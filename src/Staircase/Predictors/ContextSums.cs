using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Staircase;

/// <summary>What regressions need of a context: Σ x xᵀ and the tokens themselves.</summary>
/// <param name="Inputs">The N inputs.</param>
/// <param name="Labels">The N labels.</param>
/// <param name="Query">x_q.</param>
/// <param name="Gram">Σ xₙxₙᵀ, D×D.</param>
internal sealed record ContextSums(Vector<double>[] Inputs, double[] Labels, Vector<double> Query, Matrix Gram)
{
    public static ContextSums Of(ReadOnlySpan<double> tokens, int D)
    {
        int width = D + 1, N = tokens.Length / width - 1;
        var inputs = new Vector<double>[N];
        double[] labels = new double[N];
        var gram = Matrix.Build.Dense(D, D);
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
    public double[] Regress(Func<int, double> weight, double penalty)
    {
        int D = Query.Count;
        double[] gram = new double[D * D], moment = new double[D];
        for (int n = 0; n < Inputs.Length; n++)
        {
            double[] x = Inputs[n].AsArray();
            double w = weight(n);
            for (int i = 0; i < D; i++)
            {
                moment[i] += w * x[i] * Labels[n];
                for (int j = 0; j < D; j++)
                    gram[i * D + j] += w * x[i] * x[j];
            }
        }

        for (int i = 0; i < D; i++)
            gram[i * D + i] += penalty;
        return Matrix.Build.Dense(D, D, gram).Cholesky().Solve(Vector<double>.Build.Dense(moment)).AsArray();
    }

    /// <summary>Σ x xᵀ + λI, factored.</summary>
    public Cholesky<double> Precision(double penalty) =>
        (Gram + penalty * Matrix.Build.DenseIdentity(Query.Count)).Cholesky();
}
