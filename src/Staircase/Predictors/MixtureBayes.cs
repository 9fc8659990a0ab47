using System.Numerics;

namespace Staircase;

/// <summary>
/// Bayes' prediction on contexts that mix tasks, Σ_k π_k E[β_k | context]ᵀx_q, β_k ~ N(0, ωI): exact, by the sum over all ways in which
/// tokens may have chosen.
/// </summary>
/// <remarks>
/// Given which tokens S follow component k, β_k is regressed on them alone, and their evidence Z(S) is the product of their predictive
/// densities, one token after the other. What all K components together make of a context is then the subset convolution of the K functions
/// π_k^|S| Z(S), 3^N products each, and not K^N. Whoever knows the components apart from the context (Pathak et al. 2023, arXiv:2311.08362)
/// predicts by exponential weights; here nobody does. For the pair ±β see <see cref="PairBayes"/>.
/// </remarks>
/// <param name="Mixture">The components' weights π_k; independent components, or the pair.</param>
/// <param name="Noise">σ² &gt; 0.</param>
/// <param name="TaskVariance">ω.</param>
public sealed record MixtureBayes(TaskMixture Mixture, double Noise, double TaskVariance = 1) : IInContextPredictor
{
    private const int LongestContext = 14;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The context is longer than 14 pairs (of ±β 20), or there is no noise.</exception>
    public double Predict(ReadOnlySpan<double> tokens, int inputDimension)
    {
        if (Mixture.IsAntipodal)
            return new PairBayes(Mixture.Weights[0], Noise, TaskVariance).Predict(tokens, inputDimension);
        int N = tokens.Length / (inputDimension + 1) - 1, all = (1 << N) - 1;
        if (N > LongestContext || !(Noise > 0))
        {
            throw new ArgumentException(
                $"The sum over all choices of components is made for N ≤ {LongestContext} and noise > 0, not N = {N}, σ² = {Noise:R}.");
        }

        Subsets alone = Regressed(tokens.ToArray(), inputDimension);
        double[] π = [.. Mixture.Weights.Where(weight => weight > 0)];
        Subsets together = alone.Of(π[0]);
        for (int k = 1; k < π.Length; k++)
            together = together.And(alone.Of(π[k]), from: k < π.Length - 1 ? 0 : all);
        return together.Answers[all];
    }

    /// <summary>For every subset of the context the evidence that one component has it, and what regression on it answers.</summary>
    private Subsets Regressed(double[] tokens, int D)
    {
        int width = D + 1, N = tokens.Length / width - 1;
        var subsets = new Subsets(new double[1 << N], new double[1 << N]);

        // The posterior N(μ, σ²C) of β from the first 0, 1, 2, … tokens of the subset at hand.
        (double[] Mean, double[] Covariance)[] posteriors = [.. Range(0, N + 2).Select(_ => (new double[D], new double[D * D]))];
        for (int i = 0; i < D; i++)
            posteriors[0].Covariance[i * D + i] = TaskVariance / Noise;
        double[] gain = new double[D];
        Extend(set: 0, size: 0, from: 0);
        return subsets;

        void Extend(int set, int size, int from)
        {
            (double[] μ, double[] C) = posteriors[size];
            (double[] mean, double[] covariance) = posteriors[size + 1];
            for (int n = from; n < N; n++)
            {
                ReadOnlySpan<double> x = tokens.AsSpan(n * width, D);
                for (int i = 0; i < D; i++)
                    gain[i] = Dot(C.AsSpan(i * D, D), x);
                double spread = 1 + Dot(gain, x), surprise = tokens[n * width + D] - Dot(μ, x);
                for (int i = 0; i < D; i++)
                {
                    mean[i] = μ[i] + gain[i] * surprise / spread;
                    for (int j = 0; j < D; j++)
                        covariance[i * D + j] = C[i * D + j] - gain[i] * gain[j] / spread;
                }

                int extended = set | 1 << n;
                subsets.Logarithms[extended] = subsets.Logarithms[set] - Log(spread) / 2 - surprise * surprise / (2 * Noise * spread);
                subsets.Answers[extended] = Dot(mean, tokens.AsSpan(N * width, D));
                Extend(extended, size + 1, n + 1);
            }
        }
    }

    /// <summary>A function of the subsets of a context: how probable each is, and the mean of Σ_k π_k β_kᵀx_q there.</summary>
    /// <param name="Logarithms">ln of the evidence, up to what is the same for every choice of components.</param>
    /// <param name="Answers">The mean.</param>
    private sealed record Subsets(double[] Logarithms, double[] Answers)
    {
        /// <summary>The same of a component of weight π.</summary>
        public Subsets Of(double π) => new(
            [.. Logarithms.Select((log, set) => log + BitOperations.PopCount((uint)set) * Log(π))],
            [.. Answers.Select(answer => π * answer)]);

        /// <summary>Of these components and another one: every way to share a subset out among them.</summary>
        /// <param name="other">The other one.</param>
        /// <param name="from">The first subset that is asked for.</param>
        public Subsets And(Subsets other, int from)
        {
            var both = new Subsets(new double[Answers.Length], new double[Answers.Length]);
            for (int set = from; set < Answers.Length; set++)
            {
                var ways = new EvidenceMean();
                for (int part = set; ; part = (part - 1) & set)
                {
                    int rest = set ^ part;
                    ways.Add(Logarithms[rest] + other.Logarithms[part], Answers[rest] + other.Answers[part]);
                    if (part == 0)
                        break;
                }

                (both.Logarithms[set], both.Answers[set]) = (ways.Logarithm, ways.Sum / ways.Mass);
            }

            return both;
        }
    }
}
