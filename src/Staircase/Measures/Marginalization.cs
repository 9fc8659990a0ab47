namespace Staircase;

/// <summary>
/// Leaves k modes out of a spectrum, so that a measure shows the next one: marginalized effective rank is <see
/// cref="EffectiveRank.Normalized(ReadOnlySpan{double})"/> of what remains.
/// </summary>
/// <remarks>
/// Three ways that agree only while modes are learned in order and their directions stand still; a report says which it used. The number of
/// values that remain is the n of a normalized measure.
/// </remarks>
public static class Marginalization
{
    /// <summary>The measure by mode index, the paper's.</summary>
    public static Measure ByModeMeasure { get; } = new(
        "marginalized effective rank (by mode)", "erank₋ₖ",
        "normalized effective rank of the strengths of modes k+1 … n, fastest mode first", "0 to 1",
        "Mainali, Teixeira 2025, §4, Fig. 4A");

    /// <summary>The measure by current size.</summary>
    public static Measure BySizeMeasure { get; } = new(
        "marginalized effective rank (by size)", "erank₋ₖ", "normalized effective rank of σₖ₊₁ … σₙ", "0 to 1",
        "variant of Mainali, Teixeira 2025, §4");

    /// <summary>The measure by directions of the final matrix.</summary>
    public static Measure ByDirectionMeasure { get; } = new(
        "marginalized effective rank (by final direction)", "erank₋ₖ",
        "normalized effective rank of (I − UₖUₖᵀ) M(t) (I − VₖVₖᵀ), Uₖ and Vₖ the first k singular vectors of M(∞), n = min(r, rows − k, "
        + "columns − k)", "0 to 1",
        "variant of Mainali, Teixeira 2025, §4");

    /// <summary>(i) The sizes of the modes after the first k; needs modes with an identity, as theory has them.</summary>
    /// <param name="strengths">One number a mode, in the order in which modes are learned.</param>
    /// <param name="k">How many to leave out.</param>
    /// <exception cref="ArgumentException">Nothing would remain.</exception>
    public static double[] ByMode(ReadOnlySpan<double> strengths, int k)
    {
        Check(k, strengths.Length);
        return Array.ConvertAll(strengths[k..].ToArray(), Abs);
    }

    /// <summary>(ii) All but the k largest values at this moment. Which mode is left out changes whenever two values cross.</summary>
    /// <exception cref="ArgumentException">Nothing would remain.</exception>
    public static double[] BySize(ReadOnlySpan<double> singularValues, int k)
    {
        Check(k, singularValues.Length);
        return [.. singularValues.ToArray().OrderDescending().Skip(k)];
    }

    /// <summary>
    /// (iii) The singular values of (I − UₖUₖᵀ) M (I − VₖVₖᵀ) with the first k singular vectors of the final matrix: needs the future.
    /// </summary>
    /// <param name="matrix">M(t).</param>
    /// <param name="final">M(∞), of the same shape.</param>
    /// <param name="k">How many directions to leave out.</param>
    /// <returns>
    /// As many values as can differ from zero: the smallest of <see cref="FactoredMatrix.LargestRank"/>, rows − k and columns − k.
    /// </returns>
    /// <exception cref="ArgumentException">Shapes differ, or nothing would remain.</exception>
    public static double[] ByDirection(FactoredMatrix matrix, FactoredMatrix final, int k)
    {
        if (matrix.Rows != final.Rows || matrix.Columns != final.Columns)
            throw new ArgumentException($"The matrix is {matrix.Rows}×{matrix.Columns} but the final one is {final.Rows}×{final.Columns}.");
        Check(k, Min(final.LargestRank, Min(matrix.Rows, matrix.Columns)));
        if (k == 0)
            return matrix.SingularValues;
        double[] σ = matrix.Without(final.LeftBasis(k), final.RightBasis(k)).SingularValues;
        return σ[..Math.Min(σ.Length, Min(matrix.Rows, matrix.Columns) - k)];
    }

    private static void Check(int k, int count)
    {
        if (k < 0 || k >= count)
            throw new ArgumentException($"Of {count} modes, 0 to {count - 1} can be left out, not {k}.");
    }
}
