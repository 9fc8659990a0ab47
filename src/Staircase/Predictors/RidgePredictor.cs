using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>Ridge regression in context, ŵ = (Σ xxᵀ + λI)⁻¹ Σ yx: with λ = σ²/ω Bayes' prediction for w ~ N(0, ωI).</summary>
/// <remarks>The generalizing predictor of Raventós et al. 2023 (arXiv:2306.15063); λ = 0 is least squares, of least norm.</remarks>
/// <param name="Penalty">λ ≥ 0.</param>
public sealed record RidgePredictor(double Penalty) : IInContextPredictor
{
    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<double> tokens, int inputDimension)
    {
        ContextSums context = ContextSums.Of(tokens, inputDimension);
        return Estimate(context).DotProduct(context.Query);
    }

    /// <summary>ŵ of a context.</summary>
    /// <param name="tokens">As for <see cref="Predict"/>.</param>
    /// <param name="inputDimension">D.</param>
    public double[] Estimate(ReadOnlySpan<double> tokens, int inputDimension) =>
        Estimate(ContextSums.Of(tokens, inputDimension)).ToArray();

    private Vector<double> Estimate(ContextSums context)
    {
        Vector<double> moment = context.Moment(_ => 1);
        return Penalty > 0 ? context.Precision(Penalty).Solve(moment) : context.Gram.PseudoInverse() * moment;
    }
}
