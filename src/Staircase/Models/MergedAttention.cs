namespace Staircase;

/// <summary>Linear attention with merged key and query, one (D+1)×(D+1) matrix KQ a head (Zhang et al. 2025, Eq. M).</summary>
/// <remarks>
/// Parameters: <c>value</c> v [H] and <c>key_query</c> U [H, D, D], then the other blocks <c>value_input</c> [H, D]
/// (the rest of the last row of V) and <c>key_query_label</c> [H, D] (the label row of KQ).
/// </remarks>
public sealed class MergedAttention : MergedModel
{
    /// <param name="inputDimension">D.</param>
    /// <param name="heads">H.</param>
    public MergedAttention(int inputDimension, int heads)
        : base(inputDimension, heads)
    {
        int layer = heads * (inputDimension + 1) * (inputDimension + 1);
        (ParameterAxis, int) head = (ParameterAxis.Head, heads), input = (ParameterAxis.Input, inputDimension);
        Layout = ParameterLayout.Of(
            ("value", true, layer, [head]),
            ("key_query", true, layer, [head, input, input]),
            ("value_input", false, layer, [head, input]),
            ("key_query_label", false, layer, [head, input]));
    }

    /// <inheritdoc/>
    public override ParameterLayout Layout { get; }
}
