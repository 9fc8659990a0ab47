namespace Staircase;

/// <summary>
/// Expectation maximization on contexts that mix tasks: how probable it is that token n follows component k, γ_nk ∝ π_k exp(−(yₙ −
/// xₙᵀβ_k)²/2σ²), then for each component regression with these weights; the prediction is Σ_k π_k β_kᵀx_q.
/// </summary>
/// <remarks>
/// A ridge (σ²/ω) I stands for β_k ~ N(0, ωI), so that it climbs the logarithm of the posterior. It starts from draws of that prior, the
/// same for every context, and keeps the likeliest end. For the pair ±β see <see cref="PairMaximization"/>.
/// </remarks>
/// <param name="Mixture">The components' weights π_k, which it knows; independent components, or the pair.</param>
/// <param name="Noise">σ² &gt; 0.</param>
/// <param name="TaskVariance">ω.</param>
/// <param name="Iterations">How often both steps are made at most; it ends where no component moves any more.</param>
/// <param name="Starts">From how many draws.</param>
/// <param name="Seed">Of the draws.</param>
public sealed record MixtureMaximization(
    TaskMixture Mixture, double Noise, double TaskVariance = 1, int Iterations = 50, int Starts = 8, ulong Seed = 1) : IInContextPredictor
{
    private const double Rest = 1e-9; // a component that moves by less, relative to its length, is at rest

    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<double> tokens, int inputDimension)
    {
        if (Mixture.IsAntipodal)
            return new PairMaximization(Mixture.Weights[0], Noise, TaskVariance, Iterations).Predict(tokens, inputDimension);
        double[] query = tokens[^(inputDimension + 1)..^1].ToArray();
        return Estimate(tokens, inputDimension).Zip(Mixture.Weights, (β, π) => π * Dot(β, query)).Sum();
    }

    /// <summary>All β_k as they are estimated from a context of independent components.</summary>
    /// <param name="tokens">As for <see cref="Predict"/>.</param>
    /// <param name="inputDimension">D.</param>
    public double[][] Estimate(ReadOnlySpan<double> tokens, int inputDimension)
    {
        ContextSums context = ContextSums.Of(tokens, inputDimension);
        return Range(0, Starts).Select(start => Climb(context, Drawn(inputDimension, start))).MaxBy(end => end.LogPosterior)
            .Components;
    }

    private double[][] Drawn(int D, int start)
    {
        double[] numbers = new double[Mixture.Weights.Count * D];
        new RandomStream(Seed, RandomPurpose.Probe, start).FillNormal(numbers);
        Scale(Sqrt(TaskVariance), numbers, numbers);
        return [.. numbers.Chunk(D)];
    }

    private (double[][] Components, double LogPosterior) Climb(ContextSums context, double[][] β)
    {
        double[,] shares = new double[context.Labels.Length, β.Length];
        bool moves = true;
        for (int i = 0; i < Iterations && moves; i++)
        {
            _ = Share(context, β, shares);
            double[][] next = [.. β.Select((_, k) => context.Regress(n => shares[n, k], Noise / TaskVariance))];
            moves = next.Zip(β).Any(pair => Moved(pair.First, pair.Second));
            β = next;
        }

        return (β, Share(context, β, shares) - β.Sum(b => SumOfSquares(b)) / (2 * TaskVariance));
    }

    private static bool Moved(double[] to, double[] from)
    {
        double square = 0;
        for (int i = 0; i < to.Length; i++)
            square += (to[i] - from[i]) * (to[i] - from[i]);
        return square > Rest * Rest * SumOfSquares(to);
    }

    /// <summary>Finds γ_nk.</summary>
    /// <returns>Σ_n ln Σ_k π_k exp(−(yₙ − xₙᵀβ_k)²/2σ²).</returns>
    private double Share(ContextSums context, double[][] β, double[,] shares)
    {
        double logLikelihood = 0;
        for (int n = 0; n < context.Labels.Length; n++)
        {
            double[] x = context.Inputs[n].AsArray();
            double top = double.NegativeInfinity, mass = 0;
            for (int k = 0; k < β.Length; k++)
            {
                double error = context.Labels[n] - Dot(x, β[k]);
                shares[n, k] = Log(Mixture.Weights[k]) - error * error / (2 * Noise);
                top = Max(top, shares[n, k]);
            }

            for (int k = 0; k < β.Length; k++)
                mass += shares[n, k] = Exp(shares[n, k] - top);
            for (int k = 0; k < β.Length; k++)
                shares[n, k] /= mass;
            logLikelihood += top + Log(mass);
        }

        return logLikelihood;
    }
}
