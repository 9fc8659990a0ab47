namespace Staircase.Transformers;

/// <summary>The sizes of a <see cref="ModularTransformer{T}"/>.</summary>
/// <param name="Operands">n: tokens 0 … n − 1, and one more, the sign of equality.</param>
/// <param name="Classes">Results that can be predicted.</param>
/// <param name="ModelDimension">d_model, the width of the residual stream.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="HeadDimension">d_head.</param>
/// <param name="MlpDimension">d_mlp.</param>
/// <param name="Biases">Which parts have biases.</param>
public sealed record ModularShape(
    int Operands, int Classes, int ModelDimension = 128, int Heads = 4, int HeadDimension = 32, int MlpDimension = 512,
    ModularBiases Biases = ModularBiases.Mlp)
{
    /// <summary>Tokens of a sequence: a, b and the sign of equality.</summary>
    public const int Positions = 3;

    /// <summary>Every tensor, under the names and shapes of TransformerLens.</summary>
    public ParameterLayout Layout()
    {
        int d = ModelDimension, H = Heads, h = HeadDimension, m = MlpDimension, C = Classes;
        List<(string, int[])> tensors =
        [
            ("embed.W_E", [Operands + 1, d]), ("pos_embed.W_pos", [Positions, d]),
            ("blocks.0.attn.W_Q", [H, d, h]), ("blocks.0.attn.W_K", [H, d, h]),
            ("blocks.0.attn.W_V", [H, d, h]), ("blocks.0.attn.W_O", [H, h, d]),
        ];
        if (Biases == ModularBiases.All)
            tensors.AddRange([("blocks.0.attn.b_Q", [H, h]), ("blocks.0.attn.b_V", [H, h]), ("blocks.0.attn.b_O", [d])]);
        tensors.AddRange([("blocks.0.mlp.W_in", [d, m]), ("blocks.0.mlp.W_out", [m, d]), ("unembed.W_U", [d, C])]);
        if (Biases != ModularBiases.None)
            tensors.AddRange([("blocks.0.mlp.b_in", [m]), ("blocks.0.mlp.b_out", [d])]);
        if (Biases == ModularBiases.All)
            tensors.Add(("unembed.b_U", [C]));
        return ParameterLayout.Of(tensors);
    }
}
