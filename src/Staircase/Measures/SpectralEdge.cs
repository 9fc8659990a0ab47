using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>The gap in the spectrum of the last few parameter updates: how many directions training moves along.</summary>
/// <param name="SingularValues">
/// σ₁ ≥ … ≥ σ_W of the matrix of updates, square roots of the eigenvalues of their Gram matrix; sizes below 1e-7 σ₁ are rounding.
/// </param>
/// <param name="Position">k* = argmax σ_k/σ_{k+1} among the values that are not rounding; 0 if only one is left.</param>
/// <param name="Gap">σ_k*/σ_{k*+1}; NaN if only one is left.</param>
/// <remarks>
/// A random walk has a gap too: independent updates of equal size in many dimensions have all ratios near 1, so a gap says that they are
/// not independent, not that a transition is near.
/// </remarks>
public sealed record SpectralEdge(double[] SingularValues, int Position, double Gap)
{
    /// <summary>The window that the source uses.</summary>
    public const int UsualWindow = 10;

    private const double Rounding = 1e-7; // √ε: the Gram matrix squares the singular values

    /// <summary>The measure.</summary>
    public static Measure Measure { get; } = new(
        "spectral edge", "σ_k*/σ_{k*+1}",
        "singular values of the last ~10 parameter updates by their Gram matrix ⟨Δθ_i, Δθ_j⟩; the largest ratio of neighbours and its "
        + "position k*", "1 to ∞",
        "Xu 2026, arXiv:2603.28964");

    /// <summary>Of a window of updates Δθ, each with one number a parameter.</summary>
    /// <exception cref="ArgumentException">There are fewer than two updates, lengths differ, or all updates are zero.</exception>
    public static SpectralEdge Of(IReadOnlyList<double[]> updates)
    {
        if (updates.Count < 2 || updates.Any(update => update.Length != updates[0].Length))
        {
            throw new ArgumentException(
                $"A spectral edge needs two or more updates of one length; found {updates.Count} with lengths "
                + $"{string.Join(", ", updates.Select(u => u.Length))}.");
        }

        var gram = Matrix.Build.Dense(
            updates.Count, updates.Count, (i, j) => Dot(updates[Min(i, j)], updates[Max(i, j)]));
        double[] σ = [.. gram.Evd(Symmetricity.Symmetric).EigenValues.Select(λ => Sqrt(Max(λ.Real, 0))).OrderDescending()];
        if (!(σ[0] > 0))
            throw new ArgumentException("All updates are zero or one is not finite; there is no spectrum to divide.");

        int position = 0;
        double gap = double.NaN;
        for (int k = 1; k < σ.Length && σ[k] > Rounding * σ[0]; k++)
        {
            if (!(σ[k - 1] / σ[k] <= gap))
                (position, gap) = (k, σ[k - 1] / σ[k]);
        }

        return new(σ, position, gap);
    }
}
