namespace Staircase.Transformers;

/// <summary>Which parts of a <see cref="ModularTransformer{T}"/> have biases.</summary>
public enum ModularBiases
{
    /// <summary>None.</summary>
    None,

    /// <summary>The two layers of the MLP, as published.</summary>
    Mlp,

    /// <summary>
    /// Those, queries, values, the attention's output and the unembedding. (One on the keys would add the same to every score, which a
    /// softmax does not see.)
    /// </summary>
    All,
}
