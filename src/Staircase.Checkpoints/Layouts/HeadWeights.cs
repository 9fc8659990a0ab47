namespace Staircase.Checkpoints;

/// <summary>The four matrices of one head: q = W_Q x, k = W_K x, v = W_V x, and the head adds W_O v to its output.</summary>
/// <param name="Query">W_Q, h×d.</param>
/// <param name="Key">W_K, h×d; shared with other heads where key/value heads are grouped.</param>
/// <param name="Value">W_V, h×d; shared likewise.</param>
/// <param name="Output">W_O, d×h.</param>
/// <remarks>
/// The circuits are QK = W_Qᵀ W_K and OV = W_O W_V. A model that stores a circuit as one matrix has the identity as the other factor.
/// </remarks>
public sealed record HeadWeights(double[,] Query, double[,] Key, double[,] Value, double[,] Output)
{
    /// <summary>A matrix by the letter that layouts have for it: q, k, v or o.</summary>
    internal double[,] this[string role] => role switch
    {
        "q" => Query,
        "k" => Key,
        "v" => Value,
        _ => Output,
    };
}
