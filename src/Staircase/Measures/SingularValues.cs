namespace Staircase;

/// <summary>What every measure of singular values expects of them.</summary>
internal static class SingularValues
{
    /// <exception cref="ArgumentException">There are none, or one is negative or not finite.</exception>
    public static void Check(ReadOnlySpan<double> σ)
    {
        if (σ.Length == 0)
            throw new ArgumentException("There are no singular values to measure.");
        foreach (double value in σ)
        {
            if (!double.IsFinite(value) || value < 0)
                throw new ArgumentException($"Singular values are finite and not negative; found {value:R}.");
        }
    }

    /// <summary>The values over the largest, so that neither squares nor fourth powers overflow or vanish; null if all are zero.</summary>
    public static double[]? Relative(ReadOnlySpan<double> σ)
    {
        Check(σ);
        double largest = 0;
        foreach (double value in σ)
            largest = Max(largest, value);
        return largest > 0 ? Array.ConvertAll(σ.ToArray(), value => value / largest) : null;
    }
}
