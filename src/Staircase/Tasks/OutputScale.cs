namespace Staircase;

/// <summary>What the sum over tokens is divided by in ŷ = scale · Σ_h (V_h X Xᵀ KQ_h x_q)_{D+1}.</summary>
public enum OutputScale
{
    /// <summary>The context length N, as in the papers' formulas.</summary>
    Context,

    /// <summary>The number of tokens N + 1, as in the authors' code with varying lengths.</summary>
    Tokens,

    /// <summary>Nothing, as in the authors' code.</summary>
    None,
}

/// <summary>Arithmetic of <see cref="OutputScale"/>.</summary>
public static class OutputScales
{
    /// <summary>The factor s for a context of <paramref name="contextLength"/> pairs.</summary>
    public static double Factor(this OutputScale scale, int contextLength) => scale switch
    {
        OutputScale.Context => 1.0 / contextLength,
        OutputScale.Tokens => 1.0 / (contextLength + 1),
        _ => 1.0,
    };
}
