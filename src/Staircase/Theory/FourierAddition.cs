namespace Staircase;

/// <summary>How a few waves add on a circle: the circuit that transformers find for modular addition.</summary>
public static class FourierAddition
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "fourier-addition",
        "Logits Σ_k cos(2πk(a + b − c)/n) over a few key frequencies k are largest at c = a + b mod n, by a margin of min_δ≠0 Σ_k (1 − "
        + "cos(2πkδ/n)), and need only products of waves in a and in b: cos(α + β) = cos α cos β − sin α sin β.",
        Paper.Nanda2023, "§4; the margin is elementary",
        "the key frequencies and n have no common divisor",
        "which frequencies a training chooses, and when");

    /// <summary>The margin of the right result over the next one if every key frequency has amplitude 1.</summary>
    /// <param name="length">n, places on the circle.</param>
    /// <param name="keyFrequencies">k.</param>
    /// <returns>From 0, where the waves do not tell all places apart, to twice the number of frequencies.</returns>
    /// <exception cref="ArgumentException">The circle has fewer than two places.</exception>
    public static double Margin(int length, IReadOnlyList<int> keyFrequencies)
    {
        if (length < 2)
            throw new ArgumentException($"A circle needs two places or more, not {length}.");
        return Range(1, length - 1).Min(δ => keyFrequencies.Sum(k => 1 - Cos(Tau * ((long)k * δ % length) / length)));
    }
}
