using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>
/// Expectation maximization on contexts of the pair ±β: the signs' posterior means tanh(yₙxₙᵀβ/σ² + ½ ln(π/(1 − π))), then regression on
/// the labels they turn; the prediction is (2π − 1) βᵀx_q.
/// </summary>
/// <remarks>
/// A ridge (σ²/ω) I stands for β ~ N(0, ωI). It starts from both signs of the leading eigenvector of Σ y²xxᵀ and keeps the likelier end:
/// the pair of Jin, Balasubramanian, Lai 2024 with its weights known.
/// </remarks>
/// <param name="Weight">π.</param>
/// <param name="Noise">σ² &gt; 0.</param>
/// <param name="TaskVariance">ω.</param>
/// <param name="Iterations">How often both steps are made.</param>
public sealed record PairMaximization(double Weight, double Noise, double TaskVariance = 1, int Iterations = 50) : IInContextPredictor
{
    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<double> tokens, int inputDimension)
    {
        ContextSums context = ContextSums.Of(tokens, inputDimension);
        return (2 * Weight - 1) * Estimate(context).DotProduct(context.Query);
    }

    /// <summary>β as it is estimated from a context; its sign is a guess where π = ½.</summary>
    /// <param name="tokens">As for <see cref="Predict"/>.</param>
    /// <param name="inputDimension">D.</param>
    public double[] Estimate(ReadOnlySpan<double> tokens, int inputDimension) =>
        Estimate(ContextSums.Of(tokens, inputDimension)).ToArray();

    private Vector<double> Estimate(ContextSums context)
    {
        var precision = context.Precision(Noise / TaskVariance);
        double odds = Log(Weight / (1 - Weight)) / 2;
        Vector<double> start = Start(context);
        Vector<double> one = Climb(start), other = Climb(-start);
        return LogPosterior(one) >= LogPosterior(other) ? one : other;

        Vector<double> Climb(Vector<double> β)
        {
            for (int i = 0; i < Iterations; i++)
                β = precision.Solve(context.Moment(n => Tanh(context.Labels[n] * context.Inputs[n].DotProduct(β) / Noise + odds)));
            return β;
        }

        // ln Σ_± π_± exp(−(y ∓ xᵀβ)²/2σ²) up to what is the same for both.
        double LogPosterior(Vector<double> β)
        {
            double sum = -β.DotProduct(β) / (2 * TaskVariance);
            for (int n = 0; n < context.Labels.Length; n++)
            {
                double z = context.Inputs[n].DotProduct(β), turn = context.Labels[n] * z / Noise + odds;
                sum += -z * z / (2 * Noise) + Abs(turn) + Log(1 + Exp(-2 * Abs(turn)));
            }

            return sum;
        }
    }

    /// <summary>The leading direction of Σ y²xxᵀ, as long as the labels say.</summary>
    private static Vector<double> Start(ContextSums context)
    {
        int D = context.Query.Count, N = context.Labels.Length;
        var weighted = Matrix.Build.Dense(D, D);
        double labels = 0, inputs = 0;
        for (int n = 0; n < N; n++)
        {
            double square = context.Labels[n] * context.Labels[n];
            weighted += square * context.Inputs[n].OuterProduct(context.Inputs[n]);
            labels += square;
            inputs += context.Inputs[n].DotProduct(context.Inputs[n]) / D;
        }

        Vector<double> direction = weighted.Evd(Symmetricity.Symmetric).EigenVectors.Column(D - 1);
        return direction * Sqrt(labels / Max(inputs, double.Epsilon));
    }
}
