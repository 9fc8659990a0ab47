namespace Staircase;

/// <summary>How sharply heads attend, and how much alike.</summary>
/// <remarks>A map is queries × keys, a row a distribution over the keys; masked keys have weight zero.</remarks>
public static class AttentionMaps
{
    private const double RowTolerance = 1e-3; // weights stored in half precision sum to 1 within that

    /// <summary>How sharply one head attends.</summary>
    public static Measure EntropyMeasure { get; } = new(
        "attention entropy", "H", "mean over queries of −Σ p ln p, in nats",
        "0 to ln(keys); under a causal mask at most the mean of ln(visible keys)", "as compared in arXiv:2605.20441");

    /// <summary>How differently heads attend.</summary>
    public static Measure SpreadMeasure { get; } = new(
        "attention entropy spread", "sd(H)", "standard deviation of the heads' entropies, over n − 1", "0 to ∞",
        "as compared in arXiv:2605.20441");

    /// <summary>How much alike the maps of heads are.</summary>
    public static Measure CosineMeasure { get; } = new(
        "attention similarity", "cos", "mean over pairs of heads of ⟨P_i, P_j⟩_F/(‖P_i‖_F ‖P_j‖_F)", "0 to 1; uniform maps have 1",
        "as compared in arXiv:2605.20441");

    /// <summary>Mean over queries of −Σ p ln p.</summary>
    /// <exception cref="ArgumentException">A weight is negative, or a row does not sum to 1 within 1e-3.</exception>
    public static double Entropy(double[,] map)
    {
        int queries = map.GetLength(0), keys = map.GetLength(1);
        double total = 0;
        for (int q = 0; q < queries; q++)
        {
            double sum = 0;
            for (int k = 0; k < keys; k++)
            {
                double p = map[q, k];
                if (!(p >= 0))
                    throw new ArgumentException($"Attention weights are not negative; query {q} gives key {k} the weight {p:R}.");
                sum += p;
                total -= p > 0 ? p * Log(p) : 0;
            }

            if (Abs(sum - 1) > RowTolerance)
                throw new ArgumentException($"The attention weights of query {q} sum to {sum:R}; expected 1.");
        }

        return total / queries;
    }

    /// <summary>The standard deviation (over n − 1) of the heads' entropies.</summary>
    /// <exception cref="ArgumentException">There are fewer than two heads, or a map is not one.</exception>
    public static double EntropySpread(IReadOnlyList<double[,]> heads)
    {
        RequireTwo(heads);
        double[] entropies = [.. heads.Select(Entropy)];
        double mean = entropies.Average();
        return Sqrt(entropies.Sum(h => (h - mean) * (h - mean)) / (entropies.Length - 1));
    }

    /// <summary>The mean cosine over all pairs of heads.</summary>
    /// <exception cref="ArgumentException">There are fewer than two heads, or shapes differ.</exception>
    public static double MeanCosine(IReadOnlyList<double[,]> heads)
    {
        RequireTwo(heads);
        double total = 0;
        for (int i = 1; i < heads.Count; i++)
        {
            for (int j = 0; j < i; j++)
                total += Dot(heads[i], heads[j]) / Sqrt(Dot(heads[i], heads[i]) * Dot(heads[j], heads[j]));
        }

        return total / (heads.Count * (heads.Count - 1) / 2.0);
    }

    private static double Dot(double[,] a, double[,] b)
    {
        if (a.GetLength(0) != b.GetLength(0) || a.GetLength(1) != b.GetLength(1))
        {
            throw new ArgumentException(
                $"Attention maps differ in shape: {a.GetLength(0)}×{a.GetLength(1)} and {b.GetLength(0)}×{b.GetLength(1)}.");
        }

        double dot = 0;
        for (int q = 0; q < a.GetLength(0); q++)
        {
            for (int k = 0; k < a.GetLength(1); k++)
                dot += a[q, k] * b[q, k];
        }

        return dot;
    }

    private static void RequireTwo(IReadOnlyList<double[,]> heads)
    {
        if (heads.Count < 2)
            throw new ArgumentException($"Comparing heads needs two or more; found {heads.Count}.");
    }
}
