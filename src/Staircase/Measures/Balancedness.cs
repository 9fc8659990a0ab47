namespace Staircase;

/// <summary>
/// How unequal the two factors of a product are: what gradient flow on the product's loss conserves, and weight decay removes.
/// </summary>
public static class Balancedness
{
    /// <summary>The measure.</summary>
    public static Measure Measure { get; } = new(
        "balancedness", "‖A‖² − ‖B‖²", "‖A‖²_F − ‖B‖²_F for a product A B; the trace of AᵀA − BBᵀ", "any; 0 is balanced",
        "Arora, Cohen, Hazan 2018; Mainali, Teixeira 2025, App. A.12");

    /// <summary>‖A‖²_F − ‖B‖²_F.</summary>
    public static double Of(FactoredMatrix product)
    {
        double left = product.Left.FrobeniusNorm(), right = product.Right.FrobeniusNorm();
        return (left - right) * (left + right);
    }

    /// <summary>AᵀA − BBᵀ, r×r: every entry is conserved by gradient flow on a loss of A B alone.</summary>
    public static double[,] Matrix(FactoredMatrix product) =>
        (product.Left.TransposeThisAndMultiply(product.Left) - product.Right.TransposeAndMultiply(product.Right)).ToArray();
}
