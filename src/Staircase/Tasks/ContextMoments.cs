namespace Staircase;

/// <summary>
/// All that a population loss needs to know of context lengths N and output scale s: averages of four monomials
/// over the lengths that occur.
/// </summary>
/// <param name="Linear">⟨sN⟩, the weight of the mean prediction.</param>
/// <param name="Square">⟨s²N²⟩, the weight of the squared mean prediction.</param>
/// <param name="Fluctuation">⟨s²N⟩, the weight of the variance of the in-context covariance.</param>
/// <param name="Query">⟨s²⟩, the weight of the query's own column in the attention sum.</param>
/// <remarks>For one length and s = 1/N these are 1, 1, 1/N and 1/N².</remarks>
public readonly record struct ContextMoments(double Linear, double Square, double Fluctuation, double Query)
{
    /// <summary>The averages over the given context lengths.</summary>
    public static ContextMoments Of(IEnumerable<int> contextLengths, OutputScale scale)
    {
        double linear = 0, square = 0, fluctuation = 0, query = 0;
        int count = 0;
        foreach (int N in contextLengths)
        {
            double s = scale.Factor(N);
            linear += s * N;
            square += s * s * N * N;
            fluctuation += s * s * N;
            query += s * s;
            count++;
        }

        return new(linear / count, square / count, fluctuation / count, query / count);
    }
}
