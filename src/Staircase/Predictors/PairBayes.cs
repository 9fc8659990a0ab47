namespace Staircase;

/// <summary>
/// Bayes' prediction on contexts of the pair ±β, (2π − 1) E[β | context]ᵀx_q, β ~ N(0, ωI): exact, by the sum over all 2^N ways in which
/// tokens may have chosen.
/// </summary>
/// <remarks>
/// Given signs sₙ the posterior of β is N(P⁻¹b, σ²P⁻¹), P = Σ xxᵀ + (σ²/ω) I, b = Σ sₙyₙxₙ, and their evidence is ∝ Π π_sₙ
/// exp(bᵀP⁻¹b/2σ²). Signs change one at a time, in the order of a Gray code.
/// </remarks>
/// <param name="Weight">π.</param>
/// <param name="Noise">σ² &gt; 0.</param>
/// <param name="TaskVariance">ω.</param>
public sealed record PairBayes(double Weight, double Noise, double TaskVariance = 1) : IInContextPredictor
{
    private const int LongestContext = 20;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The context is longer than 20 pairs, or there is no noise.</exception>
    public double Predict(ReadOnlySpan<double> tokens, int inputDimension)
    {
        ContextSums context = ContextSums.Of(tokens, inputDimension);
        int N = context.Labels.Length;
        if (N > LongestContext || !(Noise > 0))
            throw new ArgumentException($"The sum over 2^N signs is made for N ≤ {LongestContext} and noise > 0, not N = {N}, σ² = "
                + $"{Noise:R}.");

        // With uₙ = yₙ P⁻¹xₙ: the mean is Σ sₙuₙ, and the exponent half of Σ_nm sₙs_m yₙ xₙᵀu_m / σ².
        var precision = context.Precision(Noise / TaskVariance);
        var u = context.Inputs.Select((x, n) => context.Labels[n] * precision.Solve(x)).ToArray();
        double[] answers = [.. u.Select(v => v.DotProduct(context.Query))];
        double[,] pairs = new double[N, N];
        for (int n = 0; n < N; n++)
        {
            for (int m = 0; m < N; m++)
                pairs[n, m] = context.Labels[n] * context.Inputs[n].DotProduct(u[m]) / Noise;
        }

        double odds = Log(Weight / (1 - Weight)); // of a sign +
        double[] signs = new double[N], pull = new double[N];
        double exponent = 0, answer = 0;
        for (int n = 0; n < N; n++)
        {
            (signs[n], answer) = (1, answer + answers[n]);
            for (int m = 0; m < N; m++)
            {
                pull[n] += pairs[n, m];
                exponent += pairs[n, m] / 2;
            }
        }

        var posterior = new EvidenceMean();
        for (int code = 1; ; code++)
        {
            posterior.Add(exponent, answer);
            if (code == 1 << N)
                return (2 * Weight - 1) * posterior.Sum / posterior.Mass;
            Flip(System.Numerics.BitOperations.TrailingZeroCount(code));
        }

        void Flip(int n)
        {
            double change = -2 * signs[n];
            exponent += change * pull[n] + change * change * pairs[n, n] / 2 + change * odds / 2;
            answer += change * answers[n];
            signs[n] = -signs[n];
            for (int m = 0; m < N; m++)
                pull[m] += change * pairs[m, n];
        }
    }
}
