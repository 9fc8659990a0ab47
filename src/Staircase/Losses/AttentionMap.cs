namespace Staircase;

/// <summary>
/// The function that a linear attention computes, as the coefficients t of ŷ_q = Σ_{r,c} g_r t_{rc} x_q[c], where g lists the
/// distinct entries of the symmetric matrix G = s·X Xᵀ.
/// </summary>
/// <remarks>
/// <para>Every linear attention, merged or separate, of any rank and number of heads, is linear in these D(D+1)(D+2)/2 numbers
/// (60 for D = 4, 360 for D = 8): rows r are ordered</para>
/// <list type="bullet">
/// <item>input–label entries G[b, D], b = 0 … D−1: the in-context matrix M of ŷ = βᵀ M x_q;</item>
/// <item>the label–label entry G[D, D];</item>
/// <item>input–input entries G[a, b], a ≤ b.</item>
/// </list>
/// <para>The first D rows alone describe a model whose other blocks are zero, so that the prefix of length D² is a map of its own:
/// losses and models accept either length. Off-diagonal entries of G occur twice in X Xᵀ; their two coefficients are summed here.</para>
/// </remarks>
public static class AttentionMap
{
    /// <summary>D², the length of the in-context part M.</summary>
    public static int InContextLength(int inputDimension) => inputDimension * inputDimension;

    /// <summary>D(D+1)(D+2)/2, the length of the whole map.</summary>
    public static int Length(int inputDimension) => StatisticLength(inputDimension) * inputDimension;

    /// <summary>(D+1)(D+2)/2, the number of distinct entries of G.</summary>
    public static int StatisticLength(int inputDimension) => (inputDimension + 1) * (inputDimension + 2) / 2;

    /// <summary>The row of the entry G[a, b] for inputs a ≤ b.</summary>
    public static int InputRow(int inputDimension, int a, int b) =>
        inputDimension + 1 + a * inputDimension - a * (a - 1) / 2 + (b - a);

    /// <summary>Whether a span holds the in-context part only.</summary>
    /// <exception cref="ArgumentException">The length is neither D² nor D(D+1)(D+2)/2.</exception>
    public static bool IsInContextOnly(int length, int inputDimension)
    {
        if (length == InContextLength(inputDimension))
            return true;
        if (length == Length(inputDimension))
            return false;
        throw new ArgumentException(
            $"A map in dimension {inputDimension} has {InContextLength(inputDimension)} or {Length(inputDimension)} coefficients, not "
                + $"{length}.");
    }

    /// <summary>The prediction ŷ = gᵀ T x_q.</summary>
    /// <param name="map">A whole map, or its in-context part.</param>
    /// <param name="statistic">g, of length (D+1)(D+2)/2; only its first D entries are read for an in-context map.</param>
    /// <param name="query">x_q, of length D.</param>
    public static double Predict(ReadOnlySpan<double> map, ReadOnlySpan<double> statistic, ReadOnlySpan<double> query)
    {
        int D = query.Length;
        double sum = 0;
        for (int r = 0; r < map.Length / D; r++)
            sum += statistic[r] * Dot(map.Slice(r * D, D), query);
        return sum;
    }
}
