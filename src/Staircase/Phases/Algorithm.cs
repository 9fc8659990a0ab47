using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>Which algorithm a model runs: its predictions on fresh sequences against regression in context.</summary>
/// <param name="Components">
/// m of the principal component regression that comes closest: 0 predicts zero, D is ordinary least squares.
/// </param>
/// <param name="RelativeErrors">
/// For m = 0 … D, mean (ŷ − ŷ_m)² / mean y², ŷ the model's prediction, ŷ_m that of least squares in context on the first m principal components.
/// </param>
/// <remarks>Zhang et al. 2025, §3.4, §4.4, Eq. 22. The principal components are those of the input distribution.</remarks>
public sealed record Algorithm(int Components, double[] RelativeErrors)
{
    /// <summary>A closest algorithm that is further away than this is no name for what the model does.</summary>
    public const double CloseEnough = 0.25;

    /// <summary>The name of the closest algorithm.</summary>
    public string Name => RelativeErrors[Components] <= CloseEnough ? NameOf(Components, RelativeErrors.Length - 1) : "none of these";

    /// <summary>The name of regression on m of D components.</summary>
    public static string NameOf(int components, int dimension) =>
        components == 0 ? "predicts zero"
        : components == dimension ? "least squares in context"
        : $"principal component regression, m = {components}";

    /// <summary>Examines weights on sequences.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="sequences">Sequences it was not trained on.</param>
    /// <param name="task">Where they come from: output scale and eigenvectors.</param>
    /// <param name="count">How many to read.</param>
    public static Algorithm Examine(AttentionModel model, ReadOnlySpan<double> weights, ISequenceSource sequences, RegressionTask task, int count)
    {
        int D = model.InputDimension, N = sequences.ContextLength, width = D + 1;
        var map = new double[model.MapLength(weights.Length)];
        model.Map(weights, map);
        var statistics = new TokenStatistics(sequences, task.OutputScale, varyContext: false);
        var E = task.Basis is { } basis ? Matrix<double>.Build.DenseOfArray(basis) : Matrix<double>.Build.DenseIdentity(D);

        int most = Math.Min(D, N);
        var differences = new double[D + 1];
        double power = 0;
        double[] tokens = new double[(N + 1) * width], g = new double[AttentionMap.StatisticLength(D)], query = new double[D];
        for (long i = 0; i < count; i++)
        {
            double target = sequences.Read(i, tokens);
            statistics.Read(i, g, query);
            double prediction = AttentionMap.Predict(map, g, query);
            power += target * target;

            var x = Matrix<double>.Build.Dense(N, D, (n, d) => tokens[n * width + d]) * E;
            var y = Vector<double>.Build.Dense(N, n => tokens[n * width + D]);
            var projected = E.TransposeThisAndMultiply(Vector<double>.Build.DenseOfArray(query));
            for (int m = 0; m <= D; m++)
            {
                double regression = 0;
                if (m > 0)
                {
                    int used = Math.Min(m, most);
                    var z = x.SubMatrix(0, N, 0, used);
                    var w = z.TransposeThisAndMultiply(z).LU().Solve(z.TransposeThisAndMultiply(y));
                    regression = w * projected.SubVector(0, used);
                }

                differences[m] += (prediction - regression) * (prediction - regression);
            }
        }

        double[] errors = Array.ConvertAll(differences, x => x / power);
        return new(Array.IndexOf(errors, errors.Min()), errors);
    }
}
