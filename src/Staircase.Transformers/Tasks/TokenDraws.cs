namespace Staircase.Transformers;

/// <summary>Draws that sequences of tokens are made of.</summary>
internal static class TokenDraws
{
    /// <summary>The stream of a sequence.</summary>
    public static RandomStream Stream(ulong seed, DataSplit split, long number) =>
        new(seed, split == DataSplit.Training ? RandomPurpose.TrainingTokens : RandomPurpose.ValidationTokens, number);

    /// <summary>One of <paramref name="count"/> numbers, each as likely.</summary>
    public static int NextToken(ref RandomStream random, int count) => (int)(random.NextUniform() * count);

    /// <summary>A number with given probabilities.</summary>
    public static int NextToken(ref RandomStream random, ReadOnlySpan<double> probabilities)
    {
        double u = random.NextUniform();
        int token = 0;
        while (token < probabilities.Length - 1 && (u -= probabilities[token]) > 0)
            token++;
        return token;
    }

    /// <summary>Refuses an α that no Dirichlet distribution has.</summary>
    /// <exception cref="ArgumentException">It is not positive and finite.</exception>
    public static void RequireConcentration(double concentration)
    {
        if (!(concentration > 0 && double.IsFinite(concentration)))
            throw new ArgumentException($"The concentration of the Dirichlet prior must be positive, not {concentration:R}.");
    }

    /// <summary>Probabilities from the symmetric Dirichlet distribution.</summary>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="concentration">α of each; 1 is uniform on the simplex.</param>
    /// <param name="probabilities">Receives them.</param>
    public static void NextDirichlet(ref RandomStream random, double concentration, Span<double> probabilities)
    {
        double sum = 0;
        foreach (ref double p in probabilities)
            sum += p = concentration == 1 ? -Log(random.NextUniform()) : NextGamma(ref random, concentration);
        foreach (ref double p in probabilities)
            p = sum > 0 ? p / sum : 1.0 / probabilities.Length; // every gamma can round to 0 where α is tiny
    }

    /// <summary>A Gamma(α) number (Marsaglia, Tsang 2000); below α = 1 that of α + 1 times U^(1/α).</summary>
    private static double NextGamma(ref RandomStream random, double α)
    {
        if (α < 1)
            return NextGamma(ref random, α + 1) * Pow(random.NextUniform(), 1 / α);
        double d = α - 1.0 / 3, c = 1 / Sqrt(9 * d);
        while (true)
        {
            double x = random.NextNormal(), v = 1 + c * x;
            v = v * v * v;
            if (v > 0 && Log(random.NextUniform()) < 0.5 * x * x + d - d * v + d * Log(v))
                return d * v;
        }
    }
}
