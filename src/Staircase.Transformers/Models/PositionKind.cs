namespace Staircase.Transformers;

/// <summary>How a transformer knows where a token stands. Both are learned.</summary>
public enum PositionKind
{
    /// <summary>One vector a position, added to the token's (GPT-2): W_pos [context, d_model].</summary>
    Absolute,

    /// <summary>
    /// One vector an offset and head, added to the key: the score of tokens i ≥ j is q_i·(k_j + r_{i−j})/√d_head, W_rel [heads, context,
    /// d_head] in each layer.
    /// </summary>
    /// <remarks>
    /// Shaw, Uszkoreit, Vaswani 2018 (Eq. 4), without their clipping and without embeddings in the values; the positions of Edelman et al.
    /// 2024. A mere bias b_{i−j} a head would be cheaper, but it is learned alone, without queries to multiply, and is no longer the
    /// published model.
    /// </remarks>
    Relative,
}
