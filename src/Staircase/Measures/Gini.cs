namespace Staircase;

/// <summary>How unevenly a whole is shared: the Gini coefficient.</summary>
/// <remarks>Of the norms of Fourier components it says how sparse a matrix is in that basis (Nanda et al. 2023, §5.2).</remarks>
public static class Gini
{
    /// <summary>The measure.</summary>
    public static Measure Measure { get; } = new(
        "Gini coefficient", "G(x)", "Σᵢⱼ |xᵢ − xⱼ| / (2n Σx) of n numbers x ≥ 0", "0 to (n − 1)/n",
        "Gini 1912; of Fourier norms: Nanda et al. 2023, arXiv:2301.05217, §5.2");

    /// <summary>0 where all are equal, (n − 1)/n where one has everything; NaN where all are zero.</summary>
    /// <exception cref="ArgumentException">There are no numbers, or one is negative or not finite.</exception>
    public static double Of(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        if (sorted.Length == 0 || !Array.TrueForAll(sorted, x => x >= 0 && double.IsFinite(x)))
            throw new ArgumentException("A Gini coefficient needs numbers that are finite and not negative, at least one.");
        Array.Sort(sorted);
        double sum = sorted.Sum(), n = sorted.Length;
        return sum == 0 ? double.NaN : sorted.Select((x, i) => (2 * (i + 1) - n - 1) * x).Sum() / (n * sum);
    }
}
