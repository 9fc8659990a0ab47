namespace Staircase.Lab;

/// <summary>How p₂ and q₁ start; p₁ and q₂ start at zero.</summary>
public enum VectorStart
{
    /// <summary>p₂ = q₁ = INIT · I, the papers'.</summary>
    Balanced,

    /// <summary>Diagonal, with independent entries N(0, INIT²).</summary>
    Unbalanced,

    /// <summary>All entries independent, N(0, INIT²): misaligned with the inputs.</summary>
    Random,
}
