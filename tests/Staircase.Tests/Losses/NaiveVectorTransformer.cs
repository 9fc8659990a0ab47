namespace Staircase.Tests;

/// <summary>
/// f(Z) = Z + Wᴾ (ZZᵀ/N) W^Q Z written out with all tokens and all of Wᴾ and W^Q, and the gradient of its squared error by the chain rule
/// on those.
/// </summary>
internal sealed class NaiveVectorTransformer
{
    private readonly int _D;
    private readonly double[,] _WP;
    private readonly double[,] _WQ;

    /// <summary>
    /// Fills the entries that cannot reach the query's output with the given number, so that a test sees that they do not.
    /// </summary>
    public NaiveVectorTransformer(VectorWeights weights, double elsewhere)
    {
        int D = _D = weights.Dimension;
        _WP = new double[2 * D, 2 * D];
        _WQ = new double[2 * D, 2 * D];
        for (int i = 0; i < 2 * D; i++)
        {
            for (int j = 0; j < 2 * D; j++)
                _WP[i, j] = _WQ[i, j] = elsewhere;
        }

        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
            {
                _WP[D + i, j] = weights.ValueInput[i * D + j];
                _WP[D + i, D + j] = weights.Value[i * D + j];
                _WQ[i, j] = weights.KeyQuery[i * D + j];
                _WQ[D + i, j] = weights.KeyQueryLabel[i * D + j];
            }
        }
    }

    /// <summary>The last D entries of the query's column.</summary>
    /// <param name="W">The map.</param>
    /// <param name="X">N + 1 inputs, the query last.</param>
    /// <param name="querySees">Whether the query is a column of the ZZᵀ it attends to.</param>
    public double[] Predict(double[,] W, double[][] X, bool querySees)
    {
        double[,] G = Gram(W, X, querySees);
        double[] z = Column(X), output = Apply(_WP, Apply(G, Apply(_WQ, z)));
        return [.. output.Skip(_D)];
    }

    /// <summary>½‖ŷ − Wx_q‖² and its gradient in the order of <see cref="VectorWeights.All"/>.</summary>
    public double Gradient(double[,] W, double[][] X, bool querySees, Span<double> gradient)
    {
        int D = _D;
        double[,] G = Gram(W, X, querySees);
        double[] z = Column(X), attended = Apply(G, Apply(_WQ, z)), output = Apply(_WP, attended);
        double[] r = new double[D];
        double loss = 0;
        for (int i = 0; i < D; i++)
        {
            r[i] = output[D + i];
            for (int j = 0; j < D; j++)
                r[i] -= W[i, j] * X[^1][j];
            loss += 0.5 * r[i] * r[i];
        }

        double[] back = new double[2 * D], key = new double[2 * D];
        for (int a = 0; a < 2 * D; a++)
        {
            for (int i = 0; i < D; i++)
                back[a] += _WP[D + i, a] * r[i];
        }

        for (int a = 0; a < 2 * D; a++)
        {
            for (int b = 0; b < 2 * D; b++)
                key[a] += G[b, a] * back[b];
        }

        int size = D * D;
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
            {
                gradient[i * D + j] = r[i] * attended[D + j];
                gradient[size + i * D + j] = key[i] * X[^1][j];
                gradient[2 * size + i * D + j] = r[i] * attended[j];
                gradient[3 * size + i * D + j] = key[D + i] * X[^1][j];
            }
        }

        return loss;
    }

    private double[,] Gram(double[,] W, double[][] X, bool querySees)
    {
        int D = _D, N = X.Length - 1;
        var G = new double[2 * D, 2 * D];
        double[] z = new double[2 * D];
        for (int n = 0; n < (querySees ? N + 1 : N); n++)
        {
            for (int i = 0; i < D; i++)
            {
                z[i] = X[n][i];
                z[D + i] = 0;
                for (int j = 0; j < D && n < N; j++)
                    z[D + i] += W[i, j] * X[n][j];
            }

            for (int a = 0; a < 2 * D; a++)
            {
                for (int b = 0; b < 2 * D; b++)
                    G[a, b] += z[a] * z[b] / N;
            }
        }

        return G;
    }

    private double[] Column(double[][] X) => [.. X[^1], .. new double[_D]];

    private static double[] Apply(double[,] M, double[] x)
    {
        double[] y = new double[M.GetLength(0)];
        for (int i = 0; i < y.Length; i++)
        {
            for (int j = 0; j < x.Length; j++)
                y[i] += M[i, j] * x[j];
        }

        return y;
    }
}
